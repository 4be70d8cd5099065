/*
 * standin.c: see standin.h: numbers, failures, kqueues and kill(). kqueues are epoll sets:
 * EVFILT_PROC a pidfd in it, EVFILT_USER an eventfd, EVFILT_READ the descriptor itself.
 */
#define _GNU_SOURCE

#include "standin.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/event.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct standin standin;

/* ---- Numbers and failures ------------------------------------------------ */

static struct given {
    uint32_t number;
    pid_t pid;
} given[16];

void standin_reset(void)
{
    standin = (struct standin){.boot = "6F1C2B1E-0000-4000-8000-3A5D9C7E1F20", .version = 1};
    memset(given, 0, sizeof given);
}

void standin_give(uint32_t number, pid_t pid)
{
    struct given *entry = given;
    while (entry->number && entry->number != number)
        entry++;
    *entry = (struct given){.number = number, .pid = pid};
}

pid_t standin_owner(uint32_t number)
{
    for (const struct given *entry = given; entry->number; entry++)
        if (entry->number == number)
            return entry->pid;
    return (pid_t)number;
}

bool standin_fails(enum standin_call call)
{
    standin.calls++;
    if (standin.before)
        standin.before(call);
    int made = ++standin.fail[call].made;
    if (made < standin.fail[call].first ||
        made >= standin.fail[call].first + standin.fail[call].times)
        return false;
    errno = standin.fail[call].code;
    return true;
}

/* ---- kqueues ------------------------------------------------------------- */

static struct note {
    bool used;
    int set, fd; /* the epoll set, and what is in it */
    struct kevent event;
} notes[256];
static bool is_set[1024];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int __real_close(int fd);
int __wrap_close(int fd);
int __real_kill(pid_t pid, int signal);
int __wrap_kill(pid_t pid, int signal);

static void drop(struct note *note)
{
    epoll_ctl(note->set, EPOLL_CTL_DEL, note->fd, NULL);
    if (note->event.filter != EVFILT_READ)
        __real_close(note->fd);
    note->used = false;
}

int __wrap_close(int fd)
{
    pthread_mutex_lock(&lock);
    for (struct note *note = notes; note < notes + 256; note++)
        if (note->used &&
            (note->set == fd || (note->event.filter == EVFILT_READ && note->fd == fd)))
            drop(note);
    if (fd >= 0 && fd < 1024)
        is_set[fd] = false;
    pthread_mutex_unlock(&lock);
    return __real_close(fd);
}

int kqueue(void)
{
    if (standin_fails(STANDIN_KQUEUE))
        return -1;
    int set = epoll_create1(0);
    if (set >= 0 && set < 1024)
        is_set[set] = true;
    return set;
}

/* A process that cannot be registered: none, or a zombie (XNU's proc_find finds no zombies). */
static int open_living(uint32_t number)
{
    if (standin.misses_exit)
        return eventfd(0, EFD_CLOEXEC);
    pid_t pid = standin_owner(number);
    int fd = pid ? (int)syscall(SYS_pidfd_open, pid, 0U) : -1;
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    if (fd >= 0 && poll(&poller, 1, 0) == 1) {
        __real_close(fd);
        fd = -1;
    }
    if (fd < 0)
        errno = ESRCH;
    return fd;
}

static int add(int set, struct note *note, const struct kevent *event)
{
    int fd = (int)event->ident;
    if (event->filter == EVFILT_PROC)
        fd = open_living((uint32_t)event->ident);
    else if (event->filter == EVFILT_USER)
        fd = eventfd(0, EFD_CLOEXEC);
    if (fd < 0)
        return -1;
    struct epoll_event entry = {.events = EPOLLIN, .data.u32 = (uint32_t)(note - notes)};
    if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &entry) != 0)
        return -1;
    *note = (struct note){.used = true, .set = set, .fd = fd, .event = *event};
    return 0;
}

