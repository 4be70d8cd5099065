/*
 * Known failures (PROTOCOL.md): what an implementation is known to get wrong, so
 * that a run fails on everything else, and on every entry that is no longer true.
 *
 *     # comments and empty lines are kept
 *     look/zombie # is_alive: says alive
 *     boot/host-* # verify: refused: not_found
 *     exe/decoy !critical # verify: accepted what must be refused
 */
#ifndef PIDPROOF_KNOWN_H
#define PIDPROOF_KNOWN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "suite.h"

struct known;

/*
 * Parses the text of a file; `path` is for messages. False with a message in
 * `*message_ret` (free() it). Free `*known_ret` with known_free().
 */
bool known_parse(const char *path, const char *text, struct known **known_ret, char **message_ret);
void known_free(struct known *known);

/* Whether each entry names cases, and not too many; to be asked before anything is run. */
size_t known_check_names(const struct known *known, const struct suite *suite, FILE *out);

/*
 * Holds the results against the entries. Complaints go to `out`, one a line; how
 * many comes back. Results that an entry covers get the member "known": true.
 * `filtered`: the run was, so that what did not run is no complaint.
 */
size_t known_check(const struct known *known, const struct suite *suite, const json_t *results,
                   bool filtered, FILE *out);

/*
 * The file as it should be after an unfiltered run that known_check() has seen:
 * comments and entries that are true stay, others go, failures that no entry
 * covers are added. free() it.
 */
char *known_fixed(const struct known *known, const struct suite *suite, const json_t *results);

#endif
