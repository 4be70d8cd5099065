/*
 * test_faults.c: every call that the library makes to the system fails once, with every
 * error that it may answer, and the question is asked again. [ATOM-4, LOOK-6, RES-1]
 *
 * The linker sends the library's calls through the wrappers below (-Wl,--wrap=...); one of
 * them, the n-th, fails. The whole of what is asked is repeated for n = 1, 2, 3, ... until a
 * run makes no n-th call, so a new call in the library is tried without anybody adding it.
 */
#define _GNU_SOURCE

#include "syscalls.h"
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <openssl/evp.h>

/* ---- The wrappers ------------------------------------------------------- */

static bool armed;         /* only the library's own calls are counted */
static unsigned countdown; /* the call that fails; 0: none */
static int fault;          /* with this error */
static const char *failed; /* which call it was */

static bool fails(const char *name)
{
    bool allocates = strstr("malloc calloc strdup", name) || strncmp(name, "EVP", 3) == 0;
    if (!armed || (allocates && fault != ENOMEM) || countdown == 0 || --countdown > 0)
        return false;
    failed = name;
    errno = fault;
    return true;
}

/* WRAP(result when it fails, type, name, (parameters), (arguments)) */
#define WRAP(failure, type, name, parameters, arguments)           \
    type __real_##name parameters;                                 \
    type __wrap_##name parameters;                                 \
    type __wrap_##name parameters                                  \
    {                                                              \
        return fails(#name) ? (failure) : __real_##name arguments; \
    }

WRAP(NULL, void *, malloc, (size_t size), (size))
WRAP(NULL, void *, calloc, (size_t count, size_t size), (count, size))
WRAP(NULL, char *, strdup, (const char *text), (text))
WRAP(NULL, char *, realpath, (const char *path, char *resolved), (path, resolved))
WRAP(-1, ssize_t, read, (int fd, void *buffer, size_t size), (fd, buffer, size))
WRAP(-1, ssize_t, pread, (int fd, void *buffer, size_t size, off_t at), (fd, buffer, size, at))
WRAP(-1, ssize_t, write, (int fd, const void *buffer, size_t size), (fd, buffer, size))
WRAP(-1, ssize_t, readlinkat, (int at, const char *name, char *text, size_t size),
     (at, name, text, size))
WRAP(-1, int, poll, (struct pollfd * fds, nfds_t count, int timeout), (fds, count, timeout))
WRAP(-1, int, stat, (const char *path, struct stat *status), (path, status))
WRAP(-1, int, fstat, (int fd, struct stat *status), (fd, status))
WRAP(-1, int, fstatat, (int at, const char *name, struct stat *status, int flags),
     (at, name, status, flags))
WRAP(-1, int, fstatfs, (int fd, struct statfs *status), (fd, status))
WRAP(-1, int, epoll_create1, (int flags), (flags))
WRAP(-1, int, epoll_ctl, (int set, int what, int fd, struct epoll_event *event),
     (set, what, fd, event))
WRAP(-1, int, eventfd, (unsigned value, int flags), (value, flags))
WRAP(-1, int, fsync, (int fd), (fd))
WRAP(-1, int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(-1, int, rename, (const char *from, const char *to), (from, to))
WRAP(-1, int, kill, (pid_t pid, int number), (pid, number))

/* OpenSSL says no, for reasons of its own. */
WRAP(NULL, EVP_MD_CTX *, EVP_MD_CTX_new, (void), ())
WRAP(0, int, EVP_DigestInit_ex, (EVP_MD_CTX * context, const EVP_MD *type, ENGINE *engine),
     (context, type, engine))
WRAP(0, int, EVP_DigestUpdate, (EVP_MD_CTX * context, const void *bytes, size_t size),
     (context, bytes, size))
WRAP(0, int, EVP_DigestFinal_ex, (EVP_MD_CTX * context, unsigned char *sha256, unsigned *size),
     (context, sha256, size))

static bool no_threads; /* none can be started */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*body)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*body)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*body)(void *), void *argument)
{
    return no_threads ? EAGAIN : __real_pthread_create(thread, attributes, body, argument);
}

static atomic_bool set_fails; /* asking an epoll set fails, in whatever thread */

