/*
 * The cases: embedded into the binary, or read from a directory. A case is its
 * JSON object (CASES.md); it is checked by lint.c and never changed. Beside them
 * what they refer to: the clauses and reasons of SPEC.md.
 */
#ifndef PIDPROOF_SUITE_H
#define PIDPROOF_SUITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct suite {
    const json_t **cases; /* sorted by id */
    const char **files;   /* where each was read: "look/zombie.json" or below a directory */
    size_t count;
    size_t embedded; /* how many of them are the binary's own */
    json_t *owner;   /* holds them all */
};

/*
 * Loads the embedded cases and, where `directory` is not NULL, those below it.
 * Returns false with a message for people in `*message_ret` (free() it).
 */
bool suite_load(struct suite *suite_ret, const char *directory, char **message_ret);
/* Loads the named files and nothing else. */
bool suite_load_files(struct suite *suite_ret, char *const *files, char **message_ret);
void suite_clear(struct suite *suite);

/* The case with this id; NULL where there is none. */
const json_t *suite_find(const struct suite *suite, const char *id);

/* Members of a case, borrowed. */
const char *case_id(const json_t *case_);
const char *case_text(const json_t *case_, const char *member);

/* For so many seconds a situation is built again at most (`tries`); a try that runs is not cut. */
enum { TRIES_S = 60 };

/* Whether a list of texts ("systems", "clauses", …) of the case names this one. */
bool case_names(const json_t *case_, const char *member, const char *text);

/* Whether it is run on this system; "unix": what Linux shares with another Unix. */
bool case_is_of(const json_t *case_, const char *system);

/* Whether a run under this profile ("core", "hardened", "all") takes the case. */
bool case_in_profile(const json_t *case_, const char *profile);

/* Whether an id fits a glob: `*` within one segment, `**` across, `?` one character. */
bool id_matches(const char *glob, const char *id);

struct clause {
    const char *id;      /* "EXE-8" */
    const char *level;   /* MUST, SHOULD or MAY */
    const char *profile; /* core, hardened, or capability: judged where it is claimed */
    const char *systems; /* "linux darwin bsd windows" */
    const char *text;
};

/* All clauses in the order of SPEC.md; ends with one whose id is NULL. */
const struct clause *clauses(void);
const struct clause *clause_find(const char *id);

/* The text of a clause of SPEC.md ("EXE-8"); NULL for an unknown one. Static text. */
const char *clause_text(const char *clause);

/* The class of a reason of SPEC.md ("gone" for "not_found"); NULL for an unknown one. */
const char *reason_class(const char *reason);

/* The name of the nth reason of SPEC.md; NULL beyond the last. */
const char *reason_name(size_t n);

#endif
