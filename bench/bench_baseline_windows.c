/*
 * Windows: its floor and the ways in which programs ask these questions today.
 */
#include "bench.h"

#include <windows.h>

/* A system call that looks up nothing: with nobody else to run it comes back at once. */
static void floor_yield(struct gbench_state *state, int64_t argument)
{
    (void)argument;
    for (int64_t left = bench_begin(state); left > 0; left--)
        SwitchToThread();
    gbench_end(state);
}

static void baseline_wait_handle(struct gbench_state *state, int64_t argument)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, bench_pid(state));
    int64_t dead = process == NULL;
    (void)argument;
    for (int64_t left = bench_begin(state); left > 0; left--)
        dead += WaitForSingleObject(process, 0) != WAIT_TIMEOUT;
    gbench_end(state);
    if (dead != 0)
        gbench_fail(state, "the target died, or waiting failed");
    if (process != NULL)
        CloseHandle(process);
}

/* What most programs do, and what takes an exit with 259 for life. */
static void baseline_exit_code(struct gbench_state *state, int64_t argument)
{
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, bench_pid(state));
    int64_t dead = process == NULL;
    DWORD code = 0;
    (void)argument;
    for (int64_t left = bench_begin(state); left > 0; left--)
        dead += !GetExitCodeProcess(process, &code) || code != STILL_ACTIVE;
    gbench_end(state);
    if (dead != 0)
        gbench_fail(state, "the target died, or asking failed");
    if (process != NULL)
        CloseHandle(process);
}

/* Open, wait, close: whether a number is alive, as the original algorithm asks. */
bool naive_process_is_alive(uint32_t pid)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, pid);
    if (process == NULL)
        return false;
    bool alive = WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
    CloseHandle(process);
    return alive;
}

/* ---- Exits ---------------------------------------------------------------- */

static void *open_process(uint32_t pid)
{
    return OpenProcess(SYNCHRONIZE, FALSE, pid);
}

static bool by_handle(void *prepared)
{
    return WaitForSingleObject(prepared, INFINITE) == WAIT_OBJECT_0;
}

static void close_process(void *prepared)
{
    CloseHandle(prepared);
}

static void floor_exit(struct gbench_state *state, int64_t argument)
{
    (void)argument;
    bench_exit_seen(state, &(struct exit_way){open_process, by_handle, close_process});
}

static const struct gbench_case cases[] = {
    {.name = "floor/yield", .run = floor_yield},
    {.name = "floor/yield", .run = floor_yield, .threads = 2},
    {.name = "baseline/wait_handle", .run = baseline_wait_handle},
    {.name = "baseline/exit_code", .run = baseline_exit_code},
    {.name = "floor/exit", .run = floor_exit, .iterations = EXIT_SAMPLES, .manual_time = true},
};

static const struct bench_table baseline = BENCH_TABLE(cases);
const struct bench_table *const bench_system[] = {&baseline, NULL};
