/*
 * world.c: see world.h. Everything fails the test that asked for it.
 */
#define _GNU_SOURCE

#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char directory[256];

const char *in_world(const char *name)
{
    static char paths[8][8192];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

int world_begin(void **state)
{
    (void)state;
    char template[] = WORLD_PARENT "/world-XXXXXX";
    char *made = mkdtemp(template);
    if (!made || !realpath(made, directory))
        return -1;
    return 0;
}

int world_end(void **state)
{
    (void)state;
    char *const arguments[] = {"rm", "-rf", "--", directory, NULL};
    pid_t pid;
    int status = -1;
    if (posix_spawnp(&pid, "rm", NULL, NULL, arguments, environ) == 0)
        waitpid(pid, &status, 0);
    return status;
}

void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
}

const char *make_program(const char *name, const char *extra)
{
    static char bytes[4 << 20];
    const char *path = in_world(name);
    int from = open(DAEMON, O_RDONLY | O_CLOEXEC);
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    assert_true(from >= 0 && to >= 0);
    ssize_t size = read(from, bytes, sizeof bytes);
    assert_true(size > 0 && (size_t)size < sizeof bytes);
    assert_int_equal(write(to, bytes, (size_t)size), size);
    assert_int_equal(write(to, extra, strlen(extra)), strlen(extra));
    close(from);
    close(to);
    return path;
}

static void read_answer(struct child *child)
{
    size_t used = 0;
    do {
        assert_true(used < sizeof child->line - 1);
        if (read(child->out, child->line + used, 1) != 1)
            fail_msg("the daemon died instead of answering");
    } while (child->line[used++] != '\n');
    child->line[used - 1] = '\0';
}

/* macOS has no pipe2(). */
static void make_pipe(int ends[2])
{
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFD, FD_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[1], F_SETFD, FD_CLOEXEC), 0);
}

struct child spawn(const char *path)
{
    struct child child;
    int in[2], out[2];
    make_pipe(in);
    make_pipe(out);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    char *const arguments[] = {(char *)path, NULL};
    assert_int_equal(posix_spawn(&child.pid, path, &actions, NULL, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    child.in = in[1];
    child.out = out[0];
    read_answer(&child);
    assert_string_equal(child.line, "ready");
    return child;
}

void command(struct child *child, const char *line)
{
    dprintf(child->in, "%s\n", line);
    read_answer(child);
}

void kill_unreaped(struct child *child)
{
    siginfo_t info;
    assert_int_equal(kill(child->pid, SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT), 0);
}

void finish(struct child *child)
{
    if (child->pid <= 0)
        return;
    kill(child->pid, SIGKILL);
    assert_int_equal(waitpid(child->pid, NULL, 0), child->pid);
    close(child->in);
    close(child->out);
    child->pid = 0;
}

pidproof_record record_of(const struct child *child, const char *path)
{
    static char *boot_id;
    pidproof_record record = {.pid = (uint32_t)child->pid, .exe_path = path};
    pidproof_reason reason = boot_id ? PIDPROOF_OK : pidproof_boot_id(&boot_id, NULL);
    assert_true(!reason || reason == PIDPROOF_BOOT_ID_UNAVAILABLE); /* there may be none */
    record.boot_id = boot_id;
    assert_int_equal(pidproof_sha256_file(path, record.exe_sha256, NULL), PIDPROOF_OK);
    return record;
}

size_t open_descriptors(void)
{
    size_t count = 0;
    DIR *descriptors = opendir("/dev/fd");
    assert_non_null(descriptors);
    while (readdir(descriptors))
        count++;
    closedir(descriptors);
    return count;
}

pidproof_handle *accept_it(pidproof_verifier *verifier, const pidproof_record *record)
{
    pidproof_handle *handle = NULL;
    pidproof_error error = {0};
    char text[512];
    if (pidproof_verify(verifier, record, &handle, &error))
        fail_msg("refused: %s", pidproof_error_format(&error, text, sizeof text));
    assert_non_null(handle);
    return handle;
}

void refuse_it(pidproof_verifier *verifier, const pidproof_record *record, pidproof_reason reason)
{
    pidproof_handle *const untouched = (pidproof_handle *)&directory;
    pidproof_handle *handle = untouched;
    pidproof_error error = {0};
    size_t before = open_descriptors();
    pidproof_reason came = pidproof_verify(verifier, record, &handle, &error);
    assert_string_equal(pidproof_reason_name(came), pidproof_reason_name(reason));
    assert_int_equal(error.reason, reason);
    assert_ptr_equal(handle, untouched);
    assert_int_equal(open_descriptors(), before); /* [RES-1] */
    char text[512];
    assert_true(strlen(pidproof_error_format(&error, text, sizeof text)) > 0);
    pidproof_error_clear(&error);
    /* Without somewhere to put the details, the reason is the same. */
    assert_int_equal(pidproof_verify(verifier, record, &handle, NULL), reason);
}
