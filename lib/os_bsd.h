/*
 * os_bsd.h: what os_bsd.c shares with os_freebsd.c, os_netbsd.c and os_openbsd.c. Internal.
 */
#ifndef PIDPROOF_OS_BSD_H
#define PIDPROOF_OS_BSD_H

#include "os_kqueue.h"

/* sysctl(), made again where a signal interrupted it: *size is the room in `buffer`, and then
 * what was told. 0, or -1 with errno. */
int bsd_sysctl(const int *name, unsigned length, void *buffer, size_t *size);

/* The same for a table, whose size is found out. Malloc'ed; NULL: errno. */
void *bsd_table(const int *name, unsigned length, size_t *size_ret);

#endif
