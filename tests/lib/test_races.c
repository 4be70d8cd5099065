/*
 * test_races.c: the process becomes another program, or dies, at each call that the library
 * makes to the system while it looks. [ATOM-1, ATOM-3] The explorer does the same, and far
 * more, from outside; here it is part of the unit tests, on every backend.
 *
 * The linker sends the library's calls through the wrappers below (-Wl,--wrap=...), and
 * before one of them, the n-th, the world changes; for n = 1, 2, 3, ... until a run makes
 * no n-th call.
 */
#define _GNU_SOURCE

#include "syscalls.h"
#include "world.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- The wrappers -------------------------------------------------------- */

static bool armed;         /* only the library's own calls count */
static unsigned countdown; /* calls until the change; 0: it has happened, or none is to */
static bool at_each_look;  /* or the change, again and again, before each look at the image */
static void (*change)(void);

static void before_call(const char *file)
{
    const char *name = file ? strrchr(file, '/') : NULL;
    bool looks = file && strcmp(name ? name + 1 : file, "exe") == 0;
    if (!armed || (at_each_look ? !looks : countdown == 0 || --countdown > 0))
        return;
    armed = false;
    change();
    armed = true;
}

/* WRAP(type, name, (parameters), (arguments), the file that is looked at) */
#define WRAP(type, name, parameters, arguments, file) \
    type __real_##name parameters;                    \
    type __wrap_##name parameters;                    \
    type __wrap_##name parameters                     \
    {                                                 \
        before_call(file);                            \
        return __real_##name arguments;               \
    }

WRAP(ssize_t, pread, (int fd, void *buffer, size_t size, off_t at), (fd, buffer, size, at), NULL)
WRAP(ssize_t, readlinkat, (int at, const char *name, char *text, size_t size),
     (at, name, text, size), NULL)
WRAP(int, poll, (struct pollfd * fds, nfds_t count, int timeout), (fds, count, timeout), NULL)
WRAP(int, fstat, (int fd, struct stat *status), (fd, status), NULL)
WRAP(int, fstatat, (int at, const char *name, struct stat *status, int flags),
     (at, name, status, flags), name)
WRAP(char *, realpath, (const char *path, char *resolved), (path, resolved), NULL)

int __real_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...)
{
    before_call(NULL);
    return __real_openat(at, path, flags);
}

bool syscall_fails(long number, long arguments[6])
{
    before_call(number == SYS_statx ? (const char *)arguments[1] : NULL);
    return false;
}

/* ---- The world ----------------------------------------------------------- */

static char before[PATH_MAX], after[PATH_MAX]; /* the two programs */
static uint8_t before_sha256[PIDPROOF_SHA256_SIZE], after_sha256[PIDPROOF_SHA256_SIZE];
static struct child daemon_;
static bool is_other; /* it runs `after` */

static void become_other(void)
{
    char line[PATH_MAX + 8];
    is_other = !is_other;
    snprintf(line, sizeof line, "exec %s", is_other ? after : before);
    command(&daemon_, line);
    assert_string_equal(daemon_.line, "ready");
}

static void die(void)
{
    kill_unreaped(&daemon_);
}

/* `ask` with a change before each call in turn; it arms, asks, disarms and judges. */
static void sweep(void (*with)(void), void (*ask)(void))
{
    unsigned calls = 0;
    change = with;
    for (;; calls++) {
        daemon_ = spawn(before);
        is_other = false;
        countdown = calls + 1;
        size_t open = open_descriptors();
        ask();
        assert_false(armed);
        assert_int_equal(open_descriptors(), open); /* [RES-1] */
        finish(&daemon_);
        if (countdown > 0)
            break;
    }
    assert_true(calls > 5);
}

static pidproof_reason verify_it(pidproof_error *error)
{
    pidproof_record record = record_of(&daemon_, before);
    pidproof_handle *handle = NULL;
    armed = true;
    pidproof_reason reason = pidproof_verify(NULL, &record, &handle, error);
    armed = false;
    pidproof_handle_close(handle);
    return reason;
}

static pidproof_reason capture_it(pidproof_record **record_ret)
{
    armed = true;
    pidproof_reason reason = pidproof_capture(NULL, (uint32_t)daemon_.pid, record_ret, NULL);
    armed = false;
    return reason;
}

/* ---- The tests ----------------------------------------------------------- */

static void ask_while_it_becomes_other(void)
{
    pidproof_reason reason = verify_it(NULL);
    if (reason && reason != PIDPROOF_EXE_PATH_MISMATCH)
        fail_msg("%s", pidproof_reason_name(reason));
    assert_true(is_other || !reason);
}

static void exec_while_it_is_verified(void **state)
{
    (void)state;
    sweep(become_other, ask_while_it_becomes_other);
}

static void ask_while_it_dies(void)
{
    pidproof_reason reason = verify_it(NULL);
    if (reason && reason != PIDPROOF_NOT_FOUND)
        fail_msg("%s", pidproof_reason_name(reason));
}

static void death_while_it_is_verified(void **state)
{
    (void)state;
    sweep(die, ask_while_it_dies);
}

/* A record is of one program, not of one's path and another's digest; and there is one. */
static void capture_while_it_becomes_other(void)
{
    pidproof_record *record = NULL;
    assert_string_equal(pidproof_reason_name(capture_it(&record)), "ok");
    bool other = strcmp(record->exe_path, after) == 0;
    assert_string_equal(record->exe_path, other ? after : before);
    assert_memory_equal(record->exe_sha256, other ? after_sha256 : before_sha256,
                        PIDPROOF_SHA256_SIZE);
    pidproof_record_free(record);
}

static void exec_while_it_is_captured(void **state)
{
    (void)state;
    sweep(become_other, capture_while_it_becomes_other);
}

static void capture_while_it_dies(void)
{
    pidproof_record *record = NULL;
    pidproof_reason reason = capture_it(&record);
    if (reason && reason != PIDPROOF_NOT_FOUND)
        fail_msg("%s", pidproof_reason_name(reason));
    pidproof_record_free(record);
}

static void death_while_it_is_captured(void **state)
{
    (void)state;
    sweep(die, capture_while_it_dies);
}

/* It ends, and says that nothing could be established. */
static void an_image_that_never_stays(void **state)
{
    (void)state;
    pidproof_error error = {0};
    pidproof_record *record = NULL;
    daemon_ = spawn(before);
    is_other = true; /* the first change: to the same */
    change = become_other;
    at_each_look = true;
    pidproof_reason verified = verify_it(&error);
    pidproof_reason captured = capture_it(&record);
    at_each_look = false;
    assert_string_equal(pidproof_reason_name(verified), "exe_path_unreadable");
    assert_non_null(strstr(error.why, "changed"));
    assert_true(captured && !record);
    pidproof_error_clear(&error);
    finish(&daemon_);
}

static int begin(void **state)
{
    if (world_begin(state) != 0)
        return -1;
    snprintf(before, sizeof before, "%s", make_program("before", "before"));
    snprintf(after, sizeof after, "%s", make_program("after", "after"));
    return pidproof_sha256_file(before, before_sha256, NULL) ||
                   pidproof_sha256_file(after, after_sha256, NULL)
               ? -1
               : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exec_while_it_is_verified), cmocka_unit_test(death_while_it_is_verified),
        cmocka_unit_test(exec_while_it_is_captured), cmocka_unit_test(death_while_it_is_captured),
        cmocka_unit_test(an_image_that_never_stays),
    };
    return cmocka_run_group_tests(tests, begin, world_end);
}
