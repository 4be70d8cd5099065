/*
 * test_reopen.c: a process is reached by its instance token alone, its number never looked
 * up. [INST-8] Exits 77 where the kernel opens no pidfs handles (before Linux 6.14).
 */
#define _GNU_SOURCE

#include "syscalls.h"
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- pidfd_open() fails for this number (-Wl,--wrap=syscall) -------------- */

static long unopenable;

bool syscall_fails(long number, long arguments[6])
{
    errno = EMFILE;
    return number == SYS_pidfd_open && unopenable && arguments[0] == unopenable;
}

/* ---- The tests ----------------------------------------------------------- */

static const char *path;
static struct child daemon_;
static pidproof_record *record;

static void it_is_reached_without_its_number(void **state)
{
    (void)state;
    bool exited;
    pidproof_record plain = *record;
    plain.instance = NULL;
    unopenable = daemon_.pid;
    refuse_it(NULL, &plain, PIDPROOF_HANDLE_FAILED); /* the number is of no use */
    pidproof_handle *handle = accept_it(NULL, record);
    unopenable = 0;
    assert_int_equal(pidproof_handle_evidence(handle) &
                         (PIDPROOF_EVIDENCE_INSTANCE | PIDPROOF_EVIDENCE_BOUND),
                     PIDPROOF_EVIDENCE_INSTANCE | PIDPROOF_EVIDENCE_BOUND);
    /* What was opened is a pidfd as good as any other. */
    struct pollfd poller = {.fd = pidproof_handle_descriptor(handle), .events = POLLIN};
    assert_int_equal(poll(&poller, 1, 0), 0);
    assert_int_equal(pidproof_handle_wait(handle, 0, &exited, NULL), PIDPROOF_OK);
    assert_false(exited);
    assert_int_equal(pidproof_handle_force_kill(handle, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_handle_wait(handle, -1, &exited, NULL), PIDPROOF_OK);
    assert_true(exited);
    /* A zombie is reached as well, and is gone. [LOOK-4] */
    unopenable = daemon_.pid;
    refuse_it(NULL, record, PIDPROOF_NOT_FOUND);
    unopenable = 0;
    finish(&daemon_);
    refuse_it(NULL, record, PIDPROOF_NOT_FOUND);
    pidproof_handle_close(handle);
}

/* The token of `fd`, a pidfd, as this library writes them. */
static void token_of(int fd, char token[static 128])
{
    struct stat status;
    assert_int_equal(fstat(fd, &status), 0);
    snprintf(token, 128, "linux-pidfs:%s:%016" PRIx64, record->boot_id, (uint64_t)status.st_ino);
}

/* LIVE-1: the right token beside another's number is not accepted under that number. */
static void the_number_is_the_tokens(void **state)
{
    (void)state;
    char token[128];
    struct child one = spawn(path), other = spawn(path);
    int fd = (int)syscall(SYS_pidfd_open, one.pid, 0U);
    token_of(fd, token);
    close(fd);
    pidproof_record changed = *record;
    changed.instance = token;
    changed.pid = (uint32_t)one.pid;
    pidproof_handle_close(accept_it(NULL, &changed));
    changed.pid = (uint32_t)other.pid;
    refuse_it(NULL, &changed, PIDPROOF_INSTANCE_MISMATCH);
    finish(&other);
    refuse_it(NULL, &changed, PIDPROOF_NOT_FOUND);
    finish(&one);
}

/* LOOK-3: threads have handles, too. */
static void a_token_of_a_thread_names_no_process(void **state)
{
    (void)state;
    char token[128];
    struct child host = spawn(path);
    command(&host, "thread");
    pidproof_record changed = *record;
    changed.pid = (uint32_t)strtoul(host.line, NULL, 10);
    int fd = (int)syscall(SYS_pidfd_open, (pid_t)changed.pid, (unsigned)O_EXCL /* PIDFD_THREAD */);
    assert_true(fd >= 0);
    token_of(fd, token);
    close(fd);
    changed.instance = token;
    refuse_it(NULL, &changed, PIDPROOF_NOT_FOUND);
    finish(&host);
}

static bool kernel_opens_pidfs_handles(void)
{
    union {
        struct file_handle handle;
        char room[sizeof(struct file_handle) + 64];
    } named = {.handle = {.handle_bytes = 64}};
    int mount, again = -1, self = (int)syscall(SYS_pidfd_open, getpid(), 0U);
    if (self >= 0 && name_to_handle_at(self, "", &named.handle, &mount, AT_EMPTY_PATH) == 0)
        again = open_by_handle_at(self, &named.handle, O_CLOEXEC);
    close(again);
    close(self);
    return again >= 0;
}

static int begin(void **state)
{
    if (world_begin(state) != 0)
        return -1;
    path = make_program("reached", "");
    daemon_ = spawn(path);
    return pidproof_capture(NULL, (uint32_t)daemon_.pid, &record, NULL) ? -1 : 0;
}

static int end(void **state)
{
    finish(&daemon_);
    pidproof_record_free(record);
    return world_end(state);
}

int main(void)
{
    if (!kernel_opens_pidfs_handles())
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_reached_without_its_number),
        cmocka_unit_test(the_number_is_the_tokens),
        cmocka_unit_test(a_token_of_a_thread_names_no_process),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
