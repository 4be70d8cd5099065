/*
 * What the files of benchmarks share: their tables, and how a body begins and fails.
 */
#ifndef PIDPROOF_BENCH_H
#define PIDPROOF_BENCH_H

#include "gbench_shim.h"
#include "target.h"

/* One table for each file of benchmarks. */
struct bench_table {
    const struct gbench_case *cases;
    size_t count;
};

extern const struct bench_table bench_floor;
extern const struct bench_table bench_liveness;
extern const struct bench_table bench_watch;
extern const struct bench_table bench_verify;
extern const struct bench_table bench_hash;
extern const struct bench_table bench_record;
extern const struct bench_table bench_exit;

/* The tables that this system has beside, NULL last: its floor and the ways in which programs
 * ask today (bench_baseline_*.c, which defines it), and whatever else it names. */
extern const struct bench_table *const bench_system[];
extern const struct bench_table bench_read; /* bench_read_linux.c */
extern const struct bench_table bench_unix; /* bench_baseline_unix.c */

#define BENCH_TABLE(cases)                    \
    {                                         \
        cases, sizeof cases / sizeof cases[0] \
    }

/* A way to learn of an exit. What `prepare` returns, NULL when it could not, goes to the
 * others; `wait` is true when the exit was seen. */
struct exit_way {
    void *(*prepare)(uint32_t pid);
    bool (*wait)(void *prepared);
    void (*end)(void *prepared);
};

/* The body of a benchmark with EXIT_SAMPLES iterations and its own times: from the blow to
 * the answer, each time of a fresh process. Counters: p50_ns, p90_ns, max_ns. */
enum { EXIT_SAMPLES = 10 };
void bench_exit_seen(struct gbench_state *state, const struct exit_way *way);

/* Ends the processes that bench_watch keeps from one benchmark to the next. */
void bench_watch_end(void);

/* gbench_begin() of a thread that has its own CPU. */
int64_t bench_begin(struct gbench_state *state);

/* Gives a benchmark up with the library's own words; clears the error. */
void bench_refused(struct gbench_state *state, pidproof_error *error);

/* A verifier that all benchmarks share, warm after its first use. */
pidproof_verifier *bench_verifier(void);

/* The target of that size, of a second thread the one of twice as much: when two ask for the same
 * process at once, the kernel makes what a pidfd needs once for both or twice, as it happens. NULL,
 * the benchmark given up, where there is none. */
const pidproof_record *bench_target(struct gbench_state *state, int64_t size);

/* The number of the target of 512 KiB; 0, the benchmark given up, where there is none. */
uint32_t bench_pid(struct gbench_state *state);

/* Whether a number is alive as the original algorithm asks (bench_baseline_*.c). */
bool naive_process_is_alive(uint32_t pid);

/* A handle on the target of that size; NULL, the benchmark given up, where there is none. */
pidproof_handle *bench_handle(struct gbench_state *state, int64_t size);

#endif
