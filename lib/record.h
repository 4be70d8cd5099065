/*
 * record.h: records in memory. Internal.
 */
#ifndef PIDPROOF_RECORD_H
#define PIDPROOF_RECORD_H

#include "pidproof/pidproof.h"

/* A copy for the caller, with its texts, to be freed with pidproof_record_free(). HANDLE_FAILED. */
pidproof_reason record_copy(const pidproof_record *record, pidproof_record **copy_ret,
                            pidproof_error *error);

#endif
