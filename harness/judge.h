/*
 * The judge: what was allowed, what came, which way it went wrong. Pure: no I/O,
 * no clock, no state. The rules are those of CASES.md, "Allowed answers" and "The
 * direction of a failure".
 */
#ifndef PIDPROOF_JUDGE_H
#define PIDPROOF_JUDGE_H

#include <jansson.h>
#include <stdbool.h>

enum direction {
    DIRECTION_NONE = 0,
    DIRECTION_FALSE_ACCEPT,
    DIRECTION_HARM,
    DIRECTION_FALSE_REFUSE,
    DIRECTION_WRONG_REASON,
    DIRECTION_LEAK,
};

/* "false-accept", …; NULL for DIRECTION_NONE. Static text. */
const char *direction_name(enum direction direction);
enum direction direction_from_name(const char *name);

struct judgement {
    enum direction direction; /* DIRECTION_NONE: the answer is right */
    char *message;            /* one line for people; NULL when right; owned */
};

void judgement_clear(struct judgement *judgement);

/*
 * Judges the answer to one `ask` step whose references have been put in.
 * `result` is the JSON-RPC `result` member, its shape already checked.
 */
struct judgement judge_answer(const json_t *step, const json_t *result);

/* Judges what the launcher saw for one `expect` step; `facts` are the operation's. */
struct judgement judge_expectation(const json_t *step, const json_t *facts);

/*
 * Judges the audit: `before` and `after` are {"descriptors": N, "children": [pid…],
 * "zombies": N, "canaries": [{"name": …, "alive": bool, "signals": [..]}…],
 * "stray": […]}; members that could not be observed are absent in both.
 */
struct judgement judge_audit(const json_t *before, const json_t *after);

#endif
