/*
 * pidproof_distributions: how single checks are distributed, each timed by itself: with the
 * machine idle, and with every CPU that we may use loaded. Writes JSON to standard output.
 *
 * A sample is the time between two readings of the clock, which holds what one reading
 * takes; that is measured likewise, as `clock`, and subtracted from nothing.
 *
 * usage: pidproof_distributions [SAMPLES]
 */
#include "distributions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CROWD = 100, ROUNDS = 10, SAMPLES = 20000 };

/* What the checks are about. */
static struct {
    const pidproof_record *record;
    pidproof_verifier *verifier;
    pidproof_handle *handle;
    pidproof_watch *watch;
    pidproof_handle *crowd[CROWD];
    uint32_t pids[CROWD];
} world;

/* ---- The checks: true when the answer was right --------------------------- */

static bool nothing(void)
{
    return true;
}

static bool by_handle(void)
{
    bool alive = false;
    return pidproof_handle_is_alive(world.handle, &alive, NULL) == PIDPROOF_OK && alive;
}

static bool by_watch(void)
{
    void *tags[8];
    size_t gone = 1;
    return pidproof_watch_gone(world.watch, tags, 8, &gone, NULL) == PIDPROOF_OK && gone == 0;
}

static bool by_pid(void)
{
    return pidproof_process_is_alive(world.record->pid);
}

static bool by_verify(void)
{
    pidproof_handle *handle = NULL;
    bool accepted = pidproof_verify(world.verifier, world.record, &handle, NULL) == PIDPROOF_OK;
    pidproof_handle_close(handle);
    return accepted;
}

static const struct check ours[] = {
    {"liveness/handle", by_handle},
    {"liveness/watch/100", by_watch},
    {"liveness/pid", by_pid},
    {"verify/warm/512KiB", by_verify},
};

/* All of them: the clock, the system's, and the library's. */
enum { OURS = sizeof ours / sizeof ours[0], CHECKS = 1 + SYSTEM_CHECKS + OURS };
static struct check checks[CHECKS] = {{"clock", nothing}};

static void gather_checks(void)
{
    for (size_t i = 0; i < SYSTEM_CHECKS; i++)
        checks[1 + i] = system_checks[i];
    for (size_t i = 0; i < OURS; i++)
        checks[1 + SYSTEM_CHECKS + i] = ours[i];
}

/* ---- The world ------------------------------------------------------------ */

static bool refused(pidproof_error *error)
{
    char text[256];
    fprintf(stderr, "pidproof_distributions: %s\n",
            pidproof_error_format(error, text, sizeof text));
    pidproof_error_clear(error);
    return false;
}

static bool make_crowd(void)
{
    const pidproof_record *like = target_of_size(64 * KIB);
    pidproof_error error = {0};

    if (like == NULL || pidproof_watch_new(&world.watch, &error) != PIDPROOF_OK)
        return refused(&error);
    pidproof_record record = *like;
    for (size_t i = 0; i < CROWD; i++) {
        pidproof_watched *watched;
        record.pid = world.pids[i] = target_start();
        if (record.pid == 0)
            return false;
        if (pidproof_verify(world.verifier, &record, &world.crowd[i], &error) != PIDPROOF_OK ||
            pidproof_watch_add(world.watch, world.crowd[i], NULL, &watched, &error) != PIDPROOF_OK)
            return refused(&error);
    }
    return true;
}

/*
 * Two processes of the same executable: nobody holds a pidfd of the one that is looked at by
 * number and verified, so that what opens one pays for it in full.
 */
static bool make_world(void)
{
    pidproof_error error = {0};
    world.record = target_of_size(512 * KIB);
    if (world.record == NULL)
        return false;
    if (pidproof_verifier_new(&world.verifier, &error) != PIDPROOF_OK)
        return refused(&error);
    if (!make_crowd())
        return false;
    world.handle = world.crowd[0];
    return system_begin(world.pids[0], world.record->pid);
}

static void end_world(void)
{
    pidproof_watch_free(world.watch);
    system_end();
    for (size_t i = 0; i < CROWD; i++) {
        pidproof_handle_close(world.crowd[i]);
        target_kill(world.pids[i]);
        target_reap(world.pids[i]);
    }
    pidproof_verifier_free(world.verifier);
}

