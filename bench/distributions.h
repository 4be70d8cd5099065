/*
 * What pidproof_distributions needs of the system beside target.h: the checks that programs do
 * today (distributions_*.c), and load (load_*.c).
 *
 * What fails complains on standard error and returns false.
 */
#ifndef PIDPROOF_BENCH_DISTRIBUTIONS_H
#define PIDPROOF_BENCH_DISTRIBUTIONS_H

#include "target.h"

struct check {
    const char *name;
    bool (*check)(void); /* true when the answer was right */
};

/* The system's floor and what programs do today. */
enum { SYSTEM_CHECKS = 3 };
extern const struct check system_checks[SYSTEM_CHECKS];

/* Before the first of them: a live process that we may hold, and one that is only looked at by
 * its number. */
bool system_begin(uint32_t held, uint32_t numbered);
void system_end(void);

/* One spinner for each CPU, pinned to it where that is allowed, at rest until it is set on. It
 * ends when we do. */
bool load_begin(void);
void load_end(void);

/* Sets them all on or to rest, and returns when they are. */
bool load_set(bool loaded);

#endif
