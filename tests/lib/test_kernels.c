/*
 * test_kernels.c: what older kernels and sandboxes lack: statx(), mounts with a number of
 * their own, pidfds. What cannot be had is not relied on; what can be told otherwise is.
 *
 * The linker sends the library's calls through the wrappers below (-Wl,--wrap=...).
 */
#define _GNU_SOURCE

#include "syscalls.h"
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "handle.h"

/* ---- The wrappers -------------------------------------------------------- */

static long lacking;            /* this system call does not exist; 0: all do */
static int lacking_error;       /* and answers so */
static bool mounts_unnumbered;  /* as before Linux 6.8 */
static unsigned boot_id_opens;  /* how often the boot id's file was opened */
static const char *boot_id_now; /* what stands at its path after the first time; or NULL */
static pid_t stand_in; /* until /proc/NUMBER is opened, tgkill() answers for this one; 0: none */

bool syscall_fails(long number, long arguments[6])
{
    if (lacking && number == lacking) {
        errno = lacking_error;
        return true;
    }
    if (stand_in && number == SYS_tgkill)
        arguments[0] = arguments[1] = stand_in;
    if (mounts_unnumbered && number == SYS_statx)
        arguments[3] &= ~0x4000L; /* STATX_MNT_ID_UNIQUE, which such a kernel ignores */
    return false;
}

int __real_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...)
{
    if (*path >= '0' && *path <= '9')
        stand_in = 0;
    if (strcmp(path, "/proc/sys/kernel/random/boot_id") == 0 && boot_id_opens++ > 0 && boot_id_now)
        path = boot_id_now;
    return __real_openat(at, path, flags);
}

/* ---- statx() ------------------------------------------------------------- */

static const char *path;
static struct child daemon_;
static pidproof_record *record;

/* Whether the digest of the running image is remembered after some verifications. */
static bool is_remembered(void)
{
    uint8_t sha256[PIDPROOF_SHA256_SIZE];
    pidproof_verifier *verifier;
    struct os_failure failure;
    struct os_file file;
    os_process *process;
    assert_int_equal(pidproof_verifier_new(&verifier, NULL), PIDPROOF_OK);
    for (int i = 0; i < 2; i++)
        pidproof_handle_close(accept_it(verifier, record));
    assert_int_equal(os_process_open(verifier->view, record->pid, &process, &failure), 0);
    assert_int_equal(os_process_image_file(verifier->view, process, &file, &failure), 0);
    bool remembered = digest_cache_find(verifier->digests, &file, sha256);
    os_process_close(process);
    pidproof_verifier_free(verifier);
    return remembered;
}

/* HASH-5: a device number is given again, and without the mount's own it is all there is. */
static void without_mount_numbers_no_digest_is_remembered(void **state)
{
    (void)state;
    struct os_file file;
    struct os_failure failure;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(os_file_stat(fd, &file, &failure), PIDPROOF_OK);
    file.changed_ns -= 10000000000; /* long ago: it is for the mount that it is not settled */
    file.mount = 0;
    assert_false(os_file_is_settled(fd, &file));
    close(fd);
    mounts_unnumbered = true;
    assert_false(is_remembered());
    mounts_unnumbered = false;
}

/* ENOSYS is an older kernel's answer, EPERM that of a filter which does not know the call. */
static void without_statx_everything_else_is_as_ever(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        lacking = SYS_statx;
        lacking_error = (const int[]){ENOSYS, EPERM}[i];
        pidproof_record *captured, wrong = *record;
        pidproof_handle *handle = accept_it(NULL, record);
        assert_true(pidproof_handle_evidence(handle) & PIDPROOF_EVIDENCE_EXE_PATH);
        pidproof_handle_close(handle);
        assert_int_equal(pidproof_capture(NULL, record->pid, &captured, NULL), PIDPROOF_OK);
        assert_string_equal(captured->exe_path, record->exe_path);
        if (record->instance)
            assert_string_equal(captured->instance, record->instance);
        pidproof_record_free(captured);
        assert_false(is_remembered());
        wrong.exe_path = DAEMON; /* EXE-8: the same bytes, another file */
        memcpy(wrong.exe_sha256, record->exe_sha256, sizeof wrong.exe_sha256);
        refuse_it(NULL, &wrong, PIDPROOF_EXE_PATH_MISMATCH);
        wrong = *record;
        wrong.exe_sha256[0] ^= 1;
        refuse_it(NULL, &wrong, PIDPROOF_EXE_SHA256_MISMATCH);
        lacking = 0;
    }
}

/* ---- The boot id --------------------------------------------------------- */

/*
 * BOOT-5: the file that was judged to be the kernel's own is the one that is read. Another,
 * put in its place in between, is not remembered as the kernel's.
 */
