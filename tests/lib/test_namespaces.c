/*
 * test_namespaces.c: what is only to be seen from inside namespaces: the impostor in a mount
 * namespace of its own, a /proc that counts in another PID namespace, a verifier inherited
 * into one. With the argument "time": start times as another time namespace counts them.
 * Exits 77 where this host gives no such namespaces.
 */
#define _GNU_SOURCE

#include "syscalls.h"
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* The library's pidfd_open() (-Wl,--wrap=syscall). */
static bool without_pidfds;

bool syscall_fails(long number, long arguments[6])
{
    (void)arguments;
    errno = ENOSYS;
    return without_pidfds && number == SYS_pidfd_open;
}

static bool write_proc(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return written;
}

/* Namespaces of our own, in which we are root; our children are in the PID namespace. */
static bool enter_namespaces(void)
{
    char map[64];
    unsigned uid = getuid(), gid = getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) != 0)
        return false;
    snprintf(map, sizeof map, "%u %u 1", uid, uid);
    if (!write_proc("/proc/self/uid_map", map) || !write_proc("/proc/self/setgroups", "deny"))
        return false;
    snprintf(map, sizeof map, "%u %u 1", gid, gid);
    return write_proc("/proc/self/gid_map", map) &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* The exit status of a child that runs `body`. */
