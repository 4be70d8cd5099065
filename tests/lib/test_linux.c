/*
 * test_linux.c: what only the Linux backend can do: instances, waiting, signals through a
 * handle, a main thread that has exited, names longer than PATH_MAX.
 */
#define _GNU_SOURCE

#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static pidproof_record *capture(pid_t pid)
{
    pidproof_record *record;
    pidproof_error error = {0};
    char text[512];
    if (pidproof_capture(NULL, (uint32_t)pid, &record, &error))
        fail_msg("%s", pidproof_error_format(&error, text, sizeof text));
    return record;
}

/* INST-1, INST-3, INST-5: the same image at another number, and after exec. */
static void an_instance_is_one_process(void **state)
{
    (void)state;
    const char *path = make_program("instance", "");
    char line[PATH_MAX + 8];
    struct child one = spawn(path), other = spawn(path);
    pidproof_record *record = capture(one.pid), *stranger = capture(other.pid);
    assert_string_not_equal(record->instance, stranger->instance);
    snprintf(line, sizeof line, "exec %s", path);
    command(&one, line);
    pidproof_handle *handle = accept_it(NULL, record);
    assert_true(pidproof_handle_evidence(handle) & PIDPROOF_EVIDENCE_INSTANCE);
    pidproof_handle_close(handle);

    /* The token names its boot; a boot id beside it may be missing. */
    pidproof_record changed = *record;
    changed.boot_id = NULL;
    handle = accept_it(NULL, &changed);
    assert_int_equal(pidproof_handle_evidence(handle) &
                         (PIDPROOF_EVIDENCE_INSTANCE | PIDPROOF_EVIDENCE_BOOT_ID),
                     PIDPROOF_EVIDENCE_INSTANCE);
    pidproof_handle_close(handle);
    changed = *record;
    changed.pid = stranger->pid;
    refuse_it(NULL, &changed, PIDPROOF_INSTANCE_MISMATCH);
    pidproof_error error = {0};
    assert_int_equal(pidproof_verify(NULL, &changed, &handle, &error), PIDPROOF_INSTANCE_MISMATCH);
    assert_string_equal(error.expected, record->instance);
    assert_string_equal(error.actual, stranger->instance);
    pidproof_error_clear(&error);
    finish(&one);
    finish(&other);
    pidproof_record_free(record);
    pidproof_record_free(stranger);
}

/* INST-4, INST-7 */
static void tokens_that_are_garbled_or_of_another_boot(void **state)
{
    (void)state;
    struct child daemon = spawn(make_program("garbled", ""));
    pidproof_record *record = capture(daemon.pid), changed = *record;
    char token[256];
    changed.instance = token;
    /* Truncated at every place, or lengthened. */
    for (size_t length = 1; length < strlen(record->instance); length++) {
        snprintf(token, sizeof token, "%.*s", (int)length, record->instance);
        refuse_it(NULL, &changed, PIDPROOF_INVALID_RECORD);
    }
    snprintf(token, sizeof token, "%s0", record->instance);
    refuse_it(NULL, &changed, PIDPROOF_INVALID_RECORD);
    const char *foreign[] = {"darwin-uniqueid:boot:1", "linux-pidfs::0123456789abcdef",
                             "linux-pidfs:boot:0123456789ABCDEF", "linux-other:b:0123456789abcdef",
                             "linux-start:b:00000001:00000001:000000000000001g"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        snprintf(token, sizeof token, "%s", foreign[i]);
        refuse_it(NULL, &changed, PIDPROOF_INVALID_RECORD);
    }
    char *other_boot = strchr(strcpy(token, record->instance), ':') + 1;
    *other_boot = *other_boot == '0' ? '1' : '0';
    refuse_it(NULL, &changed, PIDPROOF_INSTANCE_MISMATCH);
    snprintf(token, sizeof token, "linux-start:%s:%08x:%08x:%016x", record->boot_id, 1, 2, 3);
    refuse_it(NULL, &changed, PIDPROOF_INSTANCE_MISMATCH);
    finish(&daemon);
    pidproof_record_free(record);
}

