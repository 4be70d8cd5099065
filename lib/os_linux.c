/*
 * os_linux.c: Linux, by pidfd and /proc: processes, signals, watches. The view and the boot id
 * are in os_linux_view.c, images and paths in os_linux_image.c, instance tokens in
 * os_linux_instance.c.
 *
 * By number is safe here: names below /proc are looked up by number between
 * pidfd_open() and a poll that says that the pidfd's process is alive, so the number was
 * that process's all the while (verify.c), provided that /proc counts in our own PID
 * namespace, which the view proved.
 *
 * Where pidfd_open() does not exist or a filter forbids it, a descriptor of /proc/PID stands
 * in: the kernel ties it to the process, and after that was reaped it answers ESRCH for ever,
 * whoever has the number. It cannot be waited for or signalled through, so such a handle
 * does not count as bound. [LOOK-7]
 */
#define _GNU_SOURCE

#include "os_linux.h"
#include "proc_text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* ---- Processes ---------------------------------------------------------- */

bool os_pid_is_valid(uint32_t pid)
{
    return pid > 0 && pid <= INT32_MAX;
}

/* Whether a process has this number; a thread's is none. Zombies pass. */
static bool number_is_taken(uint32_t pid)
{
    return syscall(SYS_tgkill, (pid_t)pid, (pid_t)pid, 0) == 0 || errno != ESRCH;
}

int linux_open_pidfd(uint32_t pid)
{
    int pidfd;
    do
        pidfd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0U);
    while (pidfd < 0 && errno == EINTR);
    return pidfd;
}

static bool no_such_primitive(int code)
{
    return code == ENOSYS || code == EPERM;
}

/* No process: ESRCH; a thread id: ENOENT, EINVAL before 6.15. Those mean other things as
 * well, so they are confirmed. [LOOK-3] */
static pidproof_reason pidfd_failed(uint32_t pid, struct os_failure *failure)
{
    pidproof_reason reason = os_failed(PIDPROOF_HANDLE_FAILED, "opening a pidfd", failure);
    if (failure->code == ESRCH ||
        ((failure->code == ENOENT || failure->code == EINVAL) && !number_is_taken(pid)))
        reason = PIDPROOF_NOT_FOUND;
    return reason;
}

os_process *linux_process_new(uint32_t pid, int pidfd, int dir)
{
    os_process *process = malloc(sizeof *process);
    if (process) {
        *process = (os_process){.pid = pid, .pidfd = pidfd, .dir = dir};
    } else {
        unix_close(pidfd);
        unix_close(dir);
        errno = ENOMEM;
    }
    return process;
}

pidproof_reason os_process_open(os_view *view, uint32_t pid, os_process **process_ret,
                                struct os_failure *failure)
{
    int dir = -1;
    int pidfd = linux_open_pidfd(pid);
    if (pidfd < 0 && !no_such_primitive(errno))
        return pidfd_failed(pid, failure);
    if (pidfd < 0) {
        char name[16];
        snprintf(name, sizeof name, "%u", (unsigned)pid);
        dir = view->proc < 0 ? -1 : unix_open(view->proc, name, O_PATH | O_DIRECTORY);
        if (dir < 0 && view->proc >= 0 && errno != ENOENT)
            return os_failed(PIDPROOF_HANDLE_FAILED, "opening /proc/PID", failure);
        /* /proc has directories of threads, too. Asked after opening it: if what we hold is
         * alive at the end, the number was its own now, and a process's. [LOOK-3] */
        if (!number_is_taken(pid)) {
            unix_close(dir);
            *failure = (struct os_failure){.code = ESRCH, .doing = "looking for the number"};
            return PIDPROOF_NOT_FOUND;
        }
        /* Not there although the number is taken: hidden from us. Its image will say so. */
    }
    os_process *process = linux_process_new(pid, pidfd, dir);
    if (!process)
        return os_failed(PIDPROOF_HANDLE_FAILED, "holding the process", failure);
    *process_ret = process;
    return PIDPROOF_OK;
}

void os_process_close(os_process *process)
{
    if (!process)
        return;
    if (process->set > 0)
        close(process->set - 1);
    unix_close(process->pidfd);
    unix_close(process->dir);
    free(process);
}

bool os_process_is_bound(const os_process *process)
{
    return process->pidfd >= 0;
}

os_fd os_process_descriptor(const os_process *process)
{
    return process->pidfd;
}

/* Polls the pidfd: 1 exited, 0 not yet, -1: errno. */
static int poll_pidfd(int pidfd, int timeout_ms)
{
    struct pollfd poller = {.fd = pidfd, .events = POLLIN};
    int count = poll(&poller, 1, timeout_ms);
    if (count > 0 && !(poller.revents & (POLLIN | POLLHUP))) {
        errno = EBADF;
        return -1;
    }
    return count;
}

/* Asks an epoll set without waiting. Not by the C library's epoll_wait(): a thread could be
 * cancelled in it, with a lock held. epoll_pwait, which sees to a signal mask first, is for
 * the newer architectures, which have nothing else. */
