/*
 * test_threads.c: one verifier, one handle and one watch used from several threads at once.
 * Worth most under `cmake --preset tsan`.
 */
#define _GNU_SOURCE

#include "world.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { THREADS = 4, ROUNDS = 200 };

static pidproof_verifier *verifier;
static pidproof_handle *shared;
static pidproof_watch *watch; /* NULL where the backend has none */
static pidproof_record record;
static atomic_int wrong;
static pthread_barrier_t death;

static bool is_alive(void)
{
    bool alive = false;
    if (pidproof_handle_is_alive(shared, &alive, NULL))
        atomic_fetch_add(&wrong, 1);
    return alive;
}

/* Asserting is the main thread's: cmocka knows no other. */
static void *work(void *unused)
{
    void *tags[4];
    size_t count;
    for (int i = 0; i < ROUNDS; i++) {
        pidproof_handle *own;
        pidproof_watched *watched;
        if (pidproof_verify(verifier, &record, &own, NULL)) {
            atomic_fetch_add(&wrong, 1);
            continue;
        }
        if (!is_alive())
            atomic_fetch_add(&wrong, 1);
        if (watch) {
            if (pidproof_watch_add(watch, own, NULL, &watched, NULL) ||
                pidproof_watched_liveness(watched) != PIDPROOF_LIVENESS_ALIVE ||
                pidproof_watch_gone(watch, tags, 4, &count, NULL) || count != 0)
                atomic_fetch_add(&wrong, 1);
            else
                pidproof_watch_remove(watch, watched);
        }
        pidproof_handle_close(own);
    }
    pthread_barrier_wait(&death);
    pthread_barrier_wait(&death); /* it is a zombie now, and whoever asks must hear so */
    for (int i = 0; i < ROUNDS; i++)
        if (is_alive())
            atomic_fetch_add(&wrong, 1);
    return unused;
}

static void everything_is_shared(void **state)
{
    (void)state;
    const char *path = make_program("shared", "");
    struct child daemon = spawn(path);
    pthread_t threads[THREADS];
    record = record_of(&daemon, path);
    assert_int_equal(pidproof_verifier_new(&verifier, NULL), PIDPROOF_OK);
    shared = accept_it(verifier, &record);
    if (pidproof_watch_new(&watch, NULL) == PIDPROOF_OK)
        assert_int_equal(pidproof_watch_start(watch, NULL), PIDPROOF_OK);
    pthread_barrier_init(&death, NULL, THREADS + 1);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, NULL), 0);
    pthread_barrier_wait(&death);
    kill_unreaped(&daemon);
    pthread_barrier_wait(&death);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(wrong, 0);
    pthread_barrier_destroy(&death);
    pidproof_watch_free(watch);
    watch = NULL;
    pidproof_handle_close(shared);
    pidproof_verifier_free(verifier);
    finish(&daemon);
}

enum { DYING = 24 };

static atomic_int reports[DYING]; /* of each, over all threads */
static atomic_bool all_dead;

/* One at a time, so that the rest stays to be reported to whoever asks next; until nobody has
 * anything once all are dead. */
static void *ask_for_one(void *unused)
{
    for (;;) {
        void *tag;
        size_t count;
        bool dead = atomic_load(&all_dead);
        if (pidproof_watch_gone(watch, &tag, 1, &count, NULL) != PIDPROOF_OK) {
            atomic_fetch_add(&wrong, 1);
            return unused;
        }
        if (count == 1)
            atomic_fetch_add((atomic_int *)tag, 1);
        else if (dead)
            return unused;
    }
}

/* WATCH-1: also when threads ask while the processes die, each is reported once. */
static void each_exit_is_reported_to_one_thread(void **state)
{
    (void)state;
    const char *path = make_program("dying", "");
    struct child daemons[DYING];
    pidproof_handle *handles[DYING];
    pthread_t threads[THREADS];
    pidproof_watched *watched;
    pidproof_error error = {0};
    if (pidproof_watch_new(&watch, &error) == PIDPROOF_HANDLE_FAILED && error.os_error == ENOSYS) {
        pidproof_error_clear(&error);
        skip();
    }
    assert_non_null(watch);
    for (size_t i = 0; i < DYING; i++) {
        daemons[i] = spawn(path);
        pidproof_record one = record_of(&daemons[i], path);
        handles[i] = accept_it(NULL, &one);
        assert_int_equal(pidproof_watch_add(watch, handles[i], &reports[i], &watched, NULL),
                         PIDPROOF_OK);
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_for_one, NULL), 0);
    for (size_t i = 0; i < DYING; i++)
        kill_unreaped(&daemons[i]);
    atomic_store(&all_dead, true);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ask_for_one(NULL); /* what two of them took for the other's */
    assert_int_equal(wrong, 0);
    for (size_t i = 0; i < DYING; i++) {
        assert_int_equal(reports[i], 1);
        finish(&daemons[i]);
        pidproof_handle_close(handles[i]);
    }
    pidproof_watch_free(watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_shared),
        cmocka_unit_test(each_exit_is_reported_to_one_thread),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
