/*
 * One case: its world is built, its questions are asked and judged, and what the adapter
 * left behind is looked at. The result is one element of `cases` in report.schema.json.
 */
#ifndef PIDPROOF_RUN_H
#define PIDPROOF_RUN_H

#include "site.h"

/*
 * Runs `case_` under `profile` ("core", "hardened", "all") and gives the result. Afterwards
 * `site->launcher` and `site->adapter` are NULL where they must not be used on.
 */
json_t *run_case(struct site *site, const json_t *case_, const char *profile);

#endif
