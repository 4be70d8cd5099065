/*
 * test_watch.c: many handles, one check; or the answer of a backend that has none.
 */
#define _GNU_SOURCE

#include "world.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 70 }; /* more than the watch takes at once */

static const char *path;

static void *tag_of(size_t i)
{
    return (void *)(uintptr_t)(i + 1);
}

static void each_exit_is_reported_once(void **state)
{
    (void)state;
    struct child children[MANY];
    pidproof_handle *handles[MANY];
    pidproof_watched *watched[MANY];
    void *tags[MANY];
    size_t count;
    pidproof_watch *watch;
    size_t before = open_descriptors();
    assert_int_equal(pidproof_watch_new(&watch, NULL), PIDPROOF_OK);
    for (size_t i = 0; i < MANY; i++) {
        children[i] = spawn(path);
        pidproof_record record = record_of(&children[i], path);
        handles[i] = accept_it(NULL, &record);
        assert_int_equal(pidproof_watch_add(watch, handles[i], tag_of(i), &watched[i], NULL),
                         PIDPROOF_OK);
    }
    assert_int_equal(pidproof_watch_gone(watch, tags, MANY, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 0);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(pidproof_watched_liveness(watched[i]), PIDPROOF_LIVENESS_ALIVE);

    kill_unreaped(&children[3]);
    assert_int_equal(pidproof_watch_gone(watch, tags, MANY, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 1);
    assert_ptr_equal(tags[0], tag_of(3));
    assert_int_equal(pidproof_watched_liveness(watched[3]), PIDPROOF_LIVENESS_GONE);
    finish(&children[3]);
    pidproof_watch_remove(watch, watched[3]);

    kill_unreaped(&children[5]); /* removed before anybody asked */
    pidproof_watch_remove(watch, watched[5]);
    for (size_t i = 6; i < MANY; i++)
        kill_unreaped(&children[i]);
    /* None has room: nothing is lost; then those that are removed are reported no more. */
    assert_int_equal(pidproof_watch_gone(watch, tags, 0, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 0);
    pidproof_watch_remove(watch, watched[6]);
    pidproof_watch_remove(watch, watched[30]);
    bool seen[MANY] = {false};
    size_t all = 0;
    do {
        assert_int_equal(pidproof_watch_gone(watch, tags, 10, &count, NULL), PIDPROOF_OK);
        for (size_t i = 0; i < count; i++) {
            size_t which = (size_t)(uintptr_t)tags[i] - 1;
            assert_false(seen[which]);
            seen[which] = true;
        }
        all += count;
    } while (count > 0);
    assert_int_equal(all, MANY - 6 - 2);
    assert_false(seen[6] || seen[30] || seen[5] || seen[0]);
    pidproof_watch_free(watch);
    for (size_t i = 0; i < MANY; i++) {
        finish(&children[i]);
        pidproof_handle_close(handles[i]);
    }
    assert_int_equal(open_descriptors(), before);
}

/* The last one still to be reported is removed, and the next death is reported after it. */
static void removing_the_last_to_be_reported(void **state)
{
    (void)state;
    struct child children[3];
    pidproof_handle *handles[3];
    pidproof_watched *watched[3];
    void *tags[3];
    size_t count;
    pidproof_watch *watch;
    assert_int_equal(pidproof_watch_new(&watch, NULL), PIDPROOF_OK);
    for (size_t i = 0; i < 3; i++) {
        children[i] = spawn(path);
        pidproof_record record = record_of(&children[i], path);
        handles[i] = accept_it(NULL, &record);
        assert_int_equal(pidproof_watch_add(watch, handles[i], tag_of(i), &watched[i], NULL), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        kill_unreaped(&children[i]);
        assert_int_equal(pidproof_watch_gone(watch, tags, 0, &count, NULL), PIDPROOF_OK);
    }
    pidproof_watch_remove(watch, watched[1]);
    kill_unreaped(&children[2]);
    assert_int_equal(pidproof_watch_gone(watch, tags, 3, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 2);
    assert_ptr_equal(tags[0], tag_of(0));
    assert_ptr_equal(tags[1], tag_of(2));
    pidproof_watch_free(watch);
    for (size_t i = 0; i < 3; i++) {
        bool alive = true;
        assert_int_equal(pidproof_handle_is_alive(handles[i], &alive, NULL), PIDPROOF_OK);
        assert_false(alive);
        pidproof_handle_close(handles[i]);
        finish(&children[i]);
    }
}

static void a_handle_is_added_once(void **state)
{
    (void)state;
    struct child child = spawn(path);
    pidproof_record record = record_of(&child, path);
    pidproof_handle *handle = accept_it(NULL, &record);
    pidproof_watched *watched, *again;
    pidproof_watch *watch;
    pidproof_error error = {0};
    assert_int_equal(pidproof_watch_new(&watch, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watch_add(watch, handle, NULL, &watched, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watch_add(watch, handle, NULL, &again, &error),
                     PIDPROOF_HANDLE_FAILED);
    assert_int_equal(error.pid, child.pid);
    pidproof_error_clear(&error);
    pidproof_watch_free(watch);
    pidproof_watch_free(NULL);
    pidproof_handle_close(handle);
    finish(&child);
}

/* A started watch learns of an exit by itself; the wait below is a net, not a pace. */
static void a_started_watch_keeps_itself_current(void **state)
{
    (void)state;
    struct child child = spawn(path);
    pidproof_record record = record_of(&child, path);
    pidproof_handle *handle = accept_it(NULL, &record);
    pidproof_watched *watched;
    pidproof_watch *watch;
    void *tag;
    size_t count;
    assert_int_equal(pidproof_watch_new(&watch, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watch_start(watch, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watch_start(watch, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watch_add(watch, handle, &child, &watched, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watched_liveness(watched), PIDPROOF_LIVENESS_ALIVE);
    kill_unreaped(&child);
    while (pidproof_watched_liveness(watched) == PIDPROOF_LIVENESS_ALIVE)
        sched_yield(); /* CTest's time limit is the net */
    assert_int_equal(pidproof_watched_liveness(watched), PIDPROOF_LIVENESS_GONE);
    assert_int_equal(pidproof_watch_gone(watch, &tag, 1, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 1);
    assert_ptr_equal(tag, &child);
    pidproof_watch_free(watch);
    pidproof_handle_close(handle);
    finish(&child);
}

/* Where the system has nothing to watch with, that is said, as of any such operation. */
static void a_system_without_watches_says_so(void **state)
{
    (void)state;
    pidproof_watch *watch = NULL;
    pidproof_error error = {0};
    size_t before = open_descriptors();
    assert_int_equal(pidproof_watch_new(&watch, &error), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(error.os_error, ENOSYS);
    assert_null(watch);
    assert_int_equal(open_descriptors(), before);
    pidproof_error_clear(&error);
}

int main(void)
{
    pidproof_watch *watch;
    pidproof_error error = {0};
    const struct CMUnitTest without[] = {cmocka_unit_test(a_system_without_watches_says_so)};
    if (pidproof_watch_new(&watch, &error) && error.os_error == ENOSYS)
        return cmocka_run_group_tests(without, NULL, NULL);
    pidproof_watch_free(watch);
    path = DAEMON;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_exit_is_reported_once),
        cmocka_unit_test(removing_the_last_to_be_reported),
        cmocka_unit_test(a_handle_is_added_once),
        cmocka_unit_test(a_started_watch_keeps_itself_current),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
