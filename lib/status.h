/*
 * status.h: how the library fills in a pidproof_error. Internal.
 */
#ifndef PIDPROOF_STATUS_H
#define PIDPROOF_STATUS_H

#include "os.h"
#include "pidproof/pidproof.h"

/*
 * Writes `detail` into `error`, which may be NULL, and returns detail->reason. The text
 * members are copied; a copy that finds no memory is left out, the reason stands.
 */
pidproof_reason error_set(pidproof_error *error, const struct pidproof_error *detail);

/* Hands what `from` holds over to `error`, or releases it where that is NULL. */
void error_move(pidproof_error *error, pidproof_error *from);

/* error_set() for what a backend reported about process `pid` (0: about none). */
pidproof_reason error_set_os(pidproof_error *error, pidproof_reason reason, uint32_t pid,
                             const struct os_failure *failure);

/* A lack of memory: HANDLE_FAILED for process `pid`. */
pidproof_reason error_set_memory(pidproof_error *error, uint32_t pid);

#endif
