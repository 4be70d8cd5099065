/*
 * test_freebsd.c: what FreeBSD's backend adds to the kqueues, on a STAND-IN (standin.h) for its
 * calls. The kqueue code is the same as macOS's, and tested more fully there (test_darwin.c).
 */
#define _GNU_SOURCE

#include "bsd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* [ATOM-4, LOOK-6, RES-1] */
static void calls_fail(void **state)
{
    (void)state;
    every_call_fails(ESRCH);
    fail_from(STANDIN_PATH, 1, 100, EPERM);
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
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

/* [ATOM-1, EXE-5] */
static void replaced_at_every_call(void **state)
{
    (void)state;
    assert_true(change_at_each_call(replace_image, PIDPROOF_EXE_PATH_UNREADABLE) > 7);
}

/* [INST] */
static void captured_without_an_instance(void **state)
{
    (void)state;
    pidproof_record *captured = NULL;
    assert_int_equal(pidproof_capture(NULL, record.pid, &captured, NULL), PIDPROOF_OK);
    assert_string_equal(captured->instance, "");
    pidproof_record_free(captured);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(exit_is_latched),
        TEST(the_dead_are_gone),
        TEST(exit_missed_by_the_registration),
        TEST(boot_ids),
        TEST(calls_fail),
        TEST(another_layout_is_not_understood),
        TEST(images_without_a_path),
        TEST(replaced_at_every_call),
        TEST(no_instances),
        TEST(captured_without_an_instance),
        TEST(reuse_does_not_revive),
        TEST(reuse_at_every_call),
        TEST(signals_arrive),
        TEST(watches),
    };
    return cmocka_run_group_tests_name("FreeBSD on its stand-in", tests, world_begin, world_end);
}