static int apply(int set, const struct kevent *event)
{
    struct note *note = notes, *unused = NULL;
    for (; note < notes + 256; note++) {
        if (note->used && note->set == set && note->event.ident == event->ident &&
            note->event.filter == event->filter)
            break;
        if (!note->used && !unused)
            unused = note;
    }
    bool there = note < notes + 256;
    if (!there && !(event->flags & EV_ADD))
        return errno = ENOENT, -1;
    if (event->flags & EV_DELETE)
        return drop(note), 0;
    if (!there)
        return add(set, unused, event); /* NOTE_TRIGGER does nothing yet, as on FreeBSD */
    if (event->filter == EVFILT_USER && event->fflags & NOTE_TRIGGER)
        eventfd_write(note->fd, 1);
    return 0;
}

/* What is there, PROC events for the last time. */
static int take(int set, struct kevent *events, int most, int timeout_ms)
{
    struct epoll_event ready[64];
    int count = epoll_wait(set, ready, most < 64 ? most : 64, timeout_ms);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < count; i++) {
        struct note *note = &notes[ready[i].data.u32];
        events[i] = note->event;
        if (note->event.filter == EVFILT_PROC)
            drop(note);
    }
    pthread_mutex_unlock(&lock);
    return count;
}

int kevent(int set, const struct kevent *changes, standin_count nchanges, struct kevent *events,
           standin_count nevents, const struct timespec *timeout)
{
    enum standin_call call = nchanges == 0                    ? STANDIN_EVENTS
                             : changes->filter == EVFILT_PROC ? STANDIN_REGISTER
                             : changes->filter == EVFILT_USER ? STANDIN_USER
                                                              : STANDIN_READ;
    if (standin_fails(call))
        return -1;
    if (set < 0 || set >= 1024 || !is_set[set])
        return errno = EBADF, -1;
    if (nchanges == 0)
        return take(set, events, (int)nevents, timeout ? (int)timeout->tv_sec * 1000 : -1);
    pthread_mutex_lock(&lock);
    int failed = apply(set, changes);
    pthread_mutex_unlock(&lock);
    return failed;
}

/* ---- Who has a number ---------------------------------------------------- */

bool standin_stat(pid_t pid, char *state_ret, unsigned long long *start_ret)
{
    char name[64], text[1024] = "";
    snprintf(name, sizeof name, "/proc/%d/stat", (int)pid);
    FILE *file = pid ? fopen(name, "r") : NULL;
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    const char *rest = length ? strrchr(text, ')') : NULL;
    errno = ESRCH;
    return rest && sscanf(rest,
                          ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
                          "%*d %*d %llu",
                          state_ret, start_ret) == 2;
}

int standin_path(pid_t pid, char *path, size_t size)
{
    char name[64], text[PATH_MAX + 1];
    struct stat status;
    if (standin.path)
        return snprintf(path, size, "%s", standin.path), 0;
    snprintf(name, sizeof name, "/proc/%d/exe", (int)pid);
    ssize_t length = readlink(name, text, sizeof text - 1);
    if (pid == 0 || length < 0 || stat(name, &status) != 0)
        return errno = ESRCH, -1;
    if ((size_t)length >= size)
        return errno = ENOSPC, -1;
    text[length] = '\0';
    char *deleted = strstr(text, " (deleted)");
    if (status.st_nlink == 0 && deleted)
        *deleted = '\0';
    memcpy(path, text, strlen(text) + 1);
    return status.st_nlink == 0 ? (errno = ENOENT, -1) : 0;
}

/* ---- Signals by number ---------------------------------------------------- */

/* A zombie takes any signal. */
int __wrap_kill(pid_t number, int signal)
{
    if (standin_fails(STANDIN_KILL))
        return -1;
    pid_t pid = standin_owner((uint32_t)number);
    if (pid == 0)
        return errno = ESRCH, -1;
    return __real_kill(pid, signal);
}
