/*
 * test_watch.c: more processes than Windows waits for at once, and a watch that keeps itself
 * current.
 */
#include "child.h"

enum { MANY = 66 }; /* MAXIMUM_WAIT_OBJECTS is 64 */

static pidproof_handle *handle_of(DWORD pid)
{
    pidproof_record *record = captured(pid);
    pidproof_handle *handle = NULL;
    assert_int_equal(pidproof_verify(NULL, record, &handle, NULL), PIDPROOF_OK);
    pidproof_record_free(record);
    return handle;
}

static void each_exit_is_reported_once(void **state)
{
    (void)state;
    static struct child children[MANY];
    static pidproof_handle *handles[MANY];
    static pidproof_watched *watched[MANY];
    void *tags[MANY];
    size_t count = 1;
    pidproof_watch *watch;
    assert_int_equal(pidproof_watch_new(&watch, NULL), PIDPROOF_OK);
    for (size_t i = 0; i < MANY; i++) {
        child_start(&children[i], helper_path());
        handles[i] = handle_of(children[i].pid);
        assert_int_equal(pidproof_watch_add(watch, handles[i], &children[i], &watched[i], NULL),
                         PIDPROOF_OK);
    }
    assert_int_equal(pidproof_watch_gone(watch, tags, MANY, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 0);

    child_exit(&children[MANY - 1], 259); /* one of those beyond the first 64, which all live */
    assert_int_equal(pidproof_watch_gone(watch, tags, MANY, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 1);
    assert_ptr_equal(tags[0], &children[MANY - 1]);
    child_exit(&children[2], 0);
    assert_int_equal(pidproof_watch_gone(watch, tags, MANY, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 1);
    assert_ptr_equal(tags[0], &children[2]);
    assert_int_equal(pidproof_watch_gone(watch, tags, MANY, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 0);
    assert_int_equal(pidproof_watched_liveness(watched[2]), PIDPROOF_LIVENESS_GONE);
    assert_int_equal(pidproof_watched_liveness(watched[3]), PIDPROOF_LIVENESS_ALIVE);

    pidproof_watch_remove(watch, watched[3]);
    child_exit(&children[3], 0);
    assert_int_equal(pidproof_watch_gone(watch, tags, MANY, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 0);

    pidproof_watch_free(watch);
    for (size_t i = 0; i < MANY; i++) {
        pidproof_handle_close(handles[i]);
        child_end(&children[i]);
    }
}

/* Whether the watch's own thread comes to say so before long. */
static bool becomes_gone(const pidproof_watched *watched)
{
    ULONGLONG limit = GetTickCount64() + 30000;
    while (pidproof_watched_liveness(watched) != PIDPROOF_LIVENESS_GONE) {
        if (GetTickCount64() > limit)
            return false;
        SwitchToThread();
    }
    return true;
}

static void a_started_watch_keeps_itself_current(void **state)
{
    (void)state;
    struct child children[4];
    struct child *early = &children[0], *late = &children[1], *last = &children[2];
    pidproof_handle *handles[4];
    pidproof_watched *watched[4];
    pidproof_watch *watch;
    for (size_t i = 0; i < 4; i++) {
        child_start(&children[i], helper_path());
        handles[i] = handle_of(children[i].pid);
    }
    assert_int_equal(pidproof_watch_new(&watch, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watch_add(watch, handles[0], early, &watched[0], NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watch_start(watch, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watch_add(watch, handles[1], late, &watched[1], NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watch_add(watch, handles[3], NULL, &watched[3], NULL), PIDPROOF_OK);
    child_exit(late, 0);
    assert_true(becomes_gone(watched[1]));

    /* The thread has looked and waits now: for what it saw then, and for what is added. */
    child_exit(early, 0);
    assert_true(becomes_gone(watched[0]));
    assert_int_equal(pidproof_watch_add(watch, handles[2], last, &watched[2], NULL), PIDPROOF_OK);
    child_exit(last, 0);
    assert_true(becomes_gone(watched[2]));
    assert_int_equal(pidproof_watched_liveness(watched[3]), PIDPROOF_LIVENESS_ALIVE);
    pidproof_watch_remove(watch, watched[3]);
    pidproof_watch_free(watch); /* while its thread waits */
    for (size_t i = 0; i < 4; i++) {
        child_end(&children[i]);
        pidproof_handle_close(handles[i]);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_exit_is_reported_once),
    cmocka_unit_test(a_started_watch_keeps_itself_current),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
