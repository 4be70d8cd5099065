/*
 * The words a case may use: operations of the launcher (fixtures/launcher/
 * OPERATIONS.md), questions to the adapter (PROTOCOL.md), what each takes and
 * makes. The linter and nobody else goes by them.
 */
#ifndef PIDPROOF_VOCABULARY_H
#define PIDPROOF_VOCABULARY_H

#include <stdbool.h>

/*
 * `takes`: names of arguments, separated by spaces. `!` behind one: it must be
 * there. `@`: it names what an earlier step made. `gives`: members that can be
 * referred to; "*": whatever the answer holds.
 */
struct word {
    const char *name;
    const char *takes;
    const char *gives;
    const char *capability; /* questions: the adapter must claim it; NULL: none */
};

extern const struct word do_words[];     /* "do" */
extern const struct word expect_words[]; /* "expect" */
extern const struct word ask_words[];    /* "ask": `takes` are the members of `params` */

/* The entry of a table that ends with an empty one; NULL where there is none. */
const struct word *word_find(const struct word *table, const char *name);

/* Whether a list of words separated by spaces has this one, marks left out. */
bool words_have(const char *words, const char *word);

/* What a host may lack, and how to get it. The last entry is empty. */
struct feature {
    const char *name;
    const char *how;
};
extern const struct feature features[];

/* How to get this feature; NULL for an unknown one. Static text. */
const char *feature_how(const char *name);

/* Lists separated by spaces. */
extern const char known_capabilities[];
extern const char known_systems[];

#endif
