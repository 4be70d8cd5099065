/*
 * os_unix.c: the part of os.h that is the same on every POSIX system: error texts,
 * files, locks, threads.
 */
#define _POSIX_C_SOURCE 200809L
#define _DARWIN_C_SOURCE /* O_DIRECTORY on macOS */

#include "os_unix.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

pidproof_reason os_failed(pidproof_reason reason, const char *doing, struct os_failure *failure)
{
    failure->code = errno;
    failure->doing = doing;
    bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
    return exhausted ? PIDPROOF_HANDLE_FAILED : reason;
}

void os_error_text(int64_t code, char *text, size_t size)
{
    if (strerror_r((int)code, text, size) != 0)
        snprintf(text, size, "unknown error");
}

/* ---- Files -------------------------------------------------------------- */

bool os_path_is_absolute(const char *path)
{
    return path[0] == '/';
}

/* Opening a FIFO waits for a writer and opening a device may do anything, so only what
 * is a regular file is opened; O_NONBLOCK covers what takes its place in between. */
static int open_regular(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return -1;
    if (!S_ISREG(status.st_mode)) {
        errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
        return -1;
    }
    int fd;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return -1;
    int code = fstat(fd, &status) != 0 ? errno : S_ISREG(status.st_mode) ? 0 : EINVAL;
    if (code) {
        close(fd);
        errno = code;
        return -1;
    }
    return fd;
}

pidproof_reason os_file_open(const char *path, os_fd *fd_ret, struct os_failure *failure)
{
    int fd = open_regular(path);
    if (fd < 0)
        return os_failed(PIDPROOF_EXE_UNHASHABLE, "opening it as a regular file", failure);
    *fd_ret = fd;
    return PIDPROOF_OK;
}

void os_file_close(os_fd fd)
{
    if (fd != OS_NO_FD)
        close((int)fd);
}

pidproof_reason os_file_read(os_fd fd, uint64_t offset, void *buffer, size_t size, size_t *read_ret,
                             struct os_failure *failure)
{
    ssize_t count;
    do
        count = pread((int)fd, buffer, size, (off_t)offset);
    while (count < 0 && errno == EINTR);
    if (count < 0) {
        *failure = (struct os_failure){.code = errno, .doing = "reading it"};
        return PIDPROOF_EXE_UNHASHABLE;
    }
    *read_ret = (size_t)count;
    return PIDPROOF_OK;
}

static bool write_all(int fd, const char *content, size_t length)
{
    while (length > 0) {
        ssize_t count = write(fd, content, length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        content += count;
        length -= (size_t)count;
    }
    return true;
}

/* So that the new name survives a power cut as well. Not every file system lets a directory
 * be flushed; by now the file is whole under its name, so that is no failure. */
static void flush_directory_of(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash)
        slash[slash == path] = '\0';
    int fd = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

pidproof_reason os_file_replace(const char *path, const char *content, size_t length,
                                struct os_failure *failure)
{
    const char *doing = "creating a new file beside it";
    size_t size = strlen(path) + 48;
    char *beside = malloc(size);
    int fd = -1;
    errno = EEXIST;
    for (unsigned n = 0; beside && fd < 0 && (errno == EEXIST || errno == EINTR) && n < 100; n++) {
        snprintf(beside, size, "%s.%ld-%u.new", path, (long)getpid(), n);
        fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    }
    bool done = false;
    int code = beside ? errno : ENOMEM;
    if (fd >= 0) {
        doing = "writing the new file beside it";
        done = fchmod(fd, 0600) == 0 && write_all(fd, content, length) && fsync(fd) == 0;
        code = errno;
        if (close(fd) != 0 && done) {
            done = false;
            code = errno;
        }
        if (done && rename(beside, path) != 0) {
            doing = "renaming the new file over it";
            done = false;
            code = errno;
        }
        if (!done)
            unlink(beside);
    }
    if (done)
        flush_directory_of(strcpy(beside, path));
    else
        *failure = (struct os_failure){.code = code, .doing = doing};
    free(beside);
    return done ? PIDPROOF_OK : PIDPROOF_RECORD_IO;
}

/* ---- Locks -------------------------------------------------------------- */

struct os_lock {
    pthread_mutex_t mutex;
};

os_lock *os_lock_new(void)
{
    os_lock *lock = malloc(sizeof *lock);
    if (lock && pthread_mutex_init(&lock->mutex, NULL) != 0) {
        free(lock);
        lock = NULL;
    }
    return lock;
}

void os_lock_free(os_lock *lock)
{
    if (!lock)
        return;
    pthread_mutex_destroy(&lock->mutex);
    free(lock);
}

void os_lock_take(os_lock *lock)
{
    pthread_mutex_lock(&lock->mutex);
}

void os_lock_release(os_lock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

/* ---- Threads ------------------------------------------------------------ */

struct os_thread {
    pthread_t thread;
    void (*body)(void *);
    void *argument;
};

static void *run(void *thread)
{
    struct os_thread *self = thread;
    self->body(self->argument);
    return NULL;
}

pidproof_reason os_thread_start(void (*body)(void *), void *argument, os_thread **thread_ret,
                                struct os_failure *failure)
{
    os_thread *thread = malloc(sizeof *thread);
    int code = ENOMEM;
    if (thread) {
        thread->body = body;
        thread->argument = argument;
        /* The thread inherits the mask: no handler of the caller's program runs in it. */
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        code = pthread_create(&thread->thread, NULL, run, thread);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    if (code != 0) {
        free(thread);
        *failure = (struct os_failure){.code = code, .doing = "starting a thread"};
        return PIDPROOF_HANDLE_FAILED;
    }
    *thread_ret = thread;
    return PIDPROOF_OK;
}

void os_thread_join(os_thread *thread)
{
    if (!thread)
        return;
    pthread_join(thread->thread, NULL);
    free(thread);
}
