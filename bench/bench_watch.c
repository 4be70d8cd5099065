/*
 * Whether anyone of many is gone, and what a watch knows of one of them.
 */
#include "bench.h"

#include <stdlib.h>

/* Processes that are watched together. */
struct crowd {
    pidproof_watch *watch;
    pidproof_watched *last;
    uint32_t *pids;
    pidproof_handle **handles;
    int64_t count;
};

static void crowd_end(struct crowd *crowd)
{
    pidproof_watch_free(crowd->watch);
    for (int64_t i = 0; i < crowd->count; i++) {
        pidproof_handle_close(crowd->handles[i]);
        target_kill(crowd->pids[i]);
        target_reap(crowd->pids[i]);
    }
    free(crowd->pids);
    free(crowd->handles);
}

static bool crowd_add(struct gbench_state *state, struct crowd *crowd)
{
    const pidproof_record *like = target_of_size(64 * KIB);
    pidproof_handle **handle = &crowd->handles[crowd->count];
    uint32_t pid = target_start();
    pidproof_error error = {0};

    if (like == NULL || pid == 0) {
        gbench_fail(state, "no target");
        return false;
    }
    pidproof_record record = *like;
    record.pid = pid;
    crowd->pids[crowd->count] = pid;
    if (pidproof_verify(bench_verifier(), &record, handle, &error) == PIDPROOF_OK &&
        pidproof_watch_add(crowd->watch, *handle, handle, &crowd->last, &error) == PIDPROOF_OK) {
        crowd->count++;
        return true;
    }
    bench_refused(state, &error);
    pidproof_handle_close(*handle);
    target_kill(pid);
    target_reap(pid);
    return false;
}

/* Starts `count` processes and watches them all; false, the benchmark given up. */
static bool crowd_start(struct gbench_state *state, int64_t count, struct crowd *crowd)
{
    pidproof_error error = {0};

    *crowd = (struct crowd){
        .pids = calloc((size_t)count, sizeof(uint32_t)),
        .handles = calloc((size_t)count, sizeof(pidproof_handle *)),
    };
    if (crowd->pids == NULL || crowd->handles == NULL) {
        gbench_fail(state, "out of memory");
        return false;
    }
    if (pidproof_watch_new(&crowd->watch, &error) != PIDPROOF_OK) {
        bench_refused(state, &error);
        return false;
    }
    while (crowd->count < count)
        if (!crowd_add(state, crowd))
            return false;
    return true;
}

/*
 * Google Benchmark calls a body several times, and 10,000 processes take seconds to start:
 * each size is started once and ended at the end of everything.
 */
enum { CROWDS = 8 };
static struct crowd crowds[CROWDS];

void bench_watch_end(void)
{
    for (size_t i = 0; i < CROWDS; i++)
        crowd_end(&crowds[i]);
}

static struct crowd *find_crowd(struct gbench_state *state, int64_t count)
{
    for (size_t i = 0; i < CROWDS; i++) {
        if (crowds[i].count == count)
            return &crowds[i];
        if (crowds[i].count > 0)
            continue;
        if (crowd_start(state, count, &crowds[i]))
            return &crowds[i];
        crowd_end(&crowds[i]);
        crowds[i].count = 0;
        return NULL;
    }
    gbench_fail(state, "too many sizes of crowds");
    return NULL;
}

/* Several threads of one benchmark ask at once. */
static struct crowd *crowd_of(struct gbench_state *state, int64_t count)
{
    targets_lock();
    struct crowd *crowd = find_crowd(state, count);
    targets_unlock();
    return crowd;
}

static void liveness_watch(struct gbench_state *state, int64_t count)
{
    struct crowd *crowd = crowd_of(state, count);
    void *tags[8];
    size_t gone = 0;
    int64_t wrong = 0;

    for (int64_t left = bench_begin(state); left > 0; left--)
        if (pidproof_watch_gone(crowd->watch, tags, 8, &gone, NULL) != PIDPROOF_OK || gone != 0)
            wrong++;
    gbench_end(state);
    if (wrong != 0)
        gbench_fail(state, "the watch called someone gone, or failed");
}

/* Somebody of the crowd died, was reaped and was reported. */
static void liveness_watched_gone(struct gbench_state *state, int64_t count)
{
    struct crowd crowd;
    pidproof_error error = {0};
    void *tags[8];
    size_t gone = 0;
    int64_t wrong = 0;

    if (!crowd_start(state, count, &crowd)) {
        crowd_end(&crowd);
        return;
    }
    target_kill(crowd.pids[count - 1]);
    if (pidproof_watch_gone(crowd.watch, tags, 8, &gone, &error) != PIDPROOF_OK)
        bench_refused(state, &error);
    for (int64_t left = bench_begin(state); left > 0; left--)
        wrong += pidproof_watched_liveness(crowd.last) != PIDPROOF_LIVENESS_GONE;
    gbench_end(state);
    if (gone != 1 || wrong != 0)
        gbench_fail(state, "the watch does not call it gone");
    crowd_end(&crowd);
}

/* One of a hundred, in a watch whose own thread keeps it current. */
static void liveness_watched(struct gbench_state *state, int64_t count)
{
    struct crowd *crowd = crowd_of(state, count);
    pidproof_error error = {0};
    int64_t wrong = 0;

    if (crowd != NULL && pidproof_watch_start(crowd->watch, &error) != PIDPROOF_OK)
        bench_refused(state, &error);
    for (int64_t left = bench_begin(state); left > 0; left--)
        wrong += pidproof_watched_liveness(crowd->last) != PIDPROOF_LIVENESS_ALIVE;
    gbench_end(state);
    if (wrong != 0)
        gbench_fail(state, "the watch does not call it alive");
}

static const struct gbench_case cases[] = {
    {.name = "liveness/watch/1", .run = liveness_watch, .argument = 1},
    {.name = "liveness/watch/100", .run = liveness_watch, .argument = 100},
    {.name = "liveness/watch/100", .run = liveness_watch, .argument = 100, .threads = 2},
    {.name = "liveness/watch/1000", .run = liveness_watch, .argument = 1000},
    {.name = "liveness/watch/10000", .run = liveness_watch, .argument = 10000},
    {.name = "liveness/watched", .run = liveness_watched, .argument = 101},
    {.name = "liveness/watched", .run = liveness_watched, .argument = 101, .threads = 2},
    {.name = "liveness/watched/gone", .run = liveness_watched_gone, .argument = 2},
};

const struct bench_table bench_watch = BENCH_TABLE(cases);
