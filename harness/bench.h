/*
 * `bench`: what the same questions cost different implementations. First each adapter runs
 * the cases that ask them (bench_cases.c), then one daemon is asked about by all in turn
 * (bench_measure.c), and what came is told (bench_report.c).
 */
#ifndef PIDPROOF_BENCH_COMMAND_H
#define PIDPROOF_BENCH_COMMAND_H

#include <jansson.h>

#include "bench_statistics.h"
#include "options.h"
#include "suite.h"

/* The questions, by the names that they have in PROTOCOL.md. */
enum { BENCH_QUESTIONS = 3, BENCH_VERIFY = 0, BENCH_IS_ALIVE, BENCH_PROCESS_IS_ALIVE };
extern const char *const bench_questions[BENCH_QUESTIONS];

/* One adapter and one question. */
struct bench_figure {
    bool wanted;
    size_t asking;         /* cases of the profile that ask it */
    size_t passed, advice; /* of those that were run */
    size_t skipped;        /* not established on this host, or not supported */
    json_t *failed;        /* ids; owned */
    char *none;            /* why there is no figure; NULL: there is one; owned */
    char *outside;         /* why it was timed through the pipe; NULL: inside; owned */
    json_int_t questions;  /* asked for each sample */
    size_t doubtful;       /* samples that took twice as long outside as it says, or more */
    double *samples_ns;    /* one a round: the time of one question; owned */
};

struct bench_adapter {
    char **command;  /* borrowed */
    json_t *hello;   /* owned, as the next */
    json_t *host;    /* where its cases ran */
    double *noop_ns; /* one round trip of the pipe, one a round; owned */
    struct bench_figure figures[BENCH_QUESTIONS];
};

/* What was run. */
struct bench {
    const struct options *options;
    struct bench_adapter *adapters; /* A, B, … */
    size_t count;
    size_t rounds;
    enum status status; /* of the whole, so far; the first of 1, 3, 4 stands */
};

/* Takes `message`, prints it, and makes it the status unless there is one. */
void bench_complain(struct bench *bench, enum status status, char *message);

/* Runs the cases that ask the questions. False: nothing can be measured. */
bool bench_judge(struct bench *bench, const struct suite *suite, struct bench_adapter *adapter);

/* Measures what is left to be measured. */
void bench_measure(struct bench *bench);

/* For people, on stdout; and as JSON (bench/README.md), the caller's. */
void bench_print(const struct bench *bench);
json_t *bench_as_json(const struct bench *bench);

/* How the other's samples relate to these, round by round; false where they cannot. */
bool bench_ratio(const struct bench *bench, const struct bench_figure *base,
                 const struct bench_figure *other, struct bench_interval *ratio_ret);

#endif