static int ask_set(int set, struct epoll_event *events, int most)
{
#ifdef SYS_epoll_wait
    return (int)syscall(SYS_epoll_wait, set, events, most, 0);
#else
    return (int)syscall(SYS_epoll_pwait, set, events, most, 0, NULL, (size_t)8);
#endif
}

/* Whether the calling thread is the one that may ask the process's epoll set: the first that
 * wants to. A thread is known by the address of what every thread has of its own. */
static bool is_asker(os_process *process)
{
    static _Thread_local char own;
    uintptr_t self = (uintptr_t)&own,
              asker = atomic_load_explicit(&process->asker, memory_order_relaxed);
    return asker == self ||
           (asker == 0 && atomic_compare_exchange_strong(&process->asker, &asker, self));
}

/*
 * An epoll set that holds the pidfd answers at the price of an empty system call, less than
 * poll. Only one thread asks it: while the kernel hands one thread the event it may tell
 * another that there is none (fixed in Linux 6.19 only). The others poll.
 */
static void make_own_set(os_process *process)
{
    struct epoll_event event = {.events = EPOLLIN};
    int set = epoll_create1(EPOLL_CLOEXEC);
    if (set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, process->pidfd, &event) != 0) {
        close(set);
        set = -1;
    }
    process->set = set < 0 ? -1 : set + 1;
}

/* Where there are no pidfds: 1 exited, 0 not yet, -1: errno. */
static int ask_proc(const os_process *process)
{
    char text[1024];
    if (process->dir < 0)
        return !number_is_taken(process->pid);
    if (unix_read_file(process->dir, "stat", text, sizeof text) < 0)
        return errno == ESRCH || (errno == ENOENT && !number_is_taken(process->pid)) ? 1 : -1;
    struct proc_stat stat;
    if (!proc_parse_stat(text, &stat)) {
        errno = EPROTO;
        return -1;
    }
    return stat.exited;
}

/* Out of line: the few registers that are left to save are a hundredth of an answer. */
__attribute__((noinline)) static int ask_anyhow(os_process *process, bool often)
{
    struct epoll_event event;
    if (process->pidfd < 0)
        return ask_proc(process);
    if (!often || !is_asker(process))
        return poll_pidfd(process->pidfd, 0);
    if (process->set == 0)
        make_own_set(process);
    return process->set < 0 ? poll_pidfd(process->pidfd, 0) : ask_set(process->set - 1, &event, 1);
}

pidproof_reason os_process_is_alive(os_process *process, bool often, bool *alive_ret,
                                    struct os_failure *failure)
{
    struct epoll_event event;
    int exited = often && is_asker(process) && process->set > 0
                     ? ask_set(process->set - 1, &event, 1)
                     : ask_anyhow(process, often);
    while (exited < 0 && errno == EINTR)
        exited = ask_anyhow(process, often);
    if (exited < 0)
        return os_failed(PIDPROOF_HANDLE_FAILED, "asking whether it is alive", failure);
    *alive_ret = !exited;
    return PIDPROOF_OK;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

pidproof_reason os_process_wait(os_process *process, int64_t timeout_ms, bool *exited_ret,
                                struct os_failure *failure)
{
    if (process->pidfd < 0) {
        *failure = (struct os_failure){.code = ENOSYS, .doing = "waiting without a pidfd"};
        return PIDPROOF_HANDLE_FAILED;
    }
    int64_t now = now_ms();
    int64_t end = timeout_ms < 0 || timeout_ms > INT64_MAX - now ? INT64_MAX : now + timeout_ms;
    for (;;) {
        int64_t left = end > now ? end - now : 0;
        int exited = poll_pidfd(process->pidfd, left > INT_MAX ? INT_MAX : (int)left);
        if (exited < 0 && errno != EINTR)
            return os_failed(PIDPROOF_HANDLE_FAILED, "waiting for it to exit", failure);
        if (exited == 1 || (exited == 0 && left == 0)) {
            *exited_ret = exited == 1;
            return PIDPROOF_OK;
        }
        now = now_ms();
    }
}

/* ---- Signals and numbers ------------------------------------------------ */

static pidproof_reason signal_failed(int code, struct os_failure *failure)
{
    *failure = (struct os_failure){.code = code, .doing = "sending the signal"};
    return PIDPROOF_HANDLE_FAILED;
}

/* A zombie takes any signal and does nothing with it: it is gone. */
static pidproof_reason signal_pidfd(int pidfd, int number, struct os_failure *failure)
{
    int exited = poll_pidfd(pidfd, 0);
    while (exited < 0 && errno == EINTR)
        exited = poll_pidfd(pidfd, 0);
    if (exited != 0)
        return signal_failed(exited < 0 ? errno : ESRCH, failure);
    if (syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0U) != 0)
        return signal_failed(errno, failure);
    return PIDPROOF_OK;
}

static int number_of(enum os_signal signal)
{
    return signal == OS_TERMINATE ? SIGTERM : SIGKILL;
}

