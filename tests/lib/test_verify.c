/*
 * test_verify.c: verdicts about real processes, clause by clause, on any backend.
 */
#define _GNU_SOURCE

#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_alive(pidproof_handle *handle)
{
    bool alive;
    assert_int_equal(pidproof_handle_is_alive(handle, &alive, NULL), PIDPROOF_OK);
    return alive;
}

/* LIVE-1..3, LIVE-5, RES-1 */
static void the_daemon_is_accepted_until_it_exits(void **state)
{
    (void)state;
    const char *path = make_program("plain", "");
    struct child daemon = spawn(path);
    pidproof_record record = record_of(&daemon, path);
    size_t before = open_descriptors();
    pidproof_handle *handle = accept_it(NULL, &record);
    assert_int_equal(pidproof_handle_pid(handle), daemon.pid);
    assert_int_equal(pidproof_handle_evidence(handle) & ~(unsigned)PIDPROOF_EVIDENCE_BOUND,
                     PIDPROOF_EVIDENCE_BOOT_ID | PIDPROOF_EVIDENCE_EXE_PATH |
                         PIDPROOF_EVIDENCE_EXE_SHA256);
    assert_true(is_alive(handle));
    assert_true(pidproof_process_is_alive(record.pid));
    kill(daemon.pid, SIGSTOP);
    assert_true(is_alive(handle));
    kill_unreaped(&daemon);
    assert_false(is_alive(handle));
    assert_false(pidproof_process_is_alive(record.pid)); /* LIVE-8: a zombie */
    refuse_it(NULL, &record, PIDPROOF_NOT_FOUND);        /* LOOK-4 */
    finish(&daemon);
    assert_false(is_alive(handle));
    refuse_it(NULL, &record, PIDPROOF_NOT_FOUND); /* LOOK-1 */
    pidproof_handle_close(handle);
    assert_int_equal(open_descriptors(), before - 2); /* the pipes of the daemon */
    pidproof_handle_close(NULL);
    assert_int_equal(pidproof_handle_pid(NULL), 0);
    assert_int_equal(pidproof_handle_evidence(NULL), 0);
}

/* REC-1..3, BOOT-1, BOOT-2, ORD-1: each defect alone and with all later ones. */
static void the_first_defect_is_the_reason(void **state)
{
    (void)state;
    const char *path = make_program("order", "order");
    struct child daemon = spawn(path);
    pidproof_record record = record_of(&daemon, path), changed;

    changed = record;
    changed.exe_sha256[31] ^= 1;
    refuse_it(NULL, &changed, PIDPROOF_EXE_SHA256_MISMATCH);
    changed.exe_path = DAEMON;
    refuse_it(NULL, &changed, PIDPROOF_EXE_PATH_MISMATCH);
    changed.pid = INT_MAX;
    refuse_it(NULL, &changed, PIDPROOF_NOT_FOUND);
    changed.pid = 0x80000000U + record.pid;
    refuse_it(NULL, &changed, PIDPROOF_INVALID_PID);
    changed.boot_id = "another";
    refuse_it(NULL, &changed, PIDPROOF_BOOT_ID_MISMATCH);
    changed.exe_path = "daemon";
    refuse_it(NULL, &changed, PIDPROOF_INVALID_RECORD);
    changed.exe_path = NULL;
    refuse_it(NULL, &changed, PIDPROOF_INVALID_RECORD);
    changed.exe_path = path;
    changed.instance = "mailbox:1";
    refuse_it(NULL, &changed, PIDPROOF_INVALID_RECORD);
    changed.pid = 0;
    refuse_it(NULL, &changed, PIDPROOF_INVALID_PID);

    /* What is not recorded is not checked, and not claimed. */
    for (size_t i = 0; i < 2; i++) {
        changed = record;
        changed.boot_id = changed.instance = (const char *const[]){"", NULL}[i];
        pidproof_handle *handle = accept_it(NULL, &changed);
        assert_int_equal(pidproof_handle_evidence(handle) & ~(unsigned)PIDPROOF_EVIDENCE_BOUND,
                         PIDPROOF_EVIDENCE_EXE_PATH | PIDPROOF_EVIDENCE_EXE_SHA256);
        pidproof_handle_close(handle);
    }
    finish(&daemon);
}

/* BOOT-4: no prefix, case or whitespace folding. */
static void boot_ids_are_compared_exactly(void **state)
{
    (void)state;
    const char *path = make_program("boot", "boot");
    struct child daemon = spawn(path);
    pidproof_record record = record_of(&daemon, path);
    char wrong[128];
    const char *right = record.boot_id;
    record.boot_id = wrong;
    snprintf(wrong, sizeof wrong, "%s\n", right);
    refuse_it(NULL, &record, PIDPROOF_BOOT_ID_MISMATCH);
    snprintf(wrong, sizeof wrong, "%s", right);
    wrong[strlen(wrong) - 1] = '\0';
    refuse_it(NULL, &record, PIDPROOF_BOOT_ID_MISMATCH);
    finish(&daemon);
}

