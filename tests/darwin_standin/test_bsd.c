/*
 * test_bsd.c: what FreeBSD's backend adds to the kqueues, on a STAND-IN (standin.h) for its
 * calls. The kqueue code is the same as macOS's, and tested more fully there (test_darwin.c).
 */
#define _GNU_SOURCE

#include "recorded.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* [LIVE-1..3] Accepted, bound, without an instance; the exit is latched. */
static void exit_is_latched(void **state)
{
    (void)state;
    pidproof_handle *handle = accept_it(NULL, &record);
    assert_int_equal(pidproof_handle_evidence(handle),
                     PIDPROOF_EVIDENCE_BOOT_ID | PIDPROOF_EVIDENCE_EXE_PATH |
                         PIDPROOF_EVIDENCE_EXE_SHA256 | PIDPROOF_EVIDENCE_BOUND);
    kill_unreaped(&child);
    for (int i = 0; i < 3; i++) {
        bool alive = true;
        assert_int_equal(pidproof_handle_is_alive(handle, &alive, NULL), PIDPROOF_OK);
        assert_false(alive);
    }
    pidproof_handle_close(handle);
}

/* [LOOK-1, LOOK-4] A zombie, one that is exiting, and nobody. */
static void the_dead_are_gone(void **state)
{
    (void)state;
    standin.exiting = true;
    refuse_it(NULL, &record, PIDPROOF_NOT_FOUND);
    assert_false(pidproof_process_is_alive(record.pid));
    standin.exiting = false;
    assert_true(pidproof_process_is_alive(record.pid));
    kill_unreaped(&child);
    refuse_it(NULL, &record, PIDPROOF_NOT_FOUND);
    finish(&child);
    standin_give(record.pid, 0);
    refuse_it(NULL, &record, PIDPROOF_NOT_FOUND);
}

/* [BOOT-3, BOOT-4] Sixteen bytes, spelled in hexadecimal; fewer are none. */
static void boot_ids(void **state)
{
    (void)state;
    char *boot_id = NULL;
    memcpy(standin.boot, "\x00\x01\x7f\x80\xff 0123456789", 16);
    assert_int_equal(pidproof_boot_id(&boot_id, NULL), PIDPROOF_OK);
    assert_string_equal(boot_id, "00017f80ff2030313233343536373839");
    free(boot_id);
    standin.missing = 1;
    refuse_it(NULL, &record, PIDPROOF_BOOT_ID_UNAVAILABLE);
    standin.missing = 0;
    fail_from(STANDIN_SYSCTL, 1, 100, ENXIO); /* as before the kernel has random numbers */
    refuse_it(NULL, &record, PIDPROOF_BOOT_ID_UNAVAILABLE);
}

/* [ATOM-4, LOOK-6] What cannot be seen is neither gone nor the same. */
static void what_fails_proves_nothing(void **state)
{
    (void)state;
    fail_from(STANDIN_STATUS, 1, 100, EPERM);
    refuse_it(NULL, &record, PIDPROOF_HANDLE_FAILED);
    fail_from(STANDIN_STATUS, 1, 1, EINTR); /* asked again */
    pidproof_handle_close(accept_it(NULL, &record));
    fail_from(STANDIN_PATH, 1, 1, EINTR);
    pidproof_handle_close(accept_it(NULL, &record));
    fail_from(STANDIN_PATH, 1, 100, EPERM);
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
    fail_from(STANDIN_PATH, 1, 100, ENOMEM);
    refuse_it(NULL, &record, PIDPROOF_HANDLE_FAILED);
}

/* An answer of another size comes from a system that this was not built for. */
static void another_layout_is_not_understood(void **state)
{
    (void)state;
    struct os_failure failure = {0};
    os_process *process = NULL;
    standin.missing = 8;
    assert_int_equal(os_process_open(NULL, record.pid, &process, &failure), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(failure.code, EPROTO);
    standin.missing = 0;
    standin.grown = 8;
    assert_int_equal(os_process_open(NULL, record.pid, &process, &failure), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(failure.code, EPROTO);
}

/* [EXE-3, EXE-5] No path: a process of the kernel, an image that was unlinked. */
static void images_without_a_path(void **state)
{
    (void)state;
    standin.path = "";
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
    standin.path = NULL;
    assert_int_equal(unlink(program), 0);
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
}

/* [INST-7] There are no instances: none is captured, and no text is one. */
static void no_instances(void **state)
{
    (void)state;
    pidproof_record *captured = NULL;
    assert_int_equal(pidproof_capture(NULL, record.pid, &captured, NULL), PIDPROOF_OK);
    assert_string_equal(captured->instance, "");
    pidproof_record elsewhere = *captured;
    elsewhere.instance = "darwin-unique:b:0000000000000001";
    refuse_it(NULL, &elsewhere, PIDPROOF_INVALID_RECORD);
    pidproof_record_free(captured);
}

/* [LIVE-4, SIG-6] A handle does not follow its number to a stranger, nor do its signals. */
static void reuse_does_not_revive(void **state)
{
    (void)state;
    pidproof_handle *handle = accept_it(NULL, &record);
    pidproof_error error = {0};
    number_to_stranger(program);
    assert_int_equal(pidproof_handle_force_kill(handle, &error), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(error.os_error, ESRCH);
    pidproof_error_clear(&error);
    pidproof_handle_close(handle);
    assert_true(still_lives(&stranger));
}

/* [SIG-1, SIG-2] */
static void signals_arrive(void **state)
{
    (void)state;
    pidproof_handle *handle = accept_it(NULL, &record);
    bool exited = false;
    assert_int_equal(pidproof_handle_terminate(handle, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_handle_wait(handle, -1, &exited, NULL), PIDPROOF_OK);
    assert_true(exited);
    assert_int_equal(standin.fail[STANDIN_KILL].made, 1);
    pidproof_handle_close(handle);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(exit_is_latched),
        TEST(the_dead_are_gone),
        TEST(exit_missed_by_the_registration),
        TEST(boot_ids),
        TEST(what_fails_proves_nothing),
        TEST(another_layout_is_not_understood),
        TEST(images_without_a_path),
        TEST(no_instances),
        TEST(reuse_does_not_revive),
        TEST(signals_arrive),
    };
    return cmocka_run_group_tests_name("FreeBSD on its stand-in", tests, world_begin, world_end);
}
