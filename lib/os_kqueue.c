/*
 * os_kqueue.c: processes followed by kqueue, on macOS and the BSDs: opening, liveness,
 * waiting, watches, signals. Images are in os_kqueue_image.c.
 *
 * A kqueue follows a process by EVFILT_PROC: registered under a number, the event belongs
 * to the process that has the number at that moment, and to none that gets it later.
 *
 * Why a process that os_process_open() returns and os_process_is_alive() calls alive is
 * the one that was looked at:
 *
 *     register  the process P that has the number is in our kqueue
 *     look      whoever has the number is no zombie and not exiting; `unique` is its own
 *     alive     the kqueue has no NOTE_EXIT
 *
 * P's exit posts NOTE_EXIT before its number can be given away, so without the event P had
 * the number at `look` and all the while before: it was P that was looked at. P was not
 * exiting at `look`, after it had been registered, so that its event was still to come and
 * none can have been missed. What is exiting or a zombie at `look` is latched as exited:
 * there the event may have been posted before we registered, and would never come.
 *
 * NOTE_EXIT is handed out once. Whoever takes it latches it, under a lock, so that nobody
 * finds the kqueue empty between the taking and the latch; and triggers a user event in its
 * place, which stays, so that poll() on the kqueue says readable for ever. [LIVE-2, LIVE-3]
 */
#define _GNU_SOURCE
#define _NETBSD_SOURCE

#include "os_kqueue.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/event.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* ---- The view: there is nothing to remember ----------------------------- */

struct os_view {
    pid_t owner;
};

os_view *os_view_new(void)
{
    os_view *view = malloc(sizeof *view);
    if (view)
        view->owner = getpid();
    return view;
}

void os_view_free(os_view *view)
{
    free(view);
}

bool os_view_is_current(const os_view *view)
{
    return view->owner == getpid();
}

/* ---- kqueues ------------------------------------------------------------- */

/* A kqueue that no program started by us inherits. -1: errno. */
static int new_kqueue(void)
{
    int set = kqueue();
    if (set >= 0 && fcntl(set, F_SETFD, FD_CLOEXEC) != 0) {
        int code = errno;
        close(set);
        errno = code;
        return -1;
    }
    return set;
}

/* Interrupted after a change was made, it is made again, which changes nothing. */
static int change(int set, struct kevent event)
{
    int failed;
    do
        failed = kevent(set, &event, 1, NULL, 0, NULL);
    while (failed < 0 && errno == EINTR);
    return failed < 0 ? -1 : 0;
}

/*
 * From now on `set` is readable. In two steps: FreeBSD and NetBSD do not look for NOTE_TRIGGER
 * in the call that adds the event (filt_userattach() in their kern_event.c).
 */
static int make_readable(int set)
{
    if (change(set, (struct kevent){.filter = EVFILT_USER, .flags = EV_ADD}))
        return -1;
    return change(set, (struct kevent){.filter = EVFILT_USER, .fflags = NOTE_TRIGGER});
}

/* ---- Opening ------------------------------------------------------------- */

bool os_pid_is_valid(uint32_t pid)
{
    return pid > 0 && pid <= INT_MAX;
}

static pidproof_reason nobody(struct os_failure *failure)
{
    *failure = (struct os_failure){.code = ESRCH, .doing = "looking for the number"};
    return PIDPROOF_NOT_FOUND;
}

static pidproof_reason follow(os_process *process, struct os_failure *failure)
{
    bool exited = false;
    process->kqueue = new_kqueue();
    if (process->kqueue < 0)
        return os_failed(PIDPROOF_HANDLE_FAILED, "making a kqueue", failure);
    if (change(process->kqueue, (struct kevent){.ident = process->pid,
                                                .filter = EVFILT_PROC,
                                                .flags = EV_ADD,
                                                .fflags = NOTE_EXIT})) {
        /* All but FreeBSD say so of a zombie as well, of which kill(0) says that it is there. */
        if (errno == ESRCH)
            return nobody(failure);
        return os_failed(PIDPROOF_HANDLE_FAILED, "registering it with kqueue", failure);
    }
    if (backend_look(process, &exited))
        return os_failed(PIDPROOF_HANDLE_FAILED, "asking who has the number", failure);
    process->exited = exited;
    if (exited && make_readable(process->kqueue))
        return os_failed(PIDPROOF_HANDLE_FAILED, "noting that it has exited", failure);
    return PIDPROOF_OK;
}

