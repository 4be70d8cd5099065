/*
 * What came of a case (PROTOCOL.md, "Outcomes"). The first thing that went wrong is the
 * outcome, with one exception: harm to a bystander goes before everything, for a crash
 * that took one along is not "a crash".
 */
#ifndef PIDPROOF_OUTCOME_H
#define PIDPROOF_OUTCOME_H

#include "adapter.h"
#include "judge.h"

/* Starts as {0}, a pass. */
struct case_outcome {
    const char *name; /* static text; NULL: pass so far */
    enum direction direction;
    char *message; /* of a failure; or why nothing was asked */
    char *needs;   /* the feature or capability that was missing */
    char *defect;  /* what is wrong with the case, the harness or the host */
};

void case_outcome_clear(struct case_outcome *outcome);

/* Each takes the texts that it is given. */
void case_outcome_set(struct case_outcome *outcome, const char *name, enum direction direction,
                      char *message);
void case_outcome_lacks(struct case_outcome *outcome, const char *name, char *needs, char *why);
void case_outcome_defect(struct case_outcome *outcome, char *why);

/* Each clears what it is given; a judgement that found nothing wrong changes nothing. */
void case_outcome_trouble(struct case_outcome *outcome, struct trouble *trouble);
void case_outcome_judgement(struct case_outcome *outcome, struct judgement *judgement);

/* A failure weighs 2, what was not asked or could not be established 1, a pass 0. */
int case_outcome_weight(const struct case_outcome *outcome);

/* Adds `outcome`, `direction`, `message`, `why`, `needs` and `defect` of REPORT.md. */
void case_outcome_describe(const struct case_outcome *outcome, json_t *result);

#endif
