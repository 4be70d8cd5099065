/*
 * macOS and FreeBSD: their floor and the ways in which programs ask these questions today.
 * Compiled and linked for macOS; not run by us so far.
 */
#define _DARWIN_C_SOURCE

#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/event.h>
#include <unistd.h>

/* A kqueue that tells when the process exits; -1 where there is no such process. */
static int open_kqueue(uint32_t pid)
{
    struct kevent exit;
    int queue = kqueue();
    EV_SET(&exit, pid, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, NULL);
    if (queue >= 0 && kevent(queue, &exit, 1, NULL, 0, NULL) == 0)
        return queue;
    close(queue);
    return -1;
}

static void baseline_poll_kqueue(struct gbench_state *state, int64_t argument)
{
    int queue = open_kqueue(bench_pid(state));
    const struct timespec now = {0};
    struct kevent event;
    int events = queue < 0;
    (void)argument;
    for (int64_t left = bench_begin(state); left > 0; left--)
        events |= kevent(queue, NULL, 0, &event, 1, &now);
    gbench_end(state);
    if (events != 0)
        gbench_fail(state, "the target died, or kevent failed");
    close(queue);
}

/* kill, kqueue, register, close: whether a number is alive, as the original algorithm asks. */
bool naive_process_is_alive(uint32_t pid)
{
    if (kill((pid_t)pid, 0) != 0 && errno != EPERM)
        return false;
    int queue = open_kqueue(pid);
    close(queue);
    return queue >= 0;
}

/* ---- Exits ---------------------------------------------------------------- */

static void *prepare_kqueue(uint32_t pid)
{
    int *queue = malloc(sizeof *queue);
    if (queue == NULL)
        return NULL;
    *queue = open_kqueue(pid);
    if (*queue >= 0)
        return queue;
    free(queue);
    return NULL;
}

static bool by_kqueue(void *prepared)
{
    struct kevent event;
    return kevent(*(int *)prepared, NULL, 0, &event, 1, NULL) == 1;
}

static void end_kqueue(void *prepared)
{
    close(*(int *)prepared);
    free(prepared);
}

static void exit_kqueue(struct gbench_state *state, int64_t argument)
{
    (void)argument;
    bench_exit_seen(state, &(struct exit_way){prepare_kqueue, by_kqueue, end_kqueue});
}

static const struct gbench_case cases[] = {
    {.name = "baseline/poll_kqueue", .run = baseline_poll_kqueue},
    {.name = "exit/kqueue", .run = exit_kqueue, .iterations = EXIT_SAMPLES, .manual_time = true},
};

static const struct bench_table baseline = BENCH_TABLE(cases);
const struct bench_table *const bench_system[] = {&bench_unix, &baseline, NULL};
