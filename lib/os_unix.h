/*
 * os_unix.h: what os_unix.c shares with the backends of POSIX systems. Internal.
 */
#ifndef PIDPROOF_OS_UNIX_H
#define PIDPROOF_OS_UNIX_H

#include "os.h"

/* Fills `failure` from errno. Returns `reason`, or HANDLE_FAILED for exhaustion. [LOOK-6] */
pidproof_reason os_failed(pidproof_reason reason, const char *doing, struct os_failure *failure);

#endif
