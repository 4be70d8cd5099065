/* References of a case: `${d.pid|plus:1}` and names of things that steps made. */
#ifndef PIDPROOF_LINT_REFERENCES_H
#define PIDPROOF_LINT_REFERENCES_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

struct word;

/*
 * What can be referred to so far, name → its members; at first what is always
 * there and the sweep's names. The caller's, json_decref() it.
 */
json_t *references_new(const json_t *case_);

/* A step of this kind made something by this name ("": it has none). */
void references_add(json_t *made, const char *name, const struct word *word);

/* Complaints about what one step refers to, written to `out`; `word` may be NULL. */
size_t references_check(const json_t *made, const json_t *step, const struct word *word,
                        const char *file, const char *where, FILE *out);

#endif
