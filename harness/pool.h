/*
 * Workers side by side: starts them, hands out cases, collects results. Whatever
 * a worker does, the pool ends: each wait has a deadline as a net.
 */
#ifndef PIDPROOF_POOL_H
#define PIDPROOF_POOL_H

#include <jansson.h>
#include <stddef.h>

#include "options.h"

struct pool_result {
    json_t *ready;      /* what the first worker said of the adapter and the host; owned */
    json_t *results;    /* one for each case, in the order in which they came; owned */
    enum status status; /* STATUS_ADAPTER or STATUS_HOST: the run could not be finished */
    char *message;      /* why; NULL with STATUS_OK; owned */
    int interrupted;    /* the signal that ended the run; 0: none */
};

/* Called after each result. */
typedef void pool_progress(void *context, const json_t *result, size_t done, size_t count);

/*
 * Runs the cases on as many workers as options->jobs says. With no cases one
 * worker is started all the same, for what it says in `ready`. A case whose
 * worker died has a result with outcome not-established and a `defect`.
 */
void pool_run(const struct options *options, const json_t *const *cases, size_t count,
              pool_progress *progress, void *context, struct pool_result *result_ret);
void pool_result_clear(struct pool_result *result);

#endif
