/*
 * test_posix.c: the POSIX backend where /proc hides a process, lies or is not there. The test
 * stands before openat() and kill() of the library (-Wl,--wrap).
 */
#define _GNU_SOURCE

#include "world.h"

#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- openat() and kill() --------------------------------------------------- */

static const char *name;    /* what is opened is tampered with where it has this name */
static int open_code;       /* with this error; */
static const char *instead; /* or this file is opened */
static int kill_code = -1;  /* the answer to signal 0; -1: the system's own */

int __real_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...)
{
    if (!name || strcmp(path, name) != 0)
        return __real_openat(at, path, flags);
    if (instead)
        return __real_openat(AT_FDCWD, instead, flags);
    errno = open_code;
    return -1;
}

int __real_kill(pid_t pid, int signal);
int __wrap_kill(pid_t pid, int signal);
int __wrap_kill(pid_t pid, int signal)
{
    if (signal != 0 || kill_code < 0)
        return __real_kill(pid, signal);
    errno = kill_code;
    return kill_code ? -1 : 0;
}

/* ---- One child ------------------------------------------------------------- */

static const char *path;
static struct child child;
static uint32_t pid;
static char number[16]; /* its number, as /proc names it */
static os_view *view;
static struct os_failure failure;

static int begin(void **state)
{
    (void)state;
    path = make_program("daemon", "1");
    child = spawn(path);
    pid = (uint32_t)child.pid;
    snprintf(number, sizeof number, "%u", (unsigned)pid);
    view = os_view_new();
    return view ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    name = instead = NULL;
    kill_code = -1;
    os_view_free(view);
    finish(&child);
    return 0;
}

static os_process *open_it(void)
{
    os_process *process = NULL;
    assert_int_equal(os_process_open(view, pid, &process, &failure), PIDPROOF_OK);
    return process;
}

static bool is_alive(os_process *process)
{
    bool alive = false;
    assert_int_equal(os_process_is_alive(process, false, &alive, &failure), PIDPROOF_OK);
    return alive;
}

/* ---- The tests ------------------------------------------------------------- */

/* [LOOK-1] */
static void nobody_is_not_found(void **state)
{
    (void)state;
    os_process *process = NULL;
    finish(&child);
    assert_int_equal(os_process_open(view, pid, &process, &failure), PIDPROOF_NOT_FOUND);
    assert_int_equal(failure.code, ESRCH);
}

/* [LOOK-8, LIVE-9] Its image cannot be told; whether it lives is asked by the number alone. */
static void who_is_hidden_is_not_gone(void **state)
{
    (void)state;
    const struct {
        const char *name;
        int code;
    } hidden[] = {
        {number, ENOENT}, {number, EACCES}, {number, EPERM}, {"status", EACCES}, {"status", EPERM}};
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        struct os_image image;
        name = hidden[i].name;
        open_code = hidden[i].code;
        os_process *process = open_it();
        assert_int_equal(os_process_image(view, process, NULL, &image, &failure),
                         PIDPROOF_EXE_PATH_UNREADABLE);
        assert_true(is_alive(process));
        kill_code = EPERM; /* another user's [LOOK-2] */
        assert_true(is_alive(process));
        kill_code = ESRCH;
        assert_false(is_alive(process));
        kill_code = -1;
        os_process_close(process);
    }
}

/* [ATOM-4, LOOK-1, LOOK-6] Of other failures only ESRCH says anything about the process. */
static void what_fails_is_told(void **state)
{
    (void)state;
    const struct {
        const char *name;
        int code;
        pidproof_reason reason;
    } failing[] = {{number, EMFILE, PIDPROOF_HANDLE_FAILED},
                   {number, EIO, PIDPROOF_HANDLE_FAILED},
                   {"status", EMFILE, PIDPROOF_HANDLE_FAILED},
                   {"status", EIO, PIDPROOF_HANDLE_FAILED},
                   {"status", ESRCH, PIDPROOF_NOT_FOUND}};
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
        os_process *process = NULL;
        name = failing[i].name;
        open_code = failing[i].code;
        assert_int_equal(os_process_open(view, pid, &process, &failure), failing[i].reason);
        assert_int_equal(failure.code, failing[i].code);
    }
}