int __real_epoll_wait(int set, struct epoll_event *events, int most, int timeout);
int __wrap_epoll_wait(int set, struct epoll_event *events, int most, int timeout);
int __wrap_epoll_wait(int set, struct epoll_event *events, int most, int timeout)
{
    if (set_fails)
        errno = EBADF;
    return set_fails || fails("epoll_wait") ? -1 : __real_epoll_wait(set, events, most, timeout);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int mode = flags & O_CREAT ? va_arg(rest, int) : 0;
    va_end(rest);
    return fails("open") ? -1 : __real_open(path, flags, mode);
}

int __real_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...)
{
    return fails("openat") ? -1 : __real_openat(at, path, flags);
}

bool syscall_fails(long number, long arguments[6])
{
    (void)number;
    (void)arguments;
    return fails("syscall");
}

/* ---- The sweep ---------------------------------------------------------- */

static const int faults[] = {EINTR,  EMFILE,       ENFILE, ENOMEM, EACCES, EPERM,
                             ENOENT, ESRCH,        EIO,    ENOSYS, EINVAL, EBADF,
                             ELOOP,  ENAMETOOLONG, ENOSPC, EXDEV,  EAGAIN};

static struct child daemon_;
static const char *path;

/*
 * Runs `ask` with each call failing in turn. `ask` arms, asks, disarms and judges. Whatever
 * happens, no descriptor stays open. (Memory is the sanitizer's business.)
 */
static void sweep(void (*ask)(void))
{
    unsigned calls = 0;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        fault = faults[i];
        for (unsigned n = 1;; n++) {
            size_t before = open_descriptors();
            failed = NULL;
            countdown = n;
            ask();
            assert_false(armed);
            if (open_descriptors() != before)
                fail_msg("call %u (%s) with %s: descriptors leak", n, failed, strerror(fault));
            if (!failed)
                break;
            calls++;
        }
    }
    countdown = 0;
    assert_true(calls > 0);
}

static void explain(pidproof_reason reason)
{
    fail_msg("%s failing with %s: %s", failed ? failed : "nothing", strerror(fault),
             pidproof_reason_name(reason));
}

/* The answers that are lies when a call failed that had no business to. */
static void judge(pidproof_reason reason)
{
    if (fault == EINTR && reason)
        explain(reason); /* is to be retried */
    /* Gone, or another: only when the system itself said so. */
    if (pidproof_reason_class(reason) == PIDPROOF_CLASS_GONE && fault != ESRCH)
        explain(reason);
    if (reason == PIDPROOF_EXE_PATH_MISMATCH && fault != ENOENT && fault != ELOOP &&
        fault != ENAMETOOLONG)
        explain(reason);
    if (reason == PIDPROOF_BOOT_ID_MISMATCH || reason == PIDPROOF_EXE_SHA256_MISMATCH ||
        reason == PIDPROOF_INSTANCE_MISMATCH || reason == PIDPROOF_INVALID_PID ||
        reason == PIDPROOF_INVALID_RECORD)
        explain(reason);
    if ((fault == EMFILE || fault == ENFILE || fault == ENOMEM) && reason &&
        reason != PIDPROOF_HANDLE_FAILED && reason != PIDPROOF_EXE_UNHASHABLE &&
        reason != PIDPROOF_EXE_PATH_UNREADABLE && reason != PIDPROOF_RECORD_IO)
        explain(reason);
}

/* A right record of a living process, with everything in it. */
static pidproof_record *record;

static void ask_right_record(void)
{
    pidproof_handle *handle = NULL;
    pidproof_error error = {0};
    bool alive;
    armed = true;
    pidproof_reason reason = pidproof_verify(NULL, record, &handle, &error);
    armed = false;
    judge(reason);
    assert_int_equal(reason, error.reason);
    pidproof_error_clear(&error);
    if (reason)
        return;
    assert_int_equal(pidproof_handle_is_alive(handle, &alive, NULL), PIDPROOF_OK);
    assert_true(alive);
    unsigned bound = pidproof_handle_evidence(handle) & PIDPROOF_EVIDENCE_BOUND;
    if (!bound && *record->instance && failed && (fault == EMFILE || fault == ENFILE))
        explain(PIDPROOF_OK); /* LOOK-6: never a silent fall to the number */
    pidproof_handle_close(handle);
}

