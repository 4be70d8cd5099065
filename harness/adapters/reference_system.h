/*
 * What the reference adapter needs of the system: reference_posix.c, reference_windows.c.
 */
#ifndef PIDPROOF_REFERENCE_SYSTEM_H
#define PIDPROOF_REFERENCE_SYSTEM_H

#include <stdint.h>
#include <stdio.h>

/* Makes the standard streams carry bytes: a line ends with \n alone. */
void system_bytes(void);

/* The stream on an open descriptor; NULL where there is none. */
FILE *system_stream(int descriptor, const char *mode);

/* A clock that never goes back. */
int64_t system_now_ns(void);

/*
 * What C calls this error of the system: "EACCES". NULL for one that looking at processes
 * and files does not give, which travels as a number alone.
 */
const char *system_error_name(int64_t code);

#endif
