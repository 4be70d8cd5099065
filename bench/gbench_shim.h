/*
 * Google Benchmark behind a C interface, so that every benchmark body is C.
 *
 *     static void getppid_floor(struct gbench_state *state, int64_t argument)
 *     {
 *         for (int64_t left = gbench_begin(state); left > 0; left--)
 *             getppid();
 *         gbench_end(state);
 *     }
 *
 * The loop is the body's own, so the harness costs it nothing.
 */
#ifndef PIDPROOF_GBENCH_SHIM_H
#define PIDPROOF_GBENCH_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gbench_state;

struct gbench_case {
    const char *name;
    void (*run)(struct gbench_state *state, int64_t argument);
    int64_t argument;
    int threads;        /* 0: one; of several counts the time from first to last */
    int64_t iterations; /* 0: as many as the minimum time takes */
    bool manual_time;   /* what counts is what gbench_took() says */
};

/* Starts the clock. The iterations to do; 0 after gbench_fail(). */
int64_t gbench_begin(struct gbench_state *state);

/* Stops the clock. To be called once gbench_begin() was. */
void gbench_end(struct gbench_state *state);

/* Gives the benchmark up, with a text for people; it has no figure then. */
void gbench_fail(struct gbench_state *state, const char *message);

/* Manual time: how long one iteration took. */
void gbench_took(struct gbench_state *state, double seconds);

/* Bytes that one iteration works through: the report then has bytes a second. */
void gbench_bytes_each(struct gbench_state *state, int64_t bytes);

/* A figure of one's own beside the time. */
void gbench_counter(struct gbench_state *state, const char *name, double value);

/* Number of the calling thread, from 0. */
int gbench_thread(const struct gbench_state *state);

/* Adds a fact about this run to the report's `context`. */
void gbench_context(const char *key, const char *value);

/* Keeps the compiler from dropping the work that `pointer` is the result of. */
void gbench_use(const void *pointer);

/* Takes Google Benchmark's options out of argv; false: one was left over, and reported. */
bool gbench_options(int *argc, char **argv);

void gbench_add(const struct gbench_case *cases, size_t count);

/* Runs what was added; the number of benchmarks that ran. */
size_t gbench_run(void);

#ifdef __cplusplus
}
#endif

#endif