static void a_right_record_is_never_called_gone_or_different(void **state)
{
    (void)state;
    sweep(ask_right_record);
}

/* Wrong records: no fault makes any of them right. */
static pidproof_record wrong;

static void ask_wrong_record(void)
{
    pidproof_handle *handle;
    armed = true;
    pidproof_reason reason = pidproof_verify(NULL, &wrong, &handle, NULL);
    armed = false;
    if (!reason)
        explain(reason);
}

static void a_wrong_record_is_never_accepted(void **state)
{
    (void)state;
    wrong = *record;
    wrong.exe_sha256[0] ^= 1;
    sweep(ask_wrong_record);
    wrong = *record;
    wrong.exe_path = DAEMON;
    sweep(ask_wrong_record);
    wrong = *record;
    wrong.boot_id = "another";
    sweep(ask_wrong_record);
    if (*record->instance) {
        char token[256];
        wrong = *record;
        wrong.instance = strcpy(token, record->instance);
        char *last = token + strlen(token) - 1;
        *last = *last == '0' ? '1' : '0';
        sweep(ask_wrong_record);
    }
}

/* LOOK-3: a thread id stays none, whatever fails while it is looked at. */
static void a_thread_id_is_never_accepted(void **state)
{
    (void)state;
    struct child host = spawn(path);
    command(&host, "thread");
    wrong = *record;
    wrong.pid = (uint32_t)strtoul(host.line, NULL, 10);
    wrong.instance = NULL;
    sweep(ask_wrong_record);
    finish(&host);
}

static void ask_capture(void)
{
    pidproof_record *captured;
    armed = true;
    pidproof_reason reason = pidproof_capture(NULL, record->pid, &captured, NULL);
    armed = false;
    judge(reason);
    if (reason)
        return;
    assert_string_equal(captured->exe_path, record->exe_path);
    assert_memory_equal(captured->exe_sha256, record->exe_sha256, PIDPROOF_SHA256_SIZE);
    pidproof_record_free(captured);
}

static void what_is_captured_is_right(void **state)
{
    (void)state;
    sweep(ask_capture);
}

/* LIVE-9: a failing question is an error, not a death. */
static void ask_liveness(void)
{
    bool alive = true, exited = false;
    pidproof_handle *handle = accept_it(NULL, record);
    armed = true;
    pidproof_reason asked = pidproof_handle_is_alive(handle, &alive, NULL);
    pidproof_reason waited = pidproof_handle_wait(handle, 0, &exited, NULL);
    armed = false;
    if (!asked && !alive && fault != ESRCH)
        explain(asked);
    assert_true(asked == PIDPROOF_OK || asked == PIDPROOF_HANDLE_FAILED);
    assert_true(waited == PIDPROOF_OK || waited == PIDPROOF_HANDLE_FAILED);
    assert_true(!exited || fault == ESRCH);
    bool bound = pidproof_handle_evidence(handle) & PIDPROOF_EVIDENCE_BOUND;
    if (fault == EINTR && (asked || (waited && bound)))
        explain(asked ? asked : waited);
    pidproof_handle_close(handle);
}

static void a_failing_question_is_not_a_death(void **state)
{
    (void)state;
    sweep(ask_liveness);
}

static void ask_by_number(void)
{
    armed = true;
    bool alive = pidproof_process_is_alive(record->pid);
    armed = false;
    if (!alive && fault != ESRCH)
        explain(PIDPROOF_NOT_FOUND);
}

static void a_living_number_is_never_dead(void **state)
{
    (void)state;
    sweep(ask_by_number);
}

