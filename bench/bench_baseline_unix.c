/*
 * What every Unix has to be compared with: its floors, and the oldest way to ask.
 */
#define _GNU_SOURCE /* waitid */

#include "bench.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* A system call that looks up nothing. */
static void floor_getppid(struct gbench_state *state, int64_t argument)
{
    (void)argument;
    for (int64_t left = bench_begin(state); left > 0; left--)
        getppid();
    gbench_end(state);
}

static void baseline_kill0(struct gbench_state *state, int64_t argument)
{
    uint32_t pid = bench_pid(state);
    int failed = pid == 0;
    (void)argument;
    for (int64_t left = bench_begin(state); left > 0; left--)
        failed |= kill((pid_t)pid, 0);
    gbench_end(state);
    if (failed)
        gbench_fail(state, "the target died");
}

/* The targets are our children: what their parent learns without anything else. */
static void *prepare_child(uint32_t pid)
{
    uint32_t *child = malloc(sizeof *child);
    if (child != NULL)
        *child = pid;
    return child;
}

static bool by_waitid(void *prepared)
{
    siginfo_t info;
    return waitid(P_PID, (id_t) * (uint32_t *)prepared, &info, WEXITED | WNOWAIT) == 0;
}

static void floor_exit(struct gbench_state *state, int64_t argument)
{
    (void)argument;
    bench_exit_seen(state, &(struct exit_way){prepare_child, by_waitid, free});
}

static const struct gbench_case cases[] = {
    {.name = "floor/getppid", .run = floor_getppid},
    {.name = "floor/getppid", .run = floor_getppid, .threads = 2},
    {.name = "baseline/kill0", .run = baseline_kill0},
    {.name = "floor/exit", .run = floor_exit, .iterations = EXIT_SAMPLES, .manual_time = true},
};

const struct bench_table bench_unix = BENCH_TABLE(cases);