static void the_boot_id_is_read_from_the_file_that_was_judged(void **state)
{
    (void)state;
    char *boot_id;
    write_file(in_world("other-boot"), "11111111-2222-3333-4444-555555555555\n");
    boot_id_now = in_world("other-boot");
    boot_id_opens = 0;
    assert_int_equal(pidproof_boot_id(&boot_id, NULL), PIDPROOF_OK);
    assert_string_equal(boot_id, record->boot_id);
    free(boot_id);
    boot_id_now = NULL;
}

/* ---- pidfds -------------------------------------------------------------- */

/* LOOK-7: no such primitive at all. */
static void without_pidfds_it_works_by_number_and_says_so(void **state)
{
    (void)state;
    pidproof_record plain = *record, *captured;
    pidproof_handle *handle;
    bool alive;
    plain.instance = NULL;
    for (size_t i = 0; i < 2; i++) {
        lacking = SYS_pidfd_open;
        lacking_error = (const int[]){ENOSYS, EPERM}[i];
        handle = accept_it(NULL, &plain);
        assert_false(pidproof_handle_evidence(handle) & PIDPROOF_EVIDENCE_BOUND);
        assert_int_equal(pidproof_handle_descriptor(handle), -1);
        pidproof_error error = {0};
        assert_int_equal(pidproof_handle_force_kill(handle, &error), PIDPROOF_HANDLE_FAILED);
        assert_int_equal(error.os_error, ENOSYS);
        assert_int_equal(pidproof_handle_wait(handle, 0, &alive, &error), PIDPROOF_HANDLE_FAILED);
        assert_int_equal(error.os_error, ENOSYS);
        pidproof_error_clear(&error);
        assert_int_equal(pidproof_handle_is_alive(handle, &alive, NULL), PIDPROOF_OK);
        assert_true(alive);
        assert_true(pidproof_process_is_alive(plain.pid));
        /* An instance is told by its start, and the number's next owner by that or by /proc. */
        assert_int_equal(pidproof_capture(NULL, plain.pid, &captured, NULL), PIDPROOF_OK);
        pidproof_handle_close(accept_it(NULL, captured));
        if (*captured->instance) {
            assert_true(strncmp(captured->instance, "linux-start:", 12) == 0);
            /* A token of the other kind cannot be checked: neither same nor different. */
            refuse_it(NULL, record, PIDPROOF_HANDLE_FAILED);
        }
        struct child victim = spawn(path);
        plain.pid = (uint32_t)victim.pid;
        pidproof_handle *other = accept_it(NULL, &plain);
        kill_unreaped(&victim);
        assert_int_equal(pidproof_handle_is_alive(other, &alive, NULL), PIDPROOF_OK);
        assert_false(alive);
        assert_false(pidproof_process_is_alive(plain.pid));
        refuse_it(NULL, &plain, PIDPROOF_NOT_FOUND);
        pidproof_handle_close(other);
        other = NULL;
        pidproof_error gone = {0};
        assert_int_equal(pidproof_terminate(plain.pid, &gone), PIDPROOF_HANDLE_FAILED); /* SIG-4 */
        assert_int_equal(gone.os_error, ESRCH);
        pidproof_error_clear(&gone);
        finish(&victim);
        refuse_it(NULL, &plain, PIDPROOF_NOT_FOUND);
        assert_int_equal(pidproof_force_kill(plain.pid, NULL), PIDPROOF_HANDLE_FAILED);
        plain.pid = record->pid;
        pidproof_handle_close(handle);
        /* With pidfds again, the start still tells that it is the same one. */
        lacking = 0;
        pidproof_handle_close(accept_it(NULL, captured));
        pidproof_record_free(captured);
    }
}

/* LOOK-3, LOOK-7: a number that passes from a process to a thread while it is opened. */
static void a_number_that_becomes_a_thread_is_refused(void **state)
{
    (void)state;
    struct child host = spawn(path), victim = spawn(path);
    pidproof_record plain = *record;
    plain.instance = NULL;
    command(&host, "thread");
    plain.pid = (uint32_t)strtoul(host.line, NULL, 10);
    lacking = SYS_pidfd_open;
    lacking_error = ENOSYS;
    /* What tgkill() says of the number before /proc/NUMBER is opened is said of the victim. */
    stand_in = victim.pid;
    refuse_it(NULL, &plain, PIDPROOF_NOT_FOUND);
    stand_in = 0;
    lacking = 0;
    finish(&victim);
    finish(&host);
}

static int begin(void **state)
{
    if (world_begin(state) != 0)
        return -1;
    path = strdup(make_program("elsewhere", ""));
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
        cmocka_unit_test(without_mount_numbers_no_digest_is_remembered),
        cmocka_unit_test(without_statx_everything_else_is_as_ever),
        cmocka_unit_test(the_boot_id_is_read_from_the_file_that_was_judged),
        cmocka_unit_test(without_pidfds_it_works_by_number_and_says_so),
        cmocka_unit_test(a_number_that_becomes_a_thread_is_refused),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
