/*
 * test_openbsd.c: what OpenBSD's backend adds to the kqueues, on a STAND-IN (standin.h) for its
 * calls. The kqueue code is the same as macOS's, and tested more fully there (test_darwin.c).
 */
#define _GNU_SOURCE

#include "bsd.h"
#include "digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* [ATOM-4, LOOK-6, RES-1] */
static void calls_fail(void **state)
{
    (void)state;
    every_call_fails(0);
    fail_from(STANDIN_TABLE, 1, 100, EPERM); /* as without the promise "ps" */
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
}

/* [EXE-3] */
static void processes_of_the_kernel(void **state)
{
    (void)state;
    pidproof_error error = {0};
    pidproof_handle *handle;
    standin.no_image = true;
    assert_int_equal(pidproof_verify(NULL, &record, &handle, &error), PIDPROOF_EXE_PATH_UNREADABLE);
    assert_int_equal(error.os_error, ENOENT);
    pidproof_error_clear(&error);
}

/* [EXE-1, EXE-2, EXE-8, EXE-9] A path is right where it leads to the image. */
static void paths(void **state)
{
    (void)state;
    const char *link = in_world("link"), *hard = in_world("hard");
    assert_int_equal(symlink(program, link), 0);
    pidproof_record spelled = record;
    spelled.exe_path = link;
    pidproof_handle_close(accept_it(NULL, &spelled));
    assert_int_equal(linkat(AT_FDCWD, program, AT_FDCWD, hard, 0), 0);
    spelled.exe_path = hard;
    pidproof_handle_close(accept_it(NULL, &spelled));
    spelled.exe_path = make_program("same", "1");
    refuse_it(NULL, &spelled, PIDPROOF_EXE_PATH_MISMATCH);
    spelled.exe_path = in_world("missing");
    refuse_it(NULL, &spelled, PIDPROOF_EXE_PATH_MISMATCH);
    char long_path[6001] = "/";
    memset(long_path + 1, 'a', sizeof long_path - 2);
    spelled.exe_path = long_path; /* which we cannot ask about; [EXE-7] */
    refuse_it(NULL, &spelled, PIDPROOF_EXE_PATH_UNREADABLE);
    spelled = record;
    spelled.exe_sha256[0] ^= 1;
    refuse_it(NULL, &spelled, PIDPROOF_EXE_SHA256_MISMATCH);
    assert_int_equal(unlink(link) | unlink(hard), 0);
}

/* [EXE-5, EXE-8] */
static void replaced_image_is_another(void **state)
{
    (void)state;
    assert_int_equal(unlink(program), 0);
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH);
    assert_string_equal(make_program("daemon", "1"), program); /* the very same bytes */
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH);
}

/* [EXE-8] File numbers are a volume's own. */
static void named_on_another_volume(void **state)
{
    (void)state;
    standin.volume = 1;
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH);
}

/* [ATOM-1, ATOM-3] */
static void replaced_at_every_call(void **state)
{
    (void)state;
    assert_true(change_at_each_call(replace_image, PIDPROOF_EXE_PATH_MISMATCH) > 7);
}

/* Where the path leads to the image only after the image was asked for, all is asked again. */
static void named_too_late(void **state)
{
    (void)state;
    struct os_failure failure;
    struct os_image image;
    uint8_t sha256[PIDPROOF_SHA256_SIZE];
    bool changed = false;
    digest_cache *digests = digest_cache_new();
    os_process *process = open_it();
    assert_int_equal(rename(program, in_world("moved")), 0);
    assert_int_equal(os_process_image(NULL, process, program, &image, &failure), PIDPROOF_OK);
    assert_null(image.path);
    assert_int_equal(image.file.links, 1); /* without a path verify.c takes no other number */
    assert_int_equal(rename(in_world("moved"), program), 0);
    assert_int_equal(os_path_names(NULL, program, &image, &failure), PIDPROOF_OK);
    assert_int_equal(digest_image(digests, NULL, process, &image, sha256, &changed, &failure),
                     PIDPROOF_EXE_UNHASHABLE);
    assert_true(changed);
    os_process_close(process);
    digest_cache_free(digests);
}

/* The content is the recorded path's, and without one nobody's. */
static void content_needs_a_path(void **state)
{
    (void)state;
    struct os_failure failure;
    struct os_image image;
    os_fd fd;
    os_process *process = open_it();
    assert_int_equal(os_process_image(NULL, process, NULL, &image, &failure), PIDPROOF_OK);
    assert_null(image.path);
    assert_int_equal(os_process_image_open(NULL, process, &fd, &failure), PIDPROOF_EXE_UNHASHABLE);
    assert_int_equal(failure.code, ENOENT);
    assert_int_equal(os_process_image(NULL, process, program, &image, &failure), PIDPROOF_OK);
    assert_string_equal(image.path, program);
    assert_int_equal(os_process_image_open(NULL, process, &fd, &failure), PIDPROOF_OK);
    os_file_close(fd);
    free(image.path);
    os_process_close(process);
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
        TEST(processes_of_the_kernel),
        TEST(paths),
        TEST(replaced_image_is_another),
        TEST(named_on_another_volume),
        TEST(replaced_at_every_call),
        TEST(named_too_late),
        TEST(content_needs_a_path),
        TEST(no_instances),
        TEST(reuse_does_not_revive),
        TEST(reuse_at_every_call),
        TEST(signals_arrive),
        TEST(watches),
    };
    return cmocka_run_group_tests_name("OpenBSD on its stand-in", tests, world_begin, world_end);
}