/* EXE-5, EXE-6: the path names another file, or none, or a decoy. */
static void a_path_names_the_running_image_or_nothing(void **state)
{
    (void)state;
    const char *path = make_program("moving", "moving");
    char decoy[PATH_MAX];
    snprintf(decoy, sizeof decoy, "%s (deleted)", path);
    struct child daemon = spawn(path);
    pidproof_record record = record_of(&daemon, path);
    pidproof_record elsewhere = record;

    assert_int_equal(rename(make_program("copy", "moving"), path), 0);
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH); /* same bytes, another file */
    make_program("moving (deleted)", "moving");
    elsewhere.exe_path = decoy;
    refuse_it(NULL, &elsewhere, PIDPROOF_EXE_PATH_MISMATCH);
    assert_int_equal(unlink(path), 0);
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH);
    finish(&daemon);

    daemon = spawn(decoy); /* a name that really ends that way */
    record = record_of(&daemon, decoy);
    pidproof_handle_close(accept_it(NULL, &record));
    finish(&daemon);
}

/* EXE-2, EXE-9 */
static void links_are_resolved_and_other_names_are_not_this_one(void **state)
{
    (void)state;
    const char *path = make_program("linked", "linked");
    const char *link_path = in_world("link"), *hard_path = in_world("hard");
    char dotted[PATH_MAX];
    struct child daemon = spawn(path);
    pidproof_record record = record_of(&daemon, path);
    assert_int_equal(symlink(path, link_path), 0);
    assert_int_equal(link(path, hard_path), 0);
    record.exe_path = link_path;
    pidproof_handle_close(accept_it(NULL, &record));
    snprintf(dotted, sizeof dotted, "%s/./linked", in_world(""));
    record.exe_path = dotted;
    pidproof_handle_close(accept_it(NULL, &record));
    record.exe_path = hard_path;
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH);
    finish(&daemon);
}

/*
 * EXE-6, EXE-8, EXE-9: of an image that was run as X and unlinked the system says
 * "X (deleted)", as of one that has that name. A hard link of that name is the running image
 * itself, and is accepted as such; a file that is not is a decoy. X is no name of it any more.
 */
static void a_link_named_like_the_mark_is_the_image_or_a_decoy(void **state)
{
    (void)state;
    const char *path = make_program("marked", "marked");
    const char *marked = in_world("marked (deleted)");
    struct child daemon = spawn(path);
    pidproof_record record = record_of(&daemon, path), other = record;
    other.exe_path = marked;
    assert_int_equal(link(path, marked), 0);
    refuse_it(NULL, &other, PIDPROOF_EXE_PATH_MISMATCH); /* a hard link as any other */
    assert_int_equal(unlink(path), 0);
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH);
    pidproof_handle_close(accept_it(NULL, &other));
    make_program("marked", "marked"); /* another file at X changes nothing */
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH);
    pidproof_handle_close(accept_it(NULL, &other));
    assert_int_equal(rename(path, marked), 0); /* the same bytes under the mark's name */
    refuse_it(NULL, &other, PIDPROOF_EXE_PATH_MISMATCH);
    finish(&daemon);
}

/* EXE-2: what cannot be resolved; RES-3: what must not be opened. */
static void a_path_to_something_odd_neither_blocks_nor_matches(void **state)
{
    (void)state;
    const char *path = make_program("odd", "odd");
    const char *fifo = in_world("fifo"), *loop = in_world("loop");
    struct child daemon = spawn(path);
    pidproof_record record = record_of(&daemon, path);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(symlink(loop, loop), 0);
    const char *odd[] = {fifo,         loop,       "/dev/zero",          "/", in_world("absent"),
                         "/proc/kmsg", "/dev/tty", in_world("odd/below")};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        record.exe_path = odd[i];
        refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH);
    }
    finish(&daemon);
}

/* EXE-7: bytes that are not UTF-8, newlines. */
static void any_name_is_compared_byte_for_byte(void **state)
{
    (void)state;
    const char *names[] = {"\xff\xfe", "two\nlines", "tail ", "%41", "caf\xc3\xa9"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = make_program(names[i], names[i]);
        struct child daemon = spawn(path);
        pidproof_record record = record_of(&daemon, path);
        pidproof_handle_close(accept_it(NULL, &record));
        char wrong[PATH_MAX];
        snprintf(wrong, sizeof wrong, "%s", path);
        wrong[strlen(wrong) - 1] ^= 1;
        record.exe_path = wrong;
        refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH);
        finish(&daemon);
    }
}

/* LIVE-6, EXE-1: exec keeps the process and changes the image. */
static void exec_changes_the_verdict_and_not_the_handle(void **state)
{
    (void)state;
    const char *first = make_program("first", "1"), *second = make_program("second", "2");
    char line[PATH_MAX + 8];
    struct child daemon = spawn(first);
    pidproof_record record = record_of(&daemon, first);
    pidproof_handle *handle = accept_it(NULL, &record);
    snprintf(line, sizeof line, "exec %s", second);
    command(&daemon, line);
    assert_string_equal(daemon.line, "ready");
    assert_true(is_alive(handle));
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH);
    record = record_of(&daemon, second);
    pidproof_handle_close(accept_it(NULL, &record));
    pidproof_handle_close(handle);
    finish(&daemon);
}