/* ---- Samples -------------------------------------------------------------- */

enum { IDLE, LOADED, CONDITIONS };
static const char *const conditions[CONDITIONS] = {"idle", "loaded"};

static bool take(size_t check, int64_t *samples, size_t count)
{
    bool right = checks[check].check(); /* what happens once is no part of it */
    for (size_t i = 0; i < count; i++) {
        int64_t start = clock_ns();
        right &= checks[check].check();
        samples[i] = clock_ns() - start;
    }
    if (!right)
        fprintf(stderr, "pidproof_distributions: %s: a wrong answer\n", checks[check].name);
    return right;
}

/* Idle and loaded in turn, check by check, so that all share what the machine does. */
static bool take_all(int64_t *samples[CHECKS][CONDITIONS], size_t each)
{
    pin_thread(0);
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t condition = 0; condition < CONDITIONS; condition++) {
            if (!load_set(condition == LOADED))
                return false;
            for (size_t check = 0; check < CHECKS; check++)
                if (!take(check, samples[check][condition] + round * each, each))
                    return false;
        }
    return load_set(false);
}

static int ascending(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* The least sample that at least this part of all does not exceed. */
static int64_t quantile(const int64_t *sorted, size_t count, double part)
{
    size_t rank = (size_t)(part * (double)count);
    return sorted[rank < count ? rank : count - 1];
}

static void print_one(size_t check, size_t condition, int64_t *samples, size_t count, bool first)
{
    static const double curve[] = {0,  .01, .05, .1,  .2,   .3,   .4,   .5,    .6,    .7,    .8,
                                   .9, .95, .98, .99, .995, .998, .999, .9995, .9998, .9999, 1};
    qsort(samples, count, sizeof samples[0], ascending);
    printf("%s\n  {\"name\": \"%s\", \"condition\": \"%s\", \"samples\": %zu, \"p50_ns\": %lld, "
           "\"p90_ns\": %lld, \"p99_ns\": %lld, \"p99.9_ns\": %lld, \"max_ns\": %lld, \"curve\": [",
           first ? "" : ",", checks[check].name, conditions[condition], count,
           (long long)quantile(samples, count, .5), (long long)quantile(samples, count, .9),
           (long long)quantile(samples, count, .99), (long long)quantile(samples, count, .999),
           (long long)samples[count - 1]);
    for (size_t i = 0; i < sizeof curve / sizeof curve[0]; i++)
        printf("%s[%g, %lld]", i == 0 ? "" : ", ", curve[i],
               (long long)quantile(samples, count, curve[i]));
    printf("]}");
}

static bool measure(size_t each)
{
    int64_t *samples[CHECKS][CONDITIONS] = {{NULL}};
    size_t count = each * ROUNDS;
    bool taken = true;

    for (size_t i = 0; i < CHECKS * CONDITIONS; i++) {
        /* Written now, so that no page is made while a check is timed. */
        int64_t *memory = malloc(count * sizeof *memory);
        if (memory != NULL)
            memset(memory, 1, count * sizeof *memory);
        samples[i / CONDITIONS][i % CONDITIONS] = memory;
        taken = taken && memory != NULL;
    }
    taken = taken && take_all(samples, each);
    if (taken)
        printf("[");
    for (size_t i = 0; i < CHECKS * CONDITIONS; i++) {
        if (taken)
            print_one(i / CONDITIONS, i % CONDITIONS, samples[i / CONDITIONS][i % CONDITIONS],
                      count, i == 0);
        free(samples[i / CONDITIONS][i % CONDITIONS]);
    }
    if (taken)
        printf("\n]\n");
    return taken && fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
    long samples = argc > 1 ? strtol(argv[1], NULL, 10) : SAMPLES;
    if (argc > 2 || samples < ROUNDS) {
        fprintf(stderr,
                "usage: pidproof_distributions [SAMPLES]\nSAMPLES: of each check and "
                "condition, at least %d; %d where it is not given\n",
                ROUNDS, SAMPLES);
        return 2;
    }
    gather_checks();
    if (!targets_prepare(PIDPROOF_BENCH_IDLE))
        return 4;
    bool measured = make_world() && load_begin() && measure((size_t)samples / ROUNDS);
    load_end();
    end_world();
    targets_end();
    return measured ? 0 : 4;
}