pidproof_reason os_process_signal(os_process *process, enum os_signal signal,
                                  struct os_failure *failure)
{
    if (process->pidfd < 0) {
        *failure = (struct os_failure){.code = ENOSYS, .doing = "signalling without a pidfd"};
        return PIDPROOF_HANDLE_FAILED;
    }
    return signal_pidfd(process->pidfd, number_of(signal), failure);
}

/* Without pidfds, or without a descriptor to spare, by way of /proc. */
static bool number_is_alive(uint32_t pid)
{
    bool alive = number_is_taken(pid); /* nothing better is known */
    os_view *view = alive ? os_view_new() : NULL;
    char name[16];
    snprintf(name, sizeof name, "%u", (unsigned)pid);
    if (view && view->proc >= 0) {
        os_process process = {.pid = pid, .pidfd = -1};
        process.dir = unix_open(view->proc, name, O_PATH | O_DIRECTORY);
        int exited = process.dir < 0 ? -1 : ask_proc(&process);
        unix_close(process.dir);
        if (exited >= 0)
            alive = !exited;
    }
    os_view_free(view);
    return alive;
}

pidproof_reason os_pid_signal(uint32_t pid, enum os_signal signal, struct os_failure *failure)
{
    int pidfd = linux_open_pidfd(pid);
    if (pidfd >= 0) {
        pidproof_reason reason = signal_pidfd(pidfd, number_of(signal), failure);
        close(pidfd);
        return reason;
    }
    if (!no_such_primitive(errno)) {
        /* Gone and a thread's number are one thing to whoever signals by number. */
        if (pidfd_failed(pid, failure) == PIDPROOF_NOT_FOUND)
            return signal_failed(ESRCH, failure);
        return PIDPROOF_HANDLE_FAILED;
    }
    /* kill() would take a thread id for its process, and a zombie for a living one. [SIG-4, 7] */
    if (!number_is_alive(pid))
        return signal_failed(ESRCH, failure);
    return kill((pid_t)pid, number_of(signal)) == 0 ? PIDPROOF_OK : signal_failed(errno, failure);
}

bool os_pid_is_alive(uint32_t pid)
{
    int pidfd = linux_open_pidfd(pid);
    if (pidfd < 0)
        return errno != ESRCH && number_is_alive(pid);
    int exited = poll_pidfd(pidfd, 0);
    while (exited < 0 && errno == EINTR)
        exited = poll_pidfd(pidfd, 0);
    close(pidfd);
    return exited != 1; /* it was there to be opened */
}

/* ---- Watches ------------------------------------------------------------ */

struct os_watch {
    int set;  /* epoll set of pidfds, each with its key */
    int wake; /* readable, and in the set with key NULL, once it shall not wait any more */
};

pidproof_reason os_watch_new(os_watch **watch_ret, struct os_failure *failure)
{
    os_watch *watch = malloc(sizeof *watch);
    if (!watch) {
        errno = ENOMEM;
        return os_failed(PIDPROOF_HANDLE_FAILED, "making a watch", failure);
    }
    struct epoll_event event = {.events = EPOLLIN};
    watch->set = epoll_create1(EPOLL_CLOEXEC);
    watch->wake = watch->set < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (watch->wake < 0 || epoll_ctl(watch->set, EPOLL_CTL_ADD, watch->wake, &event) != 0) {
        pidproof_reason reason = os_failed(PIDPROOF_HANDLE_FAILED, "making an epoll set", failure);
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
    if (watch->wake >= 0)
        close(watch->wake);
    if (watch->set >= 0)
        close(watch->set);
    free(watch);
}

pidproof_reason os_watch_add(os_watch *watch, os_process *process, void *key,
                             struct os_failure *failure)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = key};
    if (process->pidfd < 0) {
        *failure = (struct os_failure){.code = ENOSYS, .doing = "watching without a pidfd"};
        return PIDPROOF_HANDLE_FAILED;
    }
    if (epoll_ctl(watch->set, EPOLL_CTL_ADD, process->pidfd, &event) != 0)
        return os_failed(PIDPROOF_HANDLE_FAILED, "adding its pidfd to the epoll set", failure);
    return PIDPROOF_OK;
}

void os_watch_remove(os_watch *watch, os_process *process)
{
    struct epoll_event unused = {0};
    epoll_ctl(watch->set, EPOLL_CTL_DEL, process->pidfd, &unused);
}

pidproof_reason os_watch_collect(os_watch *watch, bool wait, void **keys_ret, size_t capacity,
                                 size_t *count_ret, struct os_failure *failure)
{
    struct epoll_event events[64];
    int most = capacity < 64 ? (int)capacity : 64;
    int ready;
    do
        ready = wait ? epoll_wait(watch->set, events, most, -1) : ask_set(watch->set, events, most);
    while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return os_failed(PIDPROOF_HANDLE_FAILED, "asking the epoll set", failure);
    size_t count = 0;
    for (int i = 0; i < ready; i++)
        if (events[i].data.ptr)
            keys_ret[count++] = events[i].data.ptr;
    *count_ret = count;
    return PIDPROOF_OK;
}

void os_watch_wake(os_watch *watch)
{
    eventfd_write(watch->wake, 1);
}
