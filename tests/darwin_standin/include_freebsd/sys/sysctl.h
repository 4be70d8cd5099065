/* Stand-in for FreeBSD's header of this name: what os_bsd.c and os_freebsd.c use of it; see
 * ../../standin.h. */
#ifndef STANDIN_SYS_SYSCTL_H
#define STANDIN_SYS_SYSCTL_H

#include <stddef.h>

#define CTL_KERN 1
#define KERN_PROC 14
#define KERN_PROC_PID 1
#define KERN_PROC_PATHNAME 12

int sysctl(const int *name, unsigned length, void *old, size_t *old_size, const void *new,
           size_t new_size);
int sysctlbyname(const char *name, void *old, size_t *old_size, const void *new, size_t new_size);

#endif
