/*
 * One worker of the explorer: makes the plan, its share of the experiments, and reports
 * as JSON lines. All workers make the same plan; experiment i belongs to worker i % jobs.
 *
 *   {"hello": {what the adapter said}}
 *   {"unit": {"question", "start", "calls": [shape…], "complete": bool, "interleavings": N,
 *             "faults": N, "left_out": N}}   planned, of all workers; complete: the reply was
 *                                        the last; left out by `only_adding_up`
 *   {"finding": {"order", "token", "question", "start", "event", "stop", "wrong", "clause",
 *                "why", "answer", "again": bool (it came again), "story": [{"call", "result",
 *                "thread", "before"?, "made"?}]}}
 *   {"unmade": {"order", "token", "kind": "strayed" | "not-established", "why"}}
 *   {"clean": {"answer", "story"}}   a replay in which nothing was wrong
 *   {"broken": "adapter" | "host" | "usage", "message"}   usage: a token that cannot be replayed
 *   {"done": {"interleavings", "faults", "pairs", "pairs_possible"}}   made, by this worker
 */
#ifndef PIDPROOF_EXPLORE_SWEEP_H
#define PIDPROOF_EXPLORE_SWEEP_H

#include "explore_lab.h"

#include <stdio.h>

struct sweep_options {
    struct lab_options lab;
    const char *changes; /* "all", "none" or names separated by commas */
    bool only_adding_up; /* verify: of these, what could end in an acceptance */
    const char *faults;  /* likewise */
    const char *asked;   /* questions: "all" or names */
    unsigned depth;
    unsigned long budget; /* the most pairs of changes, of all workers */
    const char *replay;   /* NULL: sweep */
    unsigned share, jobs;
};

/* Whether every name is one that there is; else a sentence in `*message_ret` (free() it). */
bool sweep_options_check(const struct sweep_options *options, char **message_ret);

/* Returns 0, or 3 or 4 after `broken`. */
int sweep(const struct sweep_options *options, FILE *reports);

#endif
