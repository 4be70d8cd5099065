/*
 * Targets on POSIX systems, see target.h. They are children that live until they are
 * killed or the writing end of one common pipe closes, that is, never longer than us.
 */
#define _GNU_SOURCE /* mkdtemp; on Darwin everything is there without a name */

#include "target_system.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* A file system may keep times no finer than its clock ticks: wait well beyond that. */
enum { SETTLED_NS = 100 * 1000 * 1000 };

static struct {
    char directory[TARGET_PATH - 64];
    char idle[TARGET_PATH];
    pthread_mutex_t mutex;
    int keep_alive[2];
} targets = {.keep_alive = {-1, -1}};

static bool complain(const char *doing, const char *what)
{
    fprintf(stderr, "pidproof_bench: %s %s: %s\n", doing, what, strerror(errno));
    return false;
}

bool targets_prepare(const char *idle)
{
    const char *tmp = getenv("TMPDIR");
    pthread_mutexattr_t again;
    struct rlimit limit;

    pthread_mutexattr_init(&again);
    pthread_mutexattr_settype(&again, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&targets.mutex, &again);
    pthread_mutexattr_destroy(&again);
    unpin_thread(); /* learns which CPUs there are, before threads ask */
    /* A watch of 10,000 needs two descriptors for each; only root may raise the hard limit.
     * What is too many then says so itself. */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        struct rlimit more = {40000, limit.rlim_max > 40000 ? limit.rlim_max : 40000};
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &more) != 0)
            setrlimit(RLIMIT_NOFILE, &limit);
    }
    snprintf(targets.idle, sizeof targets.idle, "%s", idle);
    snprintf(targets.directory, sizeof targets.directory, "%s/pidproof-bench-XXXXXX",
             tmp == NULL ? "/tmp" : tmp);
    if (mkdtemp(targets.directory) == NULL)
        return complain("making the directory", targets.directory);
    if (pipe(targets.keep_alive) != 0 || fcntl(targets.keep_alive[0], F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(targets.keep_alive[1], F_SETFD, FD_CLOEXEC) != 0)
        return complain("making", "a pipe");
    return true;
}

/* Copies `from` to the new executable `to` and grows it, sparse, to `size` bytes. */
static bool copy_program(const char *from, const char *to, int64_t size)
{
    char buffer[65536];
    ssize_t got;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    bool copied = in >= 0 && out >= 0;

    while (copied && (got = read(in, buffer, sizeof buffer)) != 0)
        copied = got > 0 && write(out, buffer, (size_t)got) == got;
    off_t program_size = copied ? lseek(out, 0, SEEK_CUR) : 0;
    if (copied && program_size > size) {
        errno = EFBIG;
        copied = false;
    }
    copied = copied && ftruncate(out, size) == 0;
    int error = errno;
    close(in);
    if (close(out) != 0)
        copied = false;
    errno = error;
    return copied || complain("copying the program to", to);
}

/* Waits until the last change of what was just written lies far enough back for its times to
 * prove something. */
static void settle(void)
{
    struct timespec left = {.tv_nsec = SETTLED_NS};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

bool target_file(int64_t size, char path[TARGET_PATH])
{
    snprintf(path, TARGET_PATH, "%s/%lld", targets.directory, (long long)size);
    if (!copy_program(targets.idle, path, size))
        return false;
    settle();
    return true;
}

void target_file_remove(const char *path)
{
    unlink(path);
}

/* Starts `path`, and returns when it runs. posix_spawn() does so a moment before: Linux lets the
 * parent go on while the child still gets its new memory, with its old image. */
uint32_t target_spawn(const char *path)
{
    char *argv[] = {(char *)path, NULL}, byte;
    posix_spawn_file_actions_t actions;
    int ready[2];
    pid_t pid = 0;

    unpin_thread();
    if (pipe(ready) != 0) {
        complain("making a pipe for", path);
        return 0;
    }
    fcntl(ready[0], F_SETFD, FD_CLOEXEC);
    fcntl(ready[1], F_SETFD, FD_CLOEXEC);
    int error = posix_spawn_file_actions_init(&actions);
    if (error == 0) {
        error = posix_spawn_file_actions_adddup2(&actions, targets.keep_alive[0], STDIN_FILENO);
        if (error == 0)
            error = posix_spawn_file_actions_adddup2(&actions, ready[1], STDOUT_FILENO);
        if (error == 0)
            error = posix_spawn(&pid, path, &actions, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    close(ready[1]);
    ssize_t said = 0;
    while (error == 0 && (said = read(ready[0], &byte, 1)) < 0 && errno == EINTR) {
    }
    close(ready[0]);
    if (error == 0 && said != 1) {
        target_kill((uint32_t)pid);
        target_reap((uint32_t)pid);
        error = EPROTO;
    }
    errno = error;
    if (error != 0)
        complain("starting", path);
    return error == 0 ? (uint32_t)pid : 0;
}

void targets_lock(void)
{
    pthread_mutex_lock(&targets.mutex);
}

void targets_unlock(void)
{
    pthread_mutex_unlock(&targets.mutex);
}

void target_strike(uint32_t pid)
{
    if (pid != 0)
        kill((pid_t)pid, SIGKILL);
}

void target_kill(uint32_t pid)
{
    siginfo_t info;
    if (pid == 0)
        return;
    target_strike(pid);
    while (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
}

void target_reap(uint32_t pid)
{
    while (pid != 0 && waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

void targets_system_end(void)
{
    pthread_mutex_destroy(&targets.mutex);
    rmdir(targets.directory);
    close(targets.keep_alive[0]);
    close(targets.keep_alive[1]);
}

int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
