/*
 * An experiment of the explorer: a question, a start of the world, and what is changed or
 * made to fail at which of the adapter's system calls; the token that names one; and the
 * shapes of calls, by which two runs are compared.
 */
#ifndef PIDPROOF_EXPLORE_EXPERIMENT_H
#define PIDPROOF_EXPLORE_EXPERIMENT_H

#include "explore_world.h"

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

/* "verify/daemon/reuse-stranger@7", "verify/daemon/EMFILE@3": what --replay takes. free() it. */
char *experiment_token(const struct experiment *experiment);
bool experiment_parse(const char *token, struct experiment *experiment_ret, char **message_ret);

/* What is expected to be seen before the change: one text a stop; see run_shapes(). */
struct shapes {
    char **texts;
    size_t count;
};

void shapes_clear(struct shapes *shapes);
bool shapes_equal(const struct shapes *a, const struct shapes *b);

#endif
