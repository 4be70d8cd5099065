/*
 * What a stopped system call looks at, in words: names of its descriptors, paths, the
 * process it is about. Reads the stopped process's memory and /proc; changes nothing.
 */
#ifndef PIDPROOF_DECODE_LINUX_H
#define PIDPROOF_DECODE_LINUX_H

#include "tracer.h"

#include <sys/types.h>

/* The pipes on which the adapter is spoken with, as its descriptors link to them. */
struct decode_pipes {
    char request[64]; /* "pipe:[1234]" */
    char reply[64];
};

/* Fills in `text` (the caller's), `kind` and `subject`. */
void decode_call(pid_t thread, pid_t process, const struct call *call, const uint64_t arguments[6],
                 const struct decode_pipes *pipes, struct stop *stop_ret);

/* What came back, ` = 5`; free() it. */
char *decode_result(pid_t thread, const struct call *call, const uint64_t arguments[6],
                    int64_t result);

/*
 * Whether a file says what a control group may use, "/sys/fs/cgroup/…/memory.max": a runtime's
 * own thread asks now and then how much there is for itself. What names processes there is none.
 */
bool decode_is_own_limit(const char *path);

#endif
