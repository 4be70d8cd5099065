/*
 * The cases: embedded into the binary, or read from a directory. A case is its
 * JSON object (CASES.md); it is checked by lint.c and never changed.
 */
#ifndef PIDPROOF_SUITE_H
#define PIDPROOF_SUITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct suite {
    const json_t **cases; /* sorted by id */
    size_t count;
    json_t *owner; /* holds them all */
};

/*
 * Loads the embedded cases and, where `directory` is not NULL, those below it.
 * Returns false with a message for people in `*message_ret` (free() it).
 */
bool suite_load(struct suite *suite_ret, const char *directory, char **message_ret);
void suite_clear(struct suite *suite);

/* The case with this id; NULL where there is none. */
const json_t *suite_find(const struct suite *suite, const char *id);

/* Members of a case, borrowed. */
const char *case_id(const json_t *case_);
const char *case_text(const json_t *case_, const char *member);

/* Whether an id fits a glob: `*` within one segment, `**` across, `?` one character. */
bool id_matches(const char *glob, const char *id);

/* The text of a clause of SPEC.md ("EXE-8"); NULL for an unknown one. Static text. */
const char *clause_text(const char *clause);

/* The class of a reason of SPEC.md ("gone" for "not_found"); NULL for an unknown one. */
const char *reason_class(const char *reason);

#endif
