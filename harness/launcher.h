/*
 * The launcher as the engine sees it: one operation after the other
 * (fixtures/launcher/OPERATIONS.md).
 */
#ifndef PIDPROOF_LAUNCHER_H
#define PIDPROOF_LAUNCHER_H

#include "peer.h"
#include "worker.h"

enum launcher_status {
    LAUNCHER_DONE = 0,
    LAUNCHER_NOT_ESTABLISHED, /* the host could not, or the witness did not hold */
    LAUNCHER_DEFECT,          /* the case or the launcher is wrong */
    LAUNCHER_KILLED,          /* a signal ended the launcher */
};

struct launched {
    json_t *facts;   /* an object where the operation was done, else NULL */
    json_t *witness; /* a list, or NULL */
    char *why;       /* where it was not done */
    char *needs;     /* the feature, where one is missing; or NULL */
};

void launched_clear(struct launched *launched);

/* NULL with a message for people (free() it) where it cannot be started. */
struct peer *launcher_start(uv_loop_t *loop, const struct worker_options *options,
                            const char *scratch, char **message_ret);

/* `arguments` are the operation's, references put in; NULL: none. Fills `*launched_ret`. */
enum launcher_status launcher_do(struct peer *launcher, const char *operation,
                                 const json_t *arguments, struct launched *launched_ret);

/*
 * Begins a case and starts a daemon in it; `size` grows its executable to that many bytes,
 * 0 leaves it. False with a message (free() it); the facts of the process are the caller's.
 */
bool launcher_daemon(struct peer *launcher, json_int_t size, json_t **facts_ret,
                     char **message_ret);

#endif
