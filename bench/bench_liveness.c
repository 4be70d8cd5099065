/*
 * Whether one process is alive: by handle, by number; alive, dead, not yet reaped.
 */
#include "bench.h"

enum condition { ALIVE, DEAD, ZOMBIE };

/* Times a handle that must answer `expected` every time. */
static void ask_handle(struct gbench_state *state, pidproof_handle *handle, bool expected)
{
    bool alive = !expected;
    int64_t wrong = 0;

    for (int64_t left = bench_begin(state); left > 0; left--)
        if (pidproof_handle_is_alive(handle, &alive, NULL) != PIDPROOF_OK || alive != expected)
            wrong++;
    gbench_end(state);
    if (wrong != 0)
        gbench_fail(state, "the handle's answer was wrong");
}

static void liveness_handle(struct gbench_state *state, int64_t argument)
{
    pidproof_handle *handle = bench_handle(state, 512 * KIB);
    (void)argument;
    ask_handle(state, handle, true);
    pidproof_handle_close(handle);
}

/* A handle of a process that has died since, reaped or not. */
static pidproof_handle *handle_of_dead(struct gbench_state *state, uint32_t pid)
{
    pidproof_record *record = NULL;
    pidproof_handle *handle = NULL;
    pidproof_error error = {0};

    if (pid == 0 || pidproof_capture(NULL, pid, &record, &error) != PIDPROOF_OK ||
        pidproof_verify(bench_verifier(), record, &handle, &error) != PIDPROOF_OK)
        bench_refused(state, &error);
    pidproof_record_free(record);
    target_kill(pid);
    return handle;
}

static void liveness_handle_dead(struct gbench_state *state, int64_t condition)
{
    uint32_t pid = target_start();
    pidproof_handle *handle = handle_of_dead(state, pid);

    if (condition == DEAD)
        target_reap(pid);
    ask_handle(state, handle, false);
    if (condition == ZOMBIE)
        target_reap(pid);
    pidproof_handle_close(handle);
}

/* Asks by number. Nobody has a pidfd of the target open: opening one costs in full. */
static void liveness_pid(struct gbench_state *state, int64_t condition)
{
    uint32_t pid = bench_pid(state);
    int64_t wrong = pid == 0;

    if (condition != ALIVE) {
        pid = target_start();
        target_kill(pid);
        if (condition == DEAD)
            target_reap(pid);
    }
    for (int64_t left = bench_begin(state); left > 0; left--)
        wrong += pidproof_process_is_alive(pid) != (condition == ALIVE);
    gbench_end(state);
    if (wrong != 0)
        gbench_fail(state, "the answer was wrong");
    if (condition == ZOMBIE)
        target_reap(pid);
}

static void baseline_process_is_alive(struct gbench_state *state, int64_t argument)
{
    uint32_t pid = bench_pid(state);
    int64_t dead = 0;
    (void)argument;
    for (int64_t left = bench_begin(state); left > 0; left--)
        dead += !naive_process_is_alive(pid);
    gbench_end(state);
    if (dead != 0)
        gbench_fail(state, "the target died");
}

static const struct gbench_case cases[] = {
    {.name = "liveness/handle", .run = liveness_handle},
    {.name = "liveness/handle", .run = liveness_handle, .threads = 2},
    {.name = "liveness/handle/dead", .run = liveness_handle_dead, .argument = DEAD},
    {.name = "liveness/handle/zombie", .run = liveness_handle_dead, .argument = ZOMBIE},
    {.name = "baseline/process_is_alive", .run = baseline_process_is_alive},
    {.name = "liveness/pid", .run = liveness_pid, .argument = ALIVE},
    {.name = "liveness/pid", .run = liveness_pid, .argument = ALIVE, .threads = 2},
    {.name = "liveness/pid/dead", .run = liveness_pid, .argument = DEAD},
    {.name = "liveness/pid/zombie", .run = liveness_pid, .argument = ZOMBIE},
};

const struct bench_table bench_liveness = BENCH_TABLE(cases);