/* LIVE-10 */
static void waiting_ends_with_the_process_or_the_limit(void **state)
{
    (void)state;
    struct child daemon = spawn(make_program("wait", ""));
    pidproof_record *record = capture(daemon.pid);
    pidproof_handle *handle = accept_it(NULL, record);
    bool exited = true;
    assert_int_equal(pidproof_handle_wait(handle, 0, &exited, NULL), PIDPROOF_OK);
    assert_false(exited);
    assert_int_equal(pidproof_handle_wait(handle, 5, &exited, NULL), PIDPROOF_OK);
    assert_false(exited);
    struct pollfd poller = {.fd = pidproof_handle_descriptor(handle), .events = POLLIN};
    assert_int_equal(poll(&poller, 1, 0), 0);
    assert_int_equal(pidproof_handle_terminate(handle, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_handle_wait(handle, -1, &exited, NULL), PIDPROOF_OK);
    assert_true(exited);
    assert_int_equal(poll(&poller, 1, 0), 1);
    int status; /* it was not reaped [RES-2] */
    assert_int_equal(waitpid(daemon.pid, &status, WNOHANG), daemon.pid);
    daemon.pid = 0;
    assert_int_equal(pidproof_handle_wait(handle, INT64_MAX, &exited, NULL), PIDPROOF_OK);
    assert_true(exited);
    /* SIG-6, SIG-4 */
    pidproof_error error = {0};
    assert_int_equal(pidproof_handle_force_kill(handle, &error), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(error.os_error, ESRCH);
    pidproof_error_clear(&error);
    pidproof_handle_close(handle);
    pidproof_record_free(record);
    close(daemon.in);
    close(daemon.out);
}

static void force_kill_goes_to_the_process(void **state)
{
    (void)state;
    struct child daemon = spawn(make_program("force", ""));
    pidproof_record *record = capture(daemon.pid);
    pidproof_handle *handle = accept_it(NULL, record);
    bool exited;
    command(&daemon, "ignore");
    assert_int_equal(pidproof_handle_terminate(handle, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_handle_wait(handle, 0, &exited, NULL), PIDPROOF_OK);
    assert_false(exited);
    assert_int_equal(pidproof_handle_force_kill(handle, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_handle_wait(handle, 5000, &exited, NULL), PIDPROOF_OK);
    assert_true(exited);
    pidproof_handle_close(handle);
    pidproof_record_free(record);
    finish(&daemon);
}

/* LOOK-5 */
static void a_process_outlives_its_main_thread(void **state)
{
    (void)state;
    const char *path = make_program("headless", "");
    struct child daemon = spawn(path);
    pidproof_record record = record_of(&daemon, path);
    pidproof_handle *handle = accept_it(NULL, &record);
    command(&daemon, "main-exit");
    bool alive;
    assert_int_equal(pidproof_handle_is_alive(handle, &alive, NULL), PIDPROOF_OK);
    assert_true(alive);
    assert_true(pidproof_process_is_alive(record.pid));
    pidproof_handle_close(accept_it(NULL, &record));
    pidproof_record *captured = capture(daemon.pid);
    record.exe_sha256[0] ^= 1;
    refuse_it(NULL, &record, PIDPROOF_EXE_SHA256_MISMATCH);
    pidproof_record_free(captured);
    pidproof_handle_close(handle);
    finish(&daemon);
}

/* EXE-7: longer than any buffer. The kernel does not tell such a name, but it opens the file. */
static void a_path_longer_than_path_max_is_established(void **state)
{
    (void)state;
    enum { DEPTH = 24 };
    char component[256], path[8192];
    memset(component, 'd', 250);
    component[250] = '\0';
    size_t used = (size_t)snprintf(path, sizeof path, "%s", in_world("deep"));
    const char *source = make_program("deep-source", "");
    int home = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chdir(path), 0);
    for (int i = 0; i < DEPTH; i++) {
        assert_int_equal(mkdir(component, 0700), 0);
        assert_int_equal(chdir(component), 0);
        used += (size_t)snprintf(path + used, sizeof path - used, "/%s", component);
    }
    assert_int_equal(rename(source, "daemon"), 0);
    struct child daemon = spawn("./daemon");
    pidproof_record record = record_of(&daemon, "daemon");
    assert_int_equal(fchdir(home), 0);
    close(home);
    snprintf(path + used, sizeof path - used, "/daemon");
    record.exe_path = path;
    assert_true(strlen(path) > PATH_MAX);
    pidproof_handle_close(accept_it(NULL, &record));

    path[strlen(path) - 1] = 'x';
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH);
    record.exe_path = DAEMON;
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH);
    /* With a second name it cannot be told which one was run. */
    path[strlen(path) - 1] = 'n';
    record.exe_path = path;
    char exe[64];
    snprintf(exe, sizeof exe, "/proc/%d/exe", (int)daemon.pid);
    assert_int_equal(linkat(AT_FDCWD, exe, AT_FDCWD, in_world("second"), AT_SYMLINK_FOLLOW), 0);
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
    pidproof_record *captured;
    assert_int_equal(pidproof_capture(NULL, record.pid, &captured, NULL),
                     PIDPROOF_EXE_PATH_UNREADABLE);
    /* A long way to a short name. */
    finish(&daemon);
    const char *near = make_program("near", "");
    daemon = spawn(near);
    record = record_of(&daemon, near);
    for (used = 0; used < PATH_MAX + 100;)
        used += (size_t)snprintf(path + used, sizeof path - used, "/./..//usr");
    while (used < PATH_MAX + 300) /* all the way up again */
        used += (size_t)snprintf(path + used, sizeof path - used, "/..");
    snprintf(path + used, sizeof path - used, "/%s", near);
    record.exe_path = path;
    pidproof_handle_close(accept_it(NULL, &record));
    finish(&daemon);
}

/* EXE-7: a component longer than PATH_MAX is not taken to pieces: its first letter is no
 * directory that was looked for. */
static void a_component_too_long_names_nothing(void **state)
{
    (void)state;
    char path[2 * PATH_MAX];
    struct child daemon = spawn(DAEMON);
    pidproof_record record = record_of(&daemon, DAEMON);
    pidproof_handle *handle;
    pidproof_error error = {0};
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    record.exe_path = path;
    assert_int_equal(pidproof_verify(NULL, &record, &handle, &error), PIDPROOF_EXE_PATH_MISMATCH);
    assert_int_equal(error.os_error, ENAMETOOLONG);
    pidproof_error_clear(&error);
    finish(&daemon);
}

/* EXE-2: the asking thread has descriptors of its own, and the main thread has none. */
static void *ask_by_symlink(void *record)
{
    if (unshare(CLONE_FILES) != 0)
        return (void *)"unshare";
    for (int fd = 3; fd < 64; fd++)
        close(fd);
    pidproof_handle *handle;
    pidproof_error error = {0};
    static char text[256];
    if (pidproof_verify(NULL, record, &handle, &error))
        return (void *)pidproof_error_format(&error, text, sizeof text);
    pidproof_handle_close(handle);
    return NULL;
}

static void a_thread_with_its_own_descriptors_may_ask(void **state)
{
    (void)state;
    const char *path = make_program("threaded", "");
    struct child daemon = spawn(path);
    pidproof_record record = record_of(&daemon, in_world("threaded"));
    assert_int_equal(symlink(path, in_world("threaded-link")), 0);
    record.exe_path = in_world("threaded-link");
    pthread_t thread;
    void *wrong;
    assert_int_equal(pthread_create(&thread, NULL, ask_by_symlink, &record), 0);
    assert_int_equal(pthread_join(thread, &wrong), 0);
    if (wrong)
        fail_msg("%s", (const char *)wrong);
    finish(&daemon);
}

/* RES-4: descriptor 0 is as good as any. */
static void descriptor_zero_is_no_error(void **state)
{
    (void)state;
    const char *path = make_program("zero", "");
    struct child daemon = spawn(path);
    pidproof_record record = record_of(&daemon, path);
    int saved = fcntl(0, F_DUPFD_CLOEXEC, 10);
    close(0);
    pidproof_handle *handle = accept_it(NULL, &record);
    bool alive;
    assert_int_equal(pidproof_handle_is_alive(handle, &alive, NULL), PIDPROOF_OK);
    assert_true(alive);
    pidproof_handle_close(handle);
    assert_int_equal(fcntl(0, F_GETFD), -1);
    dup2(saved, 0);
    close(saved);
    finish(&daemon);
}

/* A verifier that a forked child inherited still answers, in that child's terms. */
static void a_verifier_survives_fork(void **state)
{
    (void)state;
    const char *path = make_program("forked", "");
    struct child daemon = spawn(path);
    pidproof_record record = record_of(&daemon, path);
    pidproof_verifier *verifier;
    assert_int_equal(pidproof_verifier_new(&verifier, NULL), PIDPROOF_OK);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        pidproof_handle *handle;
        pidproof_record *captured;
        int failed = pidproof_verify(verifier, &record, &handle, NULL) ||
                     pidproof_capture(verifier, record.pid, &captured, NULL);
        if (!failed) {
            pidproof_handle_close(handle);
            pidproof_record_free(captured);
        }
        exit(failed);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    pidproof_verifier_free(verifier);
    finish(&daemon);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_instance_is_one_process),
        cmocka_unit_test(tokens_that_are_garbled_or_of_another_boot),
        cmocka_unit_test(waiting_ends_with_the_process_or_the_limit),
        cmocka_unit_test(force_kill_goes_to_the_process),
        cmocka_unit_test(a_process_outlives_its_main_thread),
        cmocka_unit_test(a_path_longer_than_path_max_is_established),
        cmocka_unit_test(a_component_too_long_names_nothing),
        cmocka_unit_test(a_thread_with_its_own_descriptors_may_ask),
        cmocka_unit_test(descriptor_zero_is_no_error),
        cmocka_unit_test(a_verifier_survives_fork),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
