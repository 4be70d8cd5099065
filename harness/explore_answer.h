/*
 * The answer of an experiment that is under way: what is asked before and after, the
 * effect that it had in the world, and the opinions of explore_judge.h put together into
 * one verdict. For explore_run.c alone.
 */
#ifndef PIDPROOF_EXPLORE_ANSWER_H
#define PIDPROOF_EXPLORE_ANSWER_H

#include "explore_run.h"

#define SETTLE_MS 5000 /* a net: how long a signalled process may take to die */

struct runner {
    struct lab *lab;
    const struct start *standing; /* the start of a world that nothing has changed since */
};

/* An experiment under way. */
struct run {
    struct runner *runner;
    struct lab *lab;
    const struct experiment *experiment;
    const struct shapes *expected;
    struct verdict *verdict;
    size_t steps_made;
    bool strayed, fault_made;
    bool signals_now, signalled; /* a call that signals: the one it stands at, one before */
    struct failure failure;
    enum lab_trouble trouble; /* of the launcher, while the adapter was stopped */
    json_int_t handle, watch; /* 0: none */
};

/* What the question is about: a handle of the daemon, a watch that holds it. */
void run_prepare(struct run *run);
json_t *run_parameters(const struct run *run);

/* Judges a result, with whatever has to be asked or looked at for that. */
void run_judge(struct run *run, const json_t *result);

/* After a failure: asked again, with nothing failing, it is right again. [ATOM-4] */
void run_ask_once_more(struct run *run);

/* Has the adapter close a handle or a watch; `*number` 0: there is none. */
void run_forget(struct run *run, const char *method, const char *name, json_int_t *number);

/* The first thing that is concluded is the story. `why` is taken over. */
void run_conclude(struct run *run, const char *wrong, const char *clause, char *why);

/* The adapter or the host failed where no failure was meant to be. */
void run_give_up(struct run *run, enum lab_trouble trouble);

#endif