/* LOOK-3, LIVE-8, SIG-7 */
static void a_thread_id_is_no_process(void **state)
{
    (void)state;
    const char *path = make_program("threads", "threads");
    struct child daemon = spawn(path);
    pidproof_record record = record_of(&daemon, path);
    pidproof_error error = {0};
    command(&daemon, "thread");
    record.pid = (uint32_t)strtoul(daemon.line, NULL, 10);
    assert_true(record.pid > 0 && record.pid != (uint32_t)daemon.pid);
    refuse_it(NULL, &record, PIDPROOF_NOT_FOUND);
    assert_false(pidproof_process_is_alive(record.pid));
    assert_int_equal(pidproof_force_kill(record.pid, &error), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(error.os_error, ESRCH);
    pidproof_error_clear(&error);
    assert_true(pidproof_process_is_alive((uint32_t)daemon.pid));
    finish(&daemon);
}

/* SIG-1..5 */
static void signals_reach_exactly_the_number(void **state)
{
    (void)state;
    struct child daemon = spawn(make_program("signals", "signals"));
    uint32_t pid = (uint32_t)daemon.pid;
    pidproof_error error = {0};
    const uint32_t nobody[] = {0, 0x80000000U, UINT32_MAX, UINT32_MAX - pid + 1};
    for (size_t i = 0; i < sizeof nobody / sizeof *nobody; i++) {
        assert_int_equal(pidproof_terminate(nobody[i], &error), PIDPROOF_INVALID_PID);
        assert_int_equal(error.pid, nobody[i]);
        assert_int_equal(pidproof_force_kill(nobody[i], NULL), PIDPROOF_INVALID_PID);
        assert_false(pidproof_process_is_alive(nobody[i]));
    }
    command(&daemon, "ignore");
    assert_int_equal(pidproof_terminate(pid, &error), PIDPROOF_OK);
    assert_true(pidproof_process_is_alive(pid));
    assert_int_equal(pidproof_force_kill(pid, &error), PIDPROOF_OK);
    siginfo_t info;
    waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
    assert_int_equal(info.si_status, SIGKILL);
    finish(&daemon);
    assert_int_equal(pidproof_terminate(pid, &error), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(error.os_error, ESRCH);
    pidproof_error_clear(&error);
}

/* Capture: what comes back verifies, in files as well; what cannot be written down says why. */
static void a_captured_record_verifies(void **state)
{
    (void)state;
    const char *path = make_program("captured", "captured");
    struct child daemon = spawn(path);
    pidproof_record *record, *again;
    pidproof_verifier *verifier;
    assert_int_equal(pidproof_verifier_new(&verifier, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_capture(verifier, (uint32_t)daemon.pid, &record, NULL), PIDPROOF_OK);
    assert_string_equal(record->exe_path, path);
    pidproof_handle_close(accept_it(verifier, record));
    const char *file = in_world("record");
    assert_int_equal(pidproof_record_write(file, record, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_record_read(file, &again, NULL), PIDPROOF_OK);
    pidproof_handle_close(accept_it(NULL, again));
    pidproof_record_free(record);
    assert_int_equal(pidproof_capture(NULL, (uint32_t)getpid(), &record, NULL), PIDPROOF_OK);
    pidproof_handle_close(accept_it(verifier, record));
    pidproof_record_free(record);

    assert_int_equal(pidproof_capture(verifier, 0, &record, NULL), PIDPROOF_INVALID_PID);
    assert_int_equal(unlink(path), 0);
    pidproof_error error = {0};
    assert_int_equal(pidproof_capture(verifier, again->pid, &record, &error),
                     PIDPROOF_EXE_PATH_MISMATCH);
    kill_unreaped(&daemon);
    assert_int_equal(pidproof_capture(verifier, again->pid, &record, &error), PIDPROOF_NOT_FOUND);
    finish(&daemon);
    assert_int_equal(pidproof_capture(verifier, again->pid, &record, &error), PIDPROOF_NOT_FOUND);
    pidproof_error_clear(&error);
    pidproof_record_free(again);
    pidproof_verifier_free(verifier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_daemon_is_accepted_until_it_exits),
        cmocka_unit_test(the_first_defect_is_the_reason),
        cmocka_unit_test(boot_ids_are_compared_exactly),
        cmocka_unit_test(a_path_names_the_running_image_or_nothing),
        cmocka_unit_test(links_are_resolved_and_other_names_are_not_this_one),
        cmocka_unit_test(a_link_named_like_the_mark_is_the_image_or_a_decoy),
        cmocka_unit_test(a_path_to_something_odd_neither_blocks_nor_matches),
        cmocka_unit_test(any_name_is_compared_byte_for_byte),
        cmocka_unit_test(exec_changes_the_verdict_and_not_the_handle),
        cmocka_unit_test(a_thread_id_is_no_process),
        cmocka_unit_test(signals_reach_exactly_the_number),
        cmocka_unit_test(a_captured_record_verifies),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
