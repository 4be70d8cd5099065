/*
 * The JSON lines that a worker of the explorer writes; explore_sweep.h lists them.
 */
#ifndef PIDPROOF_EXPLORE_TELL_H
#define PIDPROOF_EXPLORE_TELL_H

#include "explore_run.h"

#include <stdio.h>

/* {kind: content}. Takes over `content`. */
void tell(FILE *reports, const char *kind, json_t *content);

void tell_broken(FILE *reports, const char *what, const char *message);

/* The calls in order; where something was changed, what, before the call it came before. */
json_t *tell_story(const struct experiment *experiment, const struct trace *trace);

/* `again`: it came again when it was repeated. */
void tell_finding(FILE *reports, const struct experiment *experiment, const struct verdict *verdict,
                  unsigned long order, bool again);

void tell_unmade(FILE *reports, const struct experiment *experiment, unsigned long order,
                 const char *kind, const char *why);

#endif
