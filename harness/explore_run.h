/*
 * Makes one experiment: builds the world, asks the question, changes the world or fails a
 * call at the stop that was named, and says what is wrong with the answer.
 */
#ifndef PIDPROOF_EXPLORE_RUN_H
#define PIDPROOF_EXPLORE_RUN_H

#include "explore_experiment.h"
#include "explore_judge.h"
#include "explore_lab.h"

enum run_status {
    RUN_CLEAN = 0,
    RUN_FINDING,         /* see `direction` … */
    RUN_STRAYED,         /* the calls before the change were others than expected */
    RUN_NOT_ESTABLISHED, /* the host could not build the world or make the change */
    RUN_HOST_FAILED,
};

struct verdict {
    enum run_status status;
    const char *wrong;  /* "false-accept", …, "crash", "timeout", "protocol"; static text */
    const char *clause; /* static text */
    char *why;
    char *answer; /* JSON, or what happened instead */
    struct trace trace;
    struct shapes shapes;
    struct reached reached;
};

void verdict_clear(struct verdict *verdict);

struct runner; /* the lab and the world that stands in it */

enum lab_trouble runner_open(const struct lab_options *options, struct runner **runner_ret,
                             char **message_ret);
void runner_close(struct runner *runner);
struct lab *runner_lab(struct runner *runner);

/* Takes down a world that was left standing for the next experiment. */
void runner_sweep(struct runner *runner);

/* A fresh adapter. False, with the verdict that the host failed, where it does not start. */
bool runner_renew(struct runner *runner, struct verdict *verdict_ret);

/*
 * Makes one experiment. `expected` may be NULL. A fresh world unless the one that stands
 * can be used again: faults leave it as it is.
 */
void runner_make(struct runner *runner, const struct experiment *experiment,
                 const struct shapes *expected, struct verdict *verdict_ret);

#endif
