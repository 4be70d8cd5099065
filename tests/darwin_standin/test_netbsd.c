/*
 * test_netbsd.c: what NetBSD's backend adds to the kqueues, on a STAND-IN (standin.h) for its
 * calls. The kqueue code is the same as macOS's, and tested more fully there (test_darwin.c).
 */
#define _GNU_SOURCE

#include "bsd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* [ATOM-4, LOOK-6, RES-1] */
static void calls_fail(void **state)
{
    (void)state;
    every_call_fails(0);
    fail_from(STANDIN_PATH, 1, 100, EPERM);
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
    fail_from(STANDIN_PATH, 1, 0, 0);
    fail_from(STANDIN_TABLE, 1, 100, EPERM);
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
}

/* [EXE-3] No path: a process of the kernel; one longer than the room for it; none at all. */
static void images_without_a_path(void **state)
{
    (void)state;
    static const int codes[] = {ENOENT, ENOSPC};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        pidproof_error error = {0};
        pidproof_handle *handle;
        fail_from(STANDIN_PATH, 1, 100, codes[i]);
        assert_int_equal(pidproof_verify(NULL, &record, &handle, &error),
                         PIDPROOF_EXE_PATH_UNREADABLE);
        assert_int_equal(error.os_error, codes[i]);
        pidproof_error_clear(&error);
    }
    fail_from(STANDIN_PATH, 1, 0, 0);
    standin.path = "";
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
}

/* A path is looked up from the root or not at all, wherever we are. */
static void relative_paths_are_none(void **state)
{
    (void)state;
    char *before = getcwd(NULL, 0);
    assert_non_null(before);
    standin.path = strrchr(program, '/') + 1;
    assert_int_equal(chdir(in_world(".")), 0);
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
    assert_int_equal(chdir(before), 0);
    free(before);
}

/* [EXE-5, EXE-8] The text still names what was put in the image's place. */
static void replaced_image_is_unreadable(void **state)
{
    (void)state;
    assert_int_equal(unlink(program), 0);
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
    assert_string_equal(make_program("daemon", "1"), program); /* the very same bytes */
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
}

/* [EXE-8] A chroot's own program is called as the daemon is outside: its text is the same. */
static void namesake_in_a_chroot(void **state)
{
    (void)state;
    number_to_stranger(other_program);
    standin.path = program;
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
    standin.reads = program; /* not even where it reads the daemon's file */
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
    standin.path = NULL;
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH);
}

/* [EXE-8] File numbers are a volume's own. */
static void mapped_from_another_volume(void **state)
{
    (void)state;
    standin.volume = 1;
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
}

/* [ATOM-1, EXE-5] */
static void replaced_at_every_call(void **state)
{
    (void)state;
    assert_true(change_at_each_call(replace_image, PIDPROOF_EXE_PATH_UNREADABLE) > 7);
}

/* [LOOK-2, SIG-5] kqueue does not follow processes of others: they are there nevertheless. */
static void not_ours_to_follow(void **state)
{
    (void)state;
    pidproof_error error = {0};
    fail_from(STANDIN_REGISTER, 1, 100, EACCES);
    refuse_it(NULL, &record, PIDPROOF_HANDLE_FAILED);
    assert_true(pidproof_process_is_alive(record.pid));
    fail_from(STANDIN_KILL, 1, 1, EPERM);
    assert_int_equal(pidproof_force_kill(record.pid, &error), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(error.os_error, EPERM);
    pidproof_error_clear(&error);
    assert_true(still_lives(&child));
    assert_int_equal(pidproof_force_kill(record.pid, NULL), PIDPROOF_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(exit_is_latched),
        TEST(the_dead_are_gone),
        TEST(exit_missed_by_the_registration),
        TEST(no_boot_id),
        TEST(calls_fail),
        TEST(another_layout_is_not_understood),
        TEST(images_without_a_path),
        TEST(relative_paths_are_none),
        TEST(replaced_image_is_unreadable),
        TEST(namesake_in_a_chroot),
        TEST(mapped_from_another_volume),
        TEST(replaced_at_every_call),
        TEST(not_ours_to_follow),
        TEST(no_instances),
        TEST(reuse_does_not_revive),
        TEST(reuse_at_every_call),
        TEST(signals_arrive),
        TEST(watches),
    };
    return cmocka_run_group_tests_name("NetBSD on its stand-in", tests, world_begin, world_end);
}
