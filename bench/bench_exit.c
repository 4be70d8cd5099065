/*
 * Exit detection: from SIGKILL to the answer. Each iteration kills a fresh process and
 * waits; the figure to read is the counter `p50_ns`, the median.
 */
#define _GNU_SOURCE /* syscall */

#include "bench.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLES = 100 };

/* One process to be killed, and everything that a way of waiting may need. */
struct victim {
    uint32_t pid;
    int pidfd; /* ours, not the library's; -1 where the library waits */
    int epoll;
    pidproof_handle *handle;
    pidproof_watch *watch;
    pidproof_watched *watched;
};

/* How exits are waited for. Both are true when they did what they say. */
struct way {
    bool (*prepare)(struct victim *victim);
    bool (*wait)(struct victim *victim);
};

static bool open_pidfd(struct victim *victim)
{
    victim->pidfd = (int)syscall(SYS_pidfd_open, (pid_t)victim->pid, 0);
    return victim->pidfd >= 0;
}

static bool by_poll(struct victim *victim)
{
    struct pollfd polled = {victim->pidfd, POLLIN, 0};
    return poll(&polled, 1, -1) == 1;
}

static bool open_epoll(struct victim *victim)
{
    struct epoll_event event = {.events = EPOLLIN};
    victim->epoll = epoll_create1(EPOLL_CLOEXEC);
    return open_pidfd(victim) && victim->epoll >= 0 &&
           epoll_ctl(victim->epoll, EPOLL_CTL_ADD, victim->pidfd, &event) == 0;
}

static bool by_epoll(struct victim *victim)
{
    struct epoll_event event;
    return epoll_wait(victim->epoll, &event, 1, -1) == 1;
}

static bool open_handle(struct victim *victim)
{
    const pidproof_record *like = target_of_size(64 * KIB);
    if (like == NULL)
        return false;
    pidproof_record record = *like;
    record.pid = victim->pid;
    return pidproof_verify(bench_verifier(), &record, &victim->handle, NULL) == PIDPROOF_OK;
}

static bool by_wait(struct victim *victim)
{
    bool exited = false;
    return pidproof_handle_wait(victim->handle, -1, &exited, NULL) == PIDPROOF_OK && exited;
}

static bool open_watch(struct victim *victim)
{
    return open_handle(victim) && pidproof_watch_new(&victim->watch, NULL) == PIDPROOF_OK &&
           pidproof_watch_add(victim->watch, victim->handle, NULL, &victim->watched, NULL) ==
               PIDPROOF_OK &&
           pidproof_watch_start(victim->watch, NULL) == PIDPROOF_OK;
}

/* The watch's thread needs a CPU to wake on; this one spins on another. */
static bool by_watch(struct victim *victim)
{
    pidproof_liveness liveness;
    do
        liveness = pidproof_watched_liveness(victim->watched);
    while (liveness == PIDPROOF_LIVENESS_ALIVE);
    return liveness == PIDPROOF_LIVENESS_GONE;
}

static void victim_end(struct victim *victim)
{
    pidproof_watch_free(victim->watch);
    pidproof_handle_close(victim->handle);
    close(victim->epoll);
    close(victim->pidfd);
    target_kill(victim->pid);
    target_reap(victim->pid);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Nanoseconds from SIGKILL to the answer; -1 where the way of waiting failed. */
static int64_t time_exit(const struct way *way)
{
    struct victim victim = {.pid = target_start(), .pidfd = -1, .epoll = -1};
    int64_t took = -1;

    if (victim.pid != 0 && way->prepare(&victim)) {
        pin_thread(0);
        int64_t start = now_ns();
        kill((pid_t)victim.pid, SIGKILL);
        if (way->wait(&victim))
            took = now_ns() - start;
    }
    victim_end(&victim);
    return took;
}

static int ascending(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void exit_seen(struct gbench_state *state, int64_t index)
{
    static const struct way ways[] = {
        {open_pidfd, by_poll},
        {open_epoll, by_epoll},
        {open_handle, by_wait},
        {open_watch, by_watch},
    };
    int64_t samples[SAMPLES] = {0};
    size_t count = 0;

    for (int64_t left = gbench_begin(state); left > 0; left--) {
        int64_t took = time_exit(&ways[index]);
        if (took < 0)
            gbench_fail(state, "the exit was not seen");
        if (took < 0)
            break;
        gbench_took(state, (double)took * 1e-9);
        samples[count++ % SAMPLES] = took;
    }
    gbench_end(state);
    if (count != SAMPLES)
        return;
    qsort(samples, SAMPLES, sizeof samples[0], ascending);
    gbench_counter(state, "p50_ns", (double)samples[SAMPLES / 2]);
    gbench_counter(state, "p90_ns", (double)samples[SAMPLES * 9 / 10]);
    gbench_counter(state, "max_ns", (double)samples[SAMPLES - 1]);
}

static const struct gbench_case cases[] = {
    {.name = "exit/poll", .run = exit_seen, .argument = 0, .iterations = SAMPLES, .manual_time = 1},
    {.name = "exit/epoll",
     .run = exit_seen,
     .argument = 1,
     .iterations = SAMPLES,
     .manual_time = 1},
    {.name = "exit/wait", .run = exit_seen, .argument = 2, .iterations = SAMPLES, .manual_time = 1},
    {.name = "exit/watch",
     .run = exit_seen,
     .argument = 3,
     .iterations = SAMPLES,
     .manual_time = 1},
};

const struct bench_table bench_exit = BENCH_TABLE(cases);
