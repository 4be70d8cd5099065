/*
 * One run of one case, with one value of its sweep: begin, the steps in order, the
 * handles still open are closed, the audit, end.
 */
#ifndef PIDPROOF_TRIAL_H
#define PIDPROOF_TRIAL_H

#include "outcome.h"
#include "site.h"

struct trial {
    struct site *site;
    const json_t *case_;
    const char *profile;

    json_t *scope;     /* what references stand for */
    json_t *situation; /* what the launcher witnessed */
    json_t *questions; /* what was asked, in order */

    struct adapter *adapter; /* NULL: none was needed yet */
    json_t *how;             /* how this case's own one is started; NULL: the shared one */
    json_t *handles;         /* open ones */
    json_t *watches;
    json_t *before, *after; /* the audit */
    char *complaint;        /* what the adapter said on stderr */

    struct case_outcome outcome;
};

/*
 * `*trial` holds `site`, `case_` and `profile`, and is filled; `values` holds what
 * `${name}` of a sweep stands for. `site->launcher` and `site->adapter` are NULL
 * afterwards where they must not be used on.
 */
void trial_run(struct trial *trial, const json_t *values);
void trial_clear(struct trial *trial);

#endif
