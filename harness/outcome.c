/* What came of a case, see outcome.h. */
#include "outcome.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

void case_outcome_clear(struct case_outcome *outcome)
{
    free(outcome->message);
    free(outcome->needs);
    free(outcome->defect);
    *outcome = (struct case_outcome){0};
}

static bool goes_before(enum direction direction, const struct case_outcome *outcome)
{
    return !outcome->name || (direction == DIRECTION_HARM && outcome->direction != DIRECTION_HARM);
}

void case_outcome_set(struct case_outcome *outcome, const char *name, enum direction direction,
                      char *message)
{
    if (!goes_before(direction, outcome)) {
        free(message);
        return;
    }
    free(outcome->message);
    outcome->name = name;
    outcome->direction = direction;
    outcome->message = message;
}

void case_outcome_lacks(struct case_outcome *outcome, const char *name, char *needs, char *why)
{
    if (outcome->name) {
        free(needs);
    } else {
        free(outcome->needs);
        outcome->needs = needs;
    }
    case_outcome_set(outcome, name, DIRECTION_NONE, why);
}

void case_outcome_defect(struct case_outcome *outcome, char *why)
{
    if (!outcome->defect)
        outcome->defect = text_format("%s", why);
    case_outcome_set(outcome, "not-established", DIRECTION_NONE, why);
}

static bool not_judged(const char *name)
{
    return !strcmp(name, "not-established") || !strcmp(name, "unsupported");
}

void case_outcome_trouble(struct case_outcome *outcome, struct trouble *trouble)
{
    struct trouble taken = *trouble;

    *trouble = (struct trouble){0};
    if (!strcmp(taken.outcome, "host")) {
        case_outcome_defect(outcome, taken.message);
        free(taken.needs);
        return;
    }
    if (not_judged(taken.outcome)) {
        case_outcome_lacks(outcome, taken.outcome, taken.needs, taken.message);
        return;
    }
    /* The one failure that an adapter can tell of itself is an untrue claim. */
    case_outcome_set(outcome, taken.outcome,
                     strcmp(taken.outcome, "fail") ? DIRECTION_NONE : DIRECTION_WRONG_REASON,
                     taken.message);
    free(taken.needs);
}

void case_outcome_judgement(struct case_outcome *outcome, struct judgement *judgement)
{
    if (judgement->direction != DIRECTION_NONE)
        case_outcome_set(outcome, "fail", judgement->direction,
                         text_format("%s", judgement->message));
    judgement_clear(judgement);
}

int case_outcome_weight(const struct case_outcome *outcome)
{
    if (!outcome->name)
        return 0;
    return not_judged(outcome->name) ? 1 : 2;
}

static void add(json_t *result, const char *member, const char *text)
{
    json_object_set_new(result, member, text ? json_string(text) : json_null());
}

void case_outcome_describe(const struct case_outcome *outcome, json_t *result)
{
    int weight = case_outcome_weight(outcome);

    add(result, "outcome", outcome->name ? outcome->name : "pass");
    add(result, "direction", direction_name(outcome->direction));
    add(result, "message", weight == 2 ? outcome->message : NULL);
    add(result, "why", weight == 1 ? outcome->message : NULL);
    add(result, "needs", weight == 1 ? outcome->needs : NULL);
    add(result, "defect", outcome->defect);
}
