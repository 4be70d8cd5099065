/*
 * What the parts of the linter share: complaints, and the form of objects in a case.
 */
#ifndef PIDPROOF_LINT_FORM_H
#define PIDPROOF_LINT_FORM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "text.h"
#include "vocabulary.h"

/* One case being checked. */
struct lint {
    const json_t *case_;
    const char *file;
    FILE *out;
    size_t complaints;
};

/* One line: the file, where in it, and what to do about it. */
void complain(struct lint *lint, const char *where, const char *text, ...) TEXT_PRINTF(3, 4);

enum shape { TEXT, TEXTS, OBJECT, LIST, NUMBER, BOOLEAN, ANYTHING };

/* One member of an object in a case; `words` are the only values, where not NULL. */
struct member {
    const char *name;
    enum shape shape;
    bool required;
    const char *words;
    const char *instead; /* what to write */
};

/* `words`: names that are members too, spoken for elsewhere; NULL: none. */
void check_members(struct lint *lint, const char *where, const json_t *object,
                   const struct member *members, const char *words);

/* A value that a reference stands for is known only when the case runs. */
bool is_reference(const char *text);

/* lint_answers.c: the allowed answers of a step, whose operation or method is `word`. */
void check_allow(struct lint *lint, const char *where, const json_t *step, const struct word *word);

/* lint_steps.c: all steps, and how an adapter is started. */
void check_steps(struct lint *lint);
void check_adapter(struct lint *lint, const char *where, const json_t *adapter);

#endif