/* [LIVE-9] What is not understood is no death. */
static void garbled_state(void **state)
{
    (void)state;
    bool alive = true;
    os_process *process = open_it();
    write_file(in_world("garbled"), "1 (daemon");
    name = "stat";
    instead = in_world("garbled");
    assert_int_equal(os_process_is_alive(process, false, &alive, &failure), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(failure.code, EPROTO);
    os_process_close(process);
}

/* [LIVE-2, LIVE-4] It is followed by its directory in /proc, not by its number, which by then
 * somebody else has. */
static void reaped_is_dead_whoever_has_the_number(void **state)
{
    (void)state;
    os_process *process = open_it();
    kill_unreaped(&child);
    assert_false(is_alive(process));
    finish(&child);
    kill_code = 0;
    assert_false(is_alive(process));
    os_process_close(process);
}

/* [LOOK-8] A /proc that counts otherwise than we do, or does not know us, is not believed. */
static void proc_that_is_not_ours(void **state)
{
    (void)state;
    struct os_image image;
    static const int codes[] = {EXDEV, ENOENT};
    write_file(in_world("status"), "Name:\tdaemon\nTgid:\t77\nNSpid:\t77\t1\n");
    name = "self/status";
    for (int i = 0; i < 2; i++) {
        os_view_free(view);
        instead = i ? NULL : in_world("status");
        open_code = ENOENT;
        view = os_view_new();
        os_process *process = open_it();
        assert_int_equal(os_process_image(view, process, NULL, &image, &failure),
                         PIDPROOF_EXE_PATH_UNREADABLE);
        assert_int_equal(failure.code, codes[i]);
        assert_true(is_alive(process));
        os_process_close(process);
    }
}

/* [BOOT-3] */
static void empty_boot_id(void **state)
{
    (void)state;
    char *boot_id;
    write_file(in_world("boot_id"), "\n");
    name = "/proc/sys/kernel/random/boot_id";
    instead = in_world("boot_id");
    assert_int_equal(os_boot_id(view, &boot_id, &failure), PIDPROOF_BOOT_ID_UNAVAILABLE);
}

/* [EXE-7, EXE-8] File numbers are a volume's own; where the name cannot be told the file counts. */
static void what_a_path_names(void **state)
{
    (void)state;
    struct os_image image;
    os_process *process = open_it();
    assert_int_equal(os_process_image(view, process, NULL, &image, &failure), PIDPROOF_OK);
    struct os_image other = image;
    other.path = NULL;
    assert_int_equal(os_path_names(view, path, &other, &failure), PIDPROOF_OK);
    other = image;
    other.file.volume++;
    assert_int_equal(os_path_names(view, path, &other, &failure), PIDPROOF_EXE_PATH_MISMATCH);
    free(image.path);
    os_process_close(process);
}

/* [RES-2] A forked child may be in another PID namespace. */
static void a_view_is_not_inherited(void **state)
{
    (void)state;
    int status;
    pid_t forked = fork();
    assert_true(forked >= 0);
    if (forked == 0)
        _exit(os_view_is_current(view));
    assert_int_equal(waitpid(forked, &status, 0), forked);
    assert_int_equal(status, 0);
    assert_true(os_view_is_current(view));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(nobody_is_not_found),
        TEST(who_is_hidden_is_not_gone),
        TEST(what_fails_is_told),
        TEST(garbled_state),
        TEST(reaped_is_dead_whoever_has_the_number),
        TEST(proc_that_is_not_ours),
        TEST(empty_boot_id),
        TEST(what_a_path_names),
        TEST(a_view_is_not_inherited),
    };
    return cmocka_run_group_tests_name("the POSIX backend", tests, world_begin, world_end);
}
