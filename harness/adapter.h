/*
 * One running adapter and the canaries around it: what it claims, what it answers, what
 * it has and leaves behind.
 */
#ifndef PIDPROOF_ADAPTER_H
#define PIDPROOF_ADAPTER_H

#include "peer.h"
#include "worker.h"

/* Why there is no answer. Starts as {0}; trouble_clear() at the end. */
struct trouble {
    const char *outcome; /* of PROTOCOL.md: "crash", "timeout", "protocol", "unsupported",
                            "fail", "not-established"; or "host": this run failed at it,
                            which says nothing of anybody; static text; NULL: none */
    char *message;
    char *needs; /* which feature or capability is missing; may be NULL */
};

void trouble_clear(struct trouble *trouble);

/* A bystander that remembers which signals it got. */
struct canary {
    struct peer *peer; /* NULL: none on this system */
    int pid;
    bool spent; /* dead or stopped: it takes a new one to go on */
};

struct adapter;

/*
 * Starts it as `how` says (CASES.md; NULL: as usual), greets it and asks one noop. False
 * with the trouble where that fails.
 */
bool adapter_start(uv_loop_t *loop, const struct worker_options *options, const json_t *how,
                   struct adapter **adapter_ret, struct trouble *trouble);

/* Ends it, with everything in its process group. NULL is fine. */
void adapter_end(struct adapter *adapter);

/*
 * Asks one question. `params` may hold `$raw`. The result, whose shape is right, is the
 * caller's. After a trouble other than "unsupported" and "fail" the adapter is good for
 * adapter_look() and adapter_end() only.
 */
bool adapter_ask(struct adapter *adapter, const char *method, const json_t *params,
                 double timeout_s, json_t **result_ret, struct trouble *trouble);

/* What it said in hello; borrowed. */
const json_t *adapter_hello(const struct adapter *adapter);
bool adapter_claims(const json_t *hello, const char *capability);

/* {"pid": …, "exe_path": …}: what `${adapter.…}` stands for; borrowed. */
const json_t *adapter_facts(const struct adapter *adapter);

/*
 * The audit (judge.h) but for `stray`. The canaries, its own and the one elsewhere, are
 * asked which signals they got since the last look, which they then forget.
 */
json_t *adapter_look(struct adapter *adapter, struct canary *bystander);

/* Whether it can be asked on: it answered so far, and its canary is as it was. */
bool adapter_usable(const struct adapter *adapter);

/* What it wrote to standard error since the last call. free() it. */
char *adapter_take_stderr(struct adapter *adapter);

/* The child that was started for it: who reaps orphans must leave that one alone. */
int adapter_child(const struct adapter *adapter);

#endif
