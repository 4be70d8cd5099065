/*
 * What makes a case worth running, checked before it runs: its form, its words,
 * that it refers to what is there, and that an adapter which always says the
 * same does not pass it. Complaints are written one a line,
 * "file: member: what is wrong, what to write instead".
 */
#ifndef PIDPROOF_LINT_H
#define PIDPROOF_LINT_H

#include <stddef.h>
#include <stdio.h>

#include "suite.h"

/* Checks one case. Returns the number of complaints written to `out`. */
size_t lint_case(const json_t *case_, const char *file, FILE *out);

/* Checks every case of the suite, and that no two have the same id. */
size_t lint_suite(const struct suite *suite, FILE *out);

/*
 * Why a clause may be without a case on `system`; NULL where there must be one. Static text.
 */
const char *lint_excuse(const struct clause *clause, const char *system);

/* Clauses that have neither a case of this system nor an excuse, or have both. */
size_t lint_coverage(const struct suite *suite, const char *system, FILE *out);

/*
 * Names an adapter with constant answers that would pass the case, under the
 * profile `all` or under `core`; NULL where there is none. Static text.
 */
const char *lint_constant_adapter(const json_t *case_);

#endif
