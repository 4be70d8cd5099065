/*
 * One experiment: a world, a question, what is changed or made to fail at which of the
 * adapter's system calls, and what is wrong with what it answered.
 */
#ifndef PIDPROOF_EXPLORE_RUN_H
#define PIDPROOF_EXPLORE_RUN_H

#include "explore_judge.h"
#include "explore_lab.h"

#define STEPS_MAX 2

/* A question that is explored. */
struct question {
    const char *name;   /* of --op */
    const char *method; /* of PROTOCOL.md */
    const char *capability;
    const char *starts; /* separated by spaces; NULL: every start */
    enum { ABOUT_RECORD, ABOUT_NUMBER, ABOUT_HANDLE, ABOUT_WATCH } about;
    bool changes_world; /* also when nobody else does: each failure needs a fresh world */
    bool answers_flag;  /* alive or not, and no way to say that it could not look */
};

const struct question *questions(size_t *count_ret);
const struct question *question_by_name(const char *name);

struct step {
    size_t stop;
    const struct change *change;
};

struct experiment {
    const struct question *question;
    const struct start *start;
    struct step steps[STEPS_MAX];
    size_t step_count;
    size_t fault_stop;
    const char *fault; /* "EMFILE", "short"; NULL: no call is made to fail */
};

/* What is expected to be seen before the change: one text a stop; see run_shapes(). */
struct shapes {
    char **texts;
    size_t count;
};

void shapes_clear(struct shapes *shapes);
bool shapes_equal(const struct shapes *a, const struct shapes *b);

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

/*
 * Makes one experiment. `expected` may be NULL. A fresh world unless the one that stands
 * can be used again: faults leave it as it is.
 */
void runner_make(struct runner *runner, const struct experiment *experiment,
                 const struct shapes *expected, struct verdict *verdict_ret);

/* "verify/daemon/reuse-stranger@7", "verify/daemon/EMFILE@3": what --replay takes. free() it. */
char *experiment_token(const struct experiment *experiment);
bool experiment_parse(const char *token, struct experiment *experiment_ret, char **message_ret);

#endif