static void ask_watch(void)
{
    pidproof_handle *handle = accept_it(NULL, record);
    pidproof_watch *watch;
    pidproof_watched *watched;
    pidproof_error error = {0};
    void *tag;
    size_t count = 0;
    armed = true;
    pidproof_reason reason = pidproof_watch_new(&watch, &error);
    if (!reason) {
        reason = pidproof_watch_add(watch, handle, NULL, &watched, &error);
        if (!reason) {
            reason = pidproof_watch_gone(watch, &tag, 1, &count, &error);
            pidproof_watch_remove(watch, watched);
        }
        pidproof_watch_free(watch);
    }
    armed = false;
    assert_int_equal(count, 0);
    assert_true(!reason || reason == PIDPROOF_HANDLE_FAILED);
    pidproof_error_clear(&error);
    pidproof_handle_close(handle);
}

static void a_failing_watch_reports_nobody(void **state)
{
    (void)state;
    sweep(ask_watch);
}

static struct child dead_;

/* WATCH-1: whichever call fails, it is reported, once. */
static void ask_watch_of_the_dead(void)
{
    pidproof_record once = record_of(&dead_, path);
    pidproof_handle *handle = accept_it(NULL, &once);
    pidproof_watch *watch;
    pidproof_watched *watched;
    void *tag;
    size_t count = 0, reports = 0;
    assert_int_equal(pidproof_watch_new(&watch, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watch_add(watch, handle, NULL, &watched, NULL), PIDPROOF_OK);
    kill_unreaped(&dead_);
    armed = true;
    pidproof_reason reason = pidproof_watch_gone(watch, &tag, 1, &count, NULL);
    armed = false;
    assert_true(!reason || (reason == PIDPROOF_HANDLE_FAILED && count == 0 && fault != EINTR));
    for (reports = count, count = 1; count > 0; reports += count)
        assert_int_equal(pidproof_watch_gone(watch, &tag, 1, &count, NULL), PIDPROOF_OK);
    assert_int_equal(reports, 1);
    pidproof_watch_free(watch);
    pidproof_handle_close(handle);
    finish(&dead_);
    dead_ = spawn(path);
}

static void a_failing_watch_loses_nobody(void **state)
{
    (void)state;
    pidproof_watch *watch;
    pidproof_error none = {0};
    if (pidproof_watch_new(&watch, &none)) {
        assert_int_equal(none.os_error, ENOSYS); /* this backend has no watches */
        pidproof_error_clear(&none);
        skip();
    }
    pidproof_watch_free(watch);
    dead_ = spawn(path);
    sweep(ask_watch_of_the_dead);
    finish(&dead_);
}

/* LIVE-9: a watch whose thread fails knows nothing of anybody any more. */
static void a_watch_that_gave_up_says_unknown(void **state)
{
    (void)state;
    pidproof_handle *handle = accept_it(NULL, record);
    pidproof_watch *watch;
    pidproof_watched *watched, *later, *gone;
    pidproof_error none = {0};
    if (pidproof_watch_new(&watch, &none)) {
        assert_int_equal(none.os_error, ENOSYS); /* this backend has no watches */
    } else {
        struct child victim = spawn(path);
        pidproof_record victims = record_of(&victim, path);
        pidproof_handle *dead = accept_it(NULL, &victims);
        void *tag;
        size_t count;
        assert_int_equal(pidproof_watch_add(watch, handle, NULL, &watched, NULL), PIDPROOF_OK);
        assert_int_equal(pidproof_watch_add(watch, dead, NULL, &gone, NULL), PIDPROOF_OK);
        kill_unreaped(&victim);
        assert_int_equal(pidproof_watch_gone(watch, &tag, 1, &count, NULL), PIDPROOF_OK);
        set_fails = true;
        assert_int_equal(pidproof_watch_start(watch, NULL), PIDPROOF_OK);
        while (pidproof_watched_liveness(watched) == PIDPROOF_LIVENESS_ALIVE)
            sched_yield();
        set_fails = false;
        assert_int_equal(pidproof_watched_liveness(watched), PIDPROOF_LIVENESS_UNKNOWN);
        assert_int_equal(pidproof_watched_liveness(gone), PIDPROOF_LIVENESS_GONE); /* LIVE-3 */
        pidproof_error why = {0};
        assert_int_equal(pidproof_watch_start(watch, &why), PIDPROOF_HANDLE_FAILED);
        assert_int_equal(why.os_error, EBADF);
        pidproof_error_clear(&why);
        pidproof_watch_remove(watch, watched);
        assert_int_equal(pidproof_watch_add(watch, handle, NULL, &later, NULL), PIDPROOF_OK);
        assert_int_equal(pidproof_watched_liveness(later), PIDPROOF_LIVENESS_UNKNOWN);
        pidproof_watch_free(watch);
        pidproof_handle_close(dead);
        finish(&victim);
    }
    pidproof_handle_close(handle);
}

static void a_watch_that_gets_no_thread_says_so(void **state)
{
    (void)state;
    pidproof_watch *watch;
    pidproof_error error = {0};
    if (pidproof_watch_new(&watch, &error)) {
        assert_int_equal(error.os_error, ENOSYS); /* this backend has no watches */
    } else {
        no_threads = true;
        assert_int_equal(pidproof_watch_start(watch, &error), PIDPROOF_HANDLE_FAILED);
        assert_int_equal(error.os_error, EAGAIN);
        no_threads = false;
        assert_int_equal(pidproof_watch_start(watch, &error), PIDPROOF_OK);
        pidproof_watch_free(watch);
    }
    pidproof_error_clear(&error);
}

static void ask_boot_id(void)
{
    char *boot_id = NULL;
    armed = true;
    pidproof_reason reason = pidproof_boot_id(&boot_id, NULL);
    armed = false;
    judge(reason);
    assert_true(reason || strcmp(boot_id, record->boot_id) == 0);
    pidproof_text_free(boot_id);
}

static void the_boot_id_is_right_or_an_error(void **state)
{
    (void)state;
    sweep(ask_boot_id);
}

static void ask_files(void)
{
    pidproof_record *again;
    pidproof_error error = {0};
    uint8_t sha256[PIDPROOF_SHA256_SIZE];
    const char *file = in_world("swept");
    armed = true;
    pidproof_reason written = pidproof_record_write(file, record, &error);
    pidproof_reason was_read = pidproof_record_read(file, &again, &error);
    pidproof_reason hashed = pidproof_sha256_file(path, sha256, &error);
    armed = false;
    assert_true(!written || written == PIDPROOF_RECORD_IO || written == PIDPROOF_HANDLE_FAILED);
    /* Whether or not it could be written now: what is there is a whole record. */
    assert_true(!was_read || was_read == PIDPROOF_RECORD_IO || was_read == PIDPROOF_HANDLE_FAILED);
    assert_true(!hashed || hashed == PIDPROOF_EXE_UNHASHABLE);
    if (hashed && failed && strcmp(failed, "fstat") == 0)
        assert_int_equal(error.os_error, fault); /* what the system said, not our own */
    if (!was_read) {
        assert_string_equal(again->exe_path, record->exe_path);
        pidproof_record_free(again);
    }
    pidproof_error_clear(&error);
}

static void files_are_whole_or_an_error(void **state)
{
    (void)state;
    assert_int_equal(pidproof_record_write(in_world("swept"), record, NULL), PIDPROOF_OK);
    sweep(ask_files);
}

static int begin(void **state)
{
    if (world_begin(state) != 0)
        return -1;
    path = strdup(make_program("swept-daemon", ""));
    daemon_ = spawn(path);
    return pidproof_capture(NULL, (uint32_t)daemon_.pid, &record, NULL) ? -1 : 0;
}

static int end(void **state)
{
    finish(&daemon_);
    pidproof_record_free(record);
    free((char *)path);
    return world_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_record_is_never_called_gone_or_different),
        cmocka_unit_test(a_wrong_record_is_never_accepted),
        cmocka_unit_test(a_thread_id_is_never_accepted),
        cmocka_unit_test(what_is_captured_is_right),
        cmocka_unit_test(a_failing_question_is_not_a_death),
        cmocka_unit_test(a_living_number_is_never_dead),
        cmocka_unit_test(a_failing_watch_reports_nobody),
        cmocka_unit_test(a_failing_watch_loses_nobody),
        cmocka_unit_test(a_watch_that_gave_up_says_unknown),
        cmocka_unit_test(a_watch_that_gets_no_thread_says_so),
        cmocka_unit_test(the_boot_id_is_right_or_an_error),
        cmocka_unit_test(files_are_whole_or_an_error),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