pidproof_reason os_process_open(os_view *view, uint32_t pid, os_process **process_ret,
                                struct os_failure *failure)
{
    (void)view;
    os_process *process = calloc(1, sizeof *process);
    if (!process || pthread_mutex_init(&process->ask, NULL) != 0) {
        free(process);
        errno = ENOMEM;
        return os_failed(PIDPROOF_HANDLE_FAILED, "holding the process", failure);
    }
    process->pid = pid;
    process->owner = getpid();
    pidproof_reason reason = follow(process, failure);
    if (reason)
        os_process_close(process);
    else
        *process_ret = process;
    return reason;
}

void os_process_close(os_process *process)
{
    if (!process)
        return;
    /* In a forked child the number of the kqueue may by now be somebody else's descriptor. */
    if (process->kqueue >= 0 && process->owner == getpid())
        close(process->kqueue);
    pthread_mutex_destroy(&process->ask);
    free(process->path);
    free(process);
}

bool os_process_is_bound(const os_process *process)
{
    (void)process;
    return true;
}

os_fd os_process_descriptor(const os_process *process)
{
    return process->kqueue;
}

/* ---- Liveness ------------------------------------------------------------ */

/* Takes the event if there is one. 1 exited, 0 not yet, -1: errno. With the lock held. */
static int take_exit(os_process *process)
{
    struct kevent event;
    const struct timespec now = {0};
    int count;
    if (process->exited)
        return 1;
    if (process->owner != getpid()) {
        errno = ECHILD; /* kqueues stay with the process that made them */
        return -1;
    }
    do
        count = kevent(process->kqueue, NULL, 0, &event, 1, &now);
    while (count < 0 && errno == EINTR);
    if (count <= 0)
        return count;
    process->exited = true;
    /* If this fails, waiting threads and pollers do not learn it; the latch stands. */
    if (make_readable(process->kqueue))
        return -1;
    return 1;
}