static int in_a_child(int (*body)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(body());
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int (*first_body)(void);

static int enter_and_run(void)
{
    return enter_namespaces() ? in_a_child(first_body) : 77;
}

/* The same, where the child is the first process of a PID namespace. */
static int in_namespaces(int (*body)(void))
{
    first_body = body;
    return in_a_child(enter_and_run);
}

static int just_be_there(void)
{
    return 0;
}

static char *genuine, *impostor;
static pidproof_record record;
static pidproof_verifier *verifier;

/* EXE-8: its exe link reads as the recorded path, to everybody; other bytes run. */
static int ask_about_the_impostor(void)
{
    int in[2], out[2];
    char byte;
    pidproof_handle *handle;
    pidproof_error error = {0};
    if (mount("proc", "/proc", "proc", 0, NULL) != 0 || pipe2(out, O_CLOEXEC) != 0 ||
        pipe2(in, O_CLOEXEC) != 0)
        return 10;
    pid_t pid = fork();
    if (pid == 0) {
        if (unshare(CLONE_NEWNS) == 0 && mount(impostor, genuine, NULL, MS_BIND, NULL) == 0 &&
            dup2(in[0], 0) == 0 && dup2(out[1], 1) == 1)
            execl(genuine, genuine, (char *)NULL);
        _exit(1);
    }
    close(out[1]);
    if (read(out[0], &byte, 1) != 1) /* it says that it is ready */
        return 11;
    char link[64], text[4096];
    snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
    ssize_t length = readlink(link, text, sizeof text);
    if (length != (ssize_t)strlen(genuine) || memcmp(text, genuine, (size_t)length) != 0)
        return 12; /* the situation is not what it should be */
    record.pid = (uint32_t)pid;
    record.exe_path = genuine;
    if (pidproof_sha256_file(genuine, record.exe_sha256, NULL))
        return 13;
    pidproof_reason reason = pidproof_verify(NULL, &record, &handle, &error);
    pidproof_error_clear(&error);
    kill(pid, SIGKILL);
    return reason == PIDPROOF_EXE_PATH_MISMATCH ? 0 : 1;
}

static void the_impostor_in_its_own_mount_namespace_is_refused(void **state)
{
    (void)state;
    impostor = strdup(make_program("impostor", "other bytes"));
    genuine = strdup(make_program("genuine", ""));
    assert_int_equal(in_namespaces(ask_about_the_impostor), 0);
    free(impostor);
    free(genuine);
}

/* LOOK-8: we are 1 here, and /proc/1 is somebody else. */
static int ask_through_a_foreign_proc(void)
{
    pidproof_handle *handle;
    pidproof_error error = {0};
    record.pid = 1;
    record.exe_path = DAEMON;
    pidproof_reason reason = pidproof_verify(NULL, &record, &handle, &error);
    if (getpid() != 1 || error.os_error != EXDEV)
        return 10;
    return reason == PIDPROOF_EXE_PATH_UNREADABLE && pidproof_process_is_alive(1) ? 0 : 1;
}

static void a_foreign_proc_is_not_believed(void **state)
{
    (void)state;
    assert_int_equal(in_namespaces(ask_through_a_foreign_proc), 0);
}

/* ATOM-2: 2 is a stranger here, and the daemon in the /proc that the verifier remembers. */
static int ask_an_inherited_verifier(void)
{
    pidproof_handle *handle;
    pid_t stranger = fork();
    if (stranger == 0) {
        pause();
        _exit(0);
    }
    if (getpid() != 1 || stranger != (pid_t)record.pid)
        return 20;
    pidproof_reason reason = pidproof_verify(verifier, &record, &handle, NULL);
    return reason == PIDPROOF_EXE_PATH_UNREADABLE ? 0 : 1;
}

static int make_a_verifier(void)
{
    pidproof_handle *handle;
    if (mount("proc", "/proc", "proc", 0, NULL) != 0)
        return 10;
    struct child daemon = spawn(genuine);
    record.pid = (uint32_t)daemon.pid;
    record.exe_path = genuine;
    if (pidproof_sha256_file(genuine, record.exe_sha256, NULL) || getpid() != 1 ||
        daemon.pid != 2 || pidproof_verifier_new(&verifier, NULL) ||
        pidproof_verify(verifier, &record, &handle, NULL) || unshare(CLONE_NEWPID) != 0)
        return 11;
    return in_a_child(ask_an_inherited_verifier);
}

static void a_verifier_inherited_by_a_namesake_is_not_current(void **state)
{
    (void)state;
    genuine = strdup(make_program("namesake", ""));
    assert_int_equal(in_namespaces(make_a_verifier), 0);
    free(genuine);
}

/* ---- Start times in a time namespace [INST-6] ----------------------------- */

static pidproof_record *captured;

static int ask_in_the_later_time(void)
{
    pidproof_handle *handle;
    pidproof_record *again, stranger;
    if (pidproof_verify(NULL, captured, &handle, NULL))
        return 30;
    unsigned evidence = pidproof_handle_evidence(handle);
    pidproof_handle_close(handle);
    if (pidproof_capture(NULL, captured->pid, &again, NULL))
        return 31;
    bool same = strcmp(again->instance, captured->instance) == 0;
    pidproof_record_free(again);
    /* One tick beside it is another process. */
    char token[256];
    snprintf(token, sizeof token, "%s", captured->instance);
    char *last = token + strlen(token) - 1;
    *last = *last == '0' ? '1' : '0';
    stranger = *captured;
    stranger.instance = token;
    if (pidproof_verify(NULL, &stranger, &handle, NULL) != PIDPROOF_INSTANCE_MISMATCH)
        return 32;
    return same && (evidence & PIDPROOF_EVIDENCE_INSTANCE) ? 0 : 1;
}

static int see_a_start_from_two_times(void)
{
    pidproof_handle *handle;
    pidproof_error error = {0};
    if (mount("proc", "/proc", "proc", 0, NULL) != 0)
        return 20;
    struct child daemon = spawn(DAEMON);
    without_pidfds = true;
    if (pidproof_capture(NULL, (uint32_t)daemon.pid, &captured, NULL) || !captured->instance ||
        strncmp(captured->instance, "linux-start:", 12) != 0)
        return 21;
    if (unshare(CLONE_NEWTIME) != 0 ||
        !write_proc("/proc/self/timens_offsets", "boottime 123456 780000000\n"))
        return 77;
    /* We are still in the old one, and the file tells of the new: it cannot be told. */
    pidproof_reason between = pidproof_verify(NULL, captured, &handle, &error);
    if (between != PIDPROOF_HANDLE_FAILED || error.os_error != EXDEV)
        return 22;
    pidproof_error_clear(&error);
    int status = in_a_child(ask_in_the_later_time);
    pidproof_record_free(captured);
    finish(&daemon);
    return status;
}

static void a_start_is_the_same_in_every_time_namespace(void **state)
{
    (void)state;
    assert_int_equal(in_namespaces(see_a_start_from_two_times), 0);
}

int main(int argc, char **argv)
{
    if (in_namespaces(just_be_there) == 77)
        return 77;
    if (argc > 1 && strcmp(argv[1], "time") == 0) {
        const struct CMUnitTest times[] = {
            cmocka_unit_test(a_start_is_the_same_in_every_time_namespace)};
        return in_namespaces(see_a_start_from_two_times) == 77
                   ? 77
                   : cmocka_run_group_tests(times, NULL, NULL);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_impostor_in_its_own_mount_namespace_is_refused),
        cmocka_unit_test(a_foreign_proc_is_not_believed),
        cmocka_unit_test(a_verifier_inherited_by_a_namesake_is_not_current),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
