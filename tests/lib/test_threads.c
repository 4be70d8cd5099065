/*
 * test_threads.c: one verifier, one handle and one watch used from several threads at once.
 * Worth most under `cmake --preset tsan`.
 */
#define _GNU_SOURCE

#include "world.h"

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
    pidproof_handle_close(shared);
    pidproof_verifier_free(verifier);
    finish(&daemon);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(everything_is_shared)};
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
