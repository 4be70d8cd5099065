/*
 * Exit detection: from the blow to the answer. Each iteration kills a fresh process and
 * waits; the figure to read is the counter `p50_ns`, the median.
 */
#include "bench.h"

#include <stdlib.h>

/* What the library needs. */
struct waiting {
    pidproof_handle *handle;
    pidproof_watch *watch;
    pidproof_watched *watched;
};

static void end_waiting(void *prepared)
{
    struct waiting *waiting = prepared;
    pidproof_watch_free(waiting->watch);
    pidproof_handle_close(waiting->handle);
    free(waiting);
}

static void *open_handle(uint32_t pid)
{
    const pidproof_record *like = target_of_size(64 * KIB);
    struct waiting *waiting = calloc(1, sizeof *waiting);
    if (like != NULL && waiting != NULL) {
        pidproof_record record = *like;
        record.pid = pid;
        if (pidproof_verify(bench_verifier(), &record, &waiting->handle, NULL) == PIDPROOF_OK)
            return waiting;
    }
    free(waiting);
    return NULL;
}

static bool by_wait(void *prepared)
{
    struct waiting *waiting = prepared;
    bool exited = false;
    return pidproof_handle_wait(waiting->handle, -1, &exited, NULL) == PIDPROOF_OK && exited;
}

static void *open_watch(uint32_t pid)
{
    struct waiting *waiting = open_handle(pid);
    if (waiting == NULL)
        return NULL;
    if (pidproof_watch_new(&waiting->watch, NULL) == PIDPROOF_OK &&
        pidproof_watch_add(waiting->watch, waiting->handle, NULL, &waiting->watched, NULL) ==
            PIDPROOF_OK &&
        pidproof_watch_start(waiting->watch, NULL) == PIDPROOF_OK)
        return waiting;
    end_waiting(waiting);
    return NULL;
}

/* The watch's thread needs a CPU to wake on; this one spins on another. */
static bool by_watch(void *prepared)
{
    struct waiting *waiting = prepared;
    pidproof_liveness liveness;
    do
        liveness = pidproof_watched_liveness(waiting->watched);
    while (liveness == PIDPROOF_LIVENESS_ALIVE);
    return liveness == PIDPROOF_LIVENESS_GONE;
}

/* The process ends on another CPU than ours, where there is one and it may be said: otherwise the
 * system wakes it on this one or the other, as it happens, and that is another thing to time.
 * Nanoseconds from the blow to the answer; -1 where the way of waiting failed. */
static int64_t time_exit(const struct exit_way *way)
{
    uint32_t pid = target_start();
    void *prepared = pid == 0 ? NULL : way->prepare(pid);
    int64_t took = -1;

    if (prepared != NULL) {
        pin_thread(0);
        pin_target(pid, 1);
        int64_t start = clock_ns();
        target_strike(pid);
        if (way->wait(prepared))
            took = clock_ns() - start;
        way->end(prepared);
    }
    target_kill(pid);
    target_reap(pid);
    return took;
}

static int ascending(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

void bench_exit_seen(struct gbench_state *state, const struct exit_way *way)
{
    int64_t samples[EXIT_SAMPLES] = {0};
    size_t count = 0;

    for (int64_t left = gbench_begin(state); left > 0; left--) {
        int64_t took = time_exit(way);
        if (took < 0)
            gbench_fail(state, "the exit was not seen");
        if (took < 0)
            break;
        gbench_took(state, (double)took * 1e-9);
        samples[count++ % EXIT_SAMPLES] = took;
    }
    gbench_end(state);
    if (count != EXIT_SAMPLES)
        return;
    qsort(samples, EXIT_SAMPLES, sizeof samples[0], ascending);
    gbench_counter(state, "p50_ns", (double)samples[EXIT_SAMPLES / 2]);
    gbench_counter(state, "p90_ns", (double)samples[EXIT_SAMPLES * 9 / 10]);
    gbench_counter(state, "max_ns", (double)samples[EXIT_SAMPLES - 1]);
}

static void exit_wait(struct gbench_state *state, int64_t argument)
{
    (void)argument;
    bench_exit_seen(state, &(struct exit_way){open_handle, by_wait, end_waiting});
}

static void exit_watch(struct gbench_state *state, int64_t argument)
{
    (void)argument;
    bench_exit_seen(state, &(struct exit_way){open_watch, by_watch, end_waiting});
}

static const struct gbench_case cases[] = {
    {.name = "exit/wait", .run = exit_wait, .iterations = EXIT_SAMPLES, .manual_time = true},
    {.name = "exit/watch", .run = exit_watch, .iterations = EXIT_SAMPLES, .manual_time = true},
};

const struct bench_table bench_exit = BENCH_TABLE(cases);
