/*
 * Starts an adapter the way a case wants it (CASES.md, "How the adapter is started").
 * What can be done to a process before and after it runs is the operating system's: each
 * has its own file behind this header.
 */
#ifndef PIDPROOF_CONFINE_H
#define PIDPROOF_CONFINE_H

#include "peer.h"
#include "worker.h"

enum confine_status {
    CONFINE_DONE = 0,
    CONFINE_LACKING, /* this host cannot start it that way */
    CONFINE_BROKEN,  /* the adapter itself cannot be started */
    CONFINE_FAILED,  /* it was not tried: what came says nothing about host or adapter */
};

struct confined {
    struct peer *adapter; /* what was started; its end is the adapter's end */
    struct peer *canary;  /* in the adapter's session and group; NULL: none here */
    int pid;              /* the adapter's own number, as we see it */
    int canary_pid;
    int child_pid; /* a child that the adapter was given; 0: none */
};

/*
 * `how` is the case's `adapter` member, references put in; NULL: as usual. On failure
 * `*message_ret` says why and, where the host lacks something, `*needs_ret` which feature
 * (free() both).
 */
enum confine_status confine_start(uv_loop_t *loop, const struct worker_options *options,
                                  const json_t *how, struct confined *confined_ret,
                                  char **needs_ret, char **message_ret);

/* After hello: what of `how` can be done to a running process only. False with a message. */
bool confine_running(const struct confined *confined, const json_t *how, char **message_ret);

/*
 * A bystander in a session of its own: NULL in `*peer_ret` where this system has none.
 * False with a message where it should have one, and it cannot be started.
 */
bool confine_bystander(uv_loop_t *loop, const struct worker_options *options,
                       struct peer **peer_ret, char **message_ret);

/*
 * {"seccomp": true, "landlock": "why not"}, the caller's. NULL with a message where it
 * could not be found out: that is not the same as not being there.
 */
json_t *confine_features(uv_loop_t *loop, const struct worker_options *options, char **message_ret);

#endif
