/*
 * What embed.py reads out of SPEC.md and cases/ at build time. Each table ends
 * with an entry whose first member is NULL.
 */
#ifndef PIDPROOF_EMBEDDED_H
#define PIDPROOF_EMBEDDED_H

#include "suite.h"

struct embedded_reason {
    const char *name;
    const char *class_;
};

struct embedded_case {
    const char *file; /* "look/zombie.json" */
    const char *text;
};

extern const struct clause embedded_clauses[];
extern const struct embedded_reason embedded_reasons[];
extern const struct embedded_case embedded_cases[];

#endif
