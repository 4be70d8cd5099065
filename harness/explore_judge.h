/*
 * The explorer's judge: whether an answer was true at one instant between request and
 * reply. Pure. Directions are those of judge.h and CASES.md.
 */
#ifndef PIDPROOF_EXPLORE_JUDGE_H
#define PIDPROOF_EXPLORE_JUDGE_H

#include "explore_world.h"
#include "judge.h"

#include <jansson.h>

#define INSTANTS_MAX 16

/* Everything that was true at one time or another while a question was being answered. */
struct reached {
    struct situation
        instants[INSTANTS_MAX]; /* [0]: when it was asked; the last: when it was answered */
    size_t count;
};

void reached_add(struct reached *reached, const struct situation *instant);

/* A call that was made to fail, or to come back short. */
struct failure {
    const char *call;
    const char *error;    /* NULL: it came back short */
    int subject;          /* enum stop_subject */
    bool must_not_matter; /* EINTR where the manual lists it; less than was asked for */
};

/* What is wrong with an answer. DIRECTION_NONE: nothing. */
struct opinion {
    enum direction direction;
    const char *clause; /* static text */
    char *why;          /* one or two sentences; owned */
};

void opinion_clear(struct opinion *opinion);

/* The answer that the result of `verify` or `capture` is; 0 where it has an unknown reason. */
answers answer_of(const json_t *result);

/* `verify`. `failure` may be NULL. */
struct opinion judge_verify(const struct reached *reached, answers answer,
                            const struct failure *failure);

/*
 * Processes that were, at one instant, all that the record says: bit 1 for the daemon, 2
 * for the one after it, … . A handle must be bound to one of these. [ATOM-1, ATOM-2]
 */
unsigned reached_verified(const struct reached *reached);

/* A handle that came from an acceptance says that its process is alive, or dead. [ATOM-2] */
struct opinion judge_binding(unsigned verified, const struct situation *now, bool alive);

/*
 * `is_alive`, `wait`, `process_is_alive`, `watch_gone`: alive or dead, of process
 * `process` (0: of whoever has the number).
 */
struct opinion judge_liveness(const struct reached *reached, unsigned process, bool alive,
                              const struct failure *failure);

/* `terminate`, `force_kill` and those by handle (`process`, else 0): sent, or why not. */
struct opinion judge_signal(const struct reached *reached, unsigned process, bool sent,
                            answers refused, const struct failure *failure);

/*
 * `capture`: `path` and `digest` are those that the record gives; each file of the world
 * is {"path": …, "sha256": …} at its index (NULL: not made). `record` is NULL for a refusal.
 */
struct opinion judge_capture(const struct reached *reached, const json_t *const *files,
                             const json_t *record, answers refused, const struct failure *failure);

#endif
