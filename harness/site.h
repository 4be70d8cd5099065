/*
 * A worker's place: its sandbox, launcher, adapter and bystander, brought up once and
 * brought up again where a case took one of them down.
 */
#ifndef PIDPROOF_SITE_H
#define PIDPROOF_SITE_H

#include "adapter.h"
#include "launcher.h"

struct site {
    uv_loop_t loop;
    const struct worker_options *options;
    char *scratch;           /* where the launcher works */
    bool sandboxed;          /* else `scratch` is a directory to remove */
    json_t *host;            /* {"features": …, "kernel": …}, as `ready` says it */
    json_t *hello;           /* what the adapter said at first; NULL: there is none */
    struct peer *launcher;   /* NULL: it died and takes a new one */
    struct adapter *adapter; /* shared by cases; NULL: who needs it starts it */
    struct canary bystander; /* in a session of its own */
};

enum site_status { SITE_UP = 0, SITE_HOST_BROKEN, SITE_ADAPTER_BROKEN };

/*
 * Brings everything up; with an empty command no adapter. On failure `*message_ret` says
 * what to do (free() it). Either way site_close() is due.
 *
 * In a sandbox the calling process stays outside and does not come back (sandbox.h).
 */
enum site_status site_open(struct site *site, const struct worker_options *options,
                           char **message_ret);

/* After each case: replaces what died and reaps what was left. */
enum site_status site_recover(struct site *site, char **message_ret);

void site_close(struct site *site);

/* Whether the host can do this; else `*why_ret`, borrowed, says why not. */
bool site_has(const struct site *site, const char *feature, const char **why_ret);

#endif