pidproof_reason os_process_is_alive(os_process *process, bool often, bool *alive_ret,
                                    struct os_failure *failure)
{
    (void)often;
    pthread_mutex_lock(&process->ask);
    int exited = take_exit(process);
    int code = errno;
    pthread_mutex_unlock(&process->ask);
    errno = code;
    if (exited < 0)
        return os_failed(PIDPROOF_HANDLE_FAILED, "asking its kqueue", failure);
    *alive_ret = exited == 0;
    return PIDPROOF_OK;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits by poll(), which takes nothing: several may wait, and nobody steals the event. */
pidproof_reason os_process_wait(os_process *process, int64_t timeout_ms, bool *exited_ret,
                                struct os_failure *failure)
{
    int64_t now = now_ms();
    int64_t end = timeout_ms < 0 || timeout_ms > INT64_MAX - now ? INT64_MAX : now + timeout_ms;
    for (;;) {
        bool alive;
        pidproof_reason reason = os_process_is_alive(process, false, &alive, failure);
        if (reason)
            return reason;
        int64_t left = end > now ? end - now : 0;
        if (!alive || left == 0) {
            *exited_ret = !alive;
            return PIDPROOF_OK;
        }
        struct pollfd poller = {.fd = process->kqueue, .events = POLLIN};
        if (poll(&poller, 1, left > INT_MAX ? INT_MAX : (int)left) < 0 && errno != EINTR)
            return os_failed(PIDPROOF_HANDLE_FAILED, "waiting for it to exit", failure);
        now = now_ms();
    }
}

/* ---- Signals and numbers ------------------------------------------------- */

static int number_of(enum os_signal signal)
{
    return signal == OS_TERMINATE ? SIGTERM : SIGKILL;
}

static pidproof_reason sent(int code, struct os_failure *failure)
{
    if (!code)
        return PIDPROOF_OK;
    *failure = (struct os_failure){.code = code, .doing = "sending the signal"};
    return PIDPROOF_HANDLE_FAILED;
}

/* A zombie takes any signal and does nothing with it: it is gone. [SIG-4] */
pidproof_reason os_process_signal(os_process *process, enum os_signal signal,
                                  struct os_failure *failure)
{
    bool alive;
    pidproof_reason reason = os_process_is_alive(process, false, &alive, failure);
    if (reason)
        return reason;
    return sent(alive ? backend_signal(process, number_of(signal)) : ESRCH, failure);
}

pidproof_reason os_pid_signal(uint32_t pid, enum os_signal signal, struct os_failure *failure)
{
    os_process *process;
    pidproof_reason reason = os_process_open(NULL, pid, &process, failure);
    if (reason == PIDPROOF_NOT_FOUND)
        return PIDPROOF_HANDLE_FAILED; /* with ESRCH [SIG-4] */
    /* NetBSD: it lives and is not ours to follow; kill() says whether it is to signal. [SIG-5] */
    if (reason && failure->code == EACCES)
        return sent(kill((pid_t)pid, number_of(signal)) == 0 ? 0 : errno, failure);
    if (reason)
        return reason;
    reason = os_process_signal(process, signal, failure);
    os_process_close(process);
    return reason;
}

bool os_pid_is_alive(uint32_t pid)
{
    struct os_failure ignored;
    os_process *process;
    bool alive = true;
    pidproof_reason reason = os_process_open(NULL, pid, &process, &ignored);
    if (reason == PIDPROOF_NOT_FOUND)
        return false;
    if (reason) /* all that is known is whether there is somebody [LOOK-2] */
        return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
    if (os_process_is_alive(process, false, &alive, &ignored))
        alive = true; /* it was there to be opened */
    os_process_close(process);
    return alive;
}

/* ---- Watches ------------------------------------------------------------- */

/*
 * A kqueue of the processes' kqueues: each is readable once its process has exited, and
 * stays so. Registered by descriptor, not by number: whoever gets a number later plays no
 * part, and two handles on one process do not replace each other. [WATCH-2..4]
 */
struct os_watch {
    pid_t owner;
    int kqueue;
};

pidproof_reason os_watch_new(os_watch **watch_ret, struct os_failure *failure)
{
    os_watch *watch = malloc(sizeof *watch);
    if (!watch) {
        errno = ENOMEM;
        return os_failed(PIDPROOF_HANDLE_FAILED, "making a watch", failure);
    }
    *watch = (os_watch){.owner = getpid(), .kqueue = new_kqueue()};
    if (watch->kqueue < 0 ||
        change(watch->kqueue, (struct kevent){.filter = EVFILT_USER, .flags = EV_ADD})) {
        pidproof_reason reason = os_failed(PIDPROOF_HANDLE_FAILED, "making a kqueue", failure);
        os_watch_free(watch);
        return reason;
    }
    *watch_ret = watch;
    return PIDPROOF_OK;
}

void os_watch_free(os_watch *watch)
{
    if (!watch)
        return;
    if (watch->kqueue >= 0 && watch->owner == getpid())
        close(watch->kqueue);
    free(watch);
}

pidproof_reason os_watch_add(os_watch *watch, os_process *process, void *key,
                             struct os_failure *failure)
{
    if (change(watch->kqueue, (struct kevent){.ident = (uintptr_t)process->kqueue,
                                              .filter = EVFILT_READ,
                                              .flags = EV_ADD,
                                              .udata = key}))
        return os_failed(PIDPROOF_HANDLE_FAILED, "adding its kqueue to the watch's", failure);
    return PIDPROOF_OK;
}

void os_watch_remove(os_watch *watch, os_process *process)
{
    change(watch->kqueue, (struct kevent){.ident = (uintptr_t)process->kqueue,
                                          .filter = EVFILT_READ,
                                          .flags = EV_DELETE});
}

pidproof_reason os_watch_collect(os_watch *watch, bool wait, void **keys_ret, size_t capacity,
                                 size_t *count_ret, struct os_failure *failure)
{
    struct kevent events[64];
    const struct timespec now = {0};
    uint8_t most = capacity < 64 ? (uint8_t)capacity : 64; /* kevent() takes int, or size_t */
    int ready;
    do
        ready = kevent(watch->kqueue, NULL, 0, events, most, wait ? NULL : &now);
    while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return os_failed(PIDPROOF_HANDLE_FAILED, "asking the watch's kqueue", failure);
    size_t count = 0;
    for (int i = 0; i < ready; i++)
        if (events[i].filter == EVFILT_READ)
            keys_ret[count++] = events[i].udata;
    *count_ret = count;
    return PIDPROOF_OK;
}

void os_watch_wake(os_watch *watch)
{
    change(watch->kqueue, (struct kevent){.filter = EVFILT_USER, .fflags = NOTE_TRIGGER});
}
