/*
 * Right, as correct.c is, with habits of runtimes (the JVM, Go, Node) that are no fault: its
 * first call opens a descriptor that is kept for ever; a thread of its own asks again and again
 * how much memory there is for it and interrupts the other thread; and it remembers a call
 * that is not there. The explorer must find nothing, and miss nothing.
 */
#define _GNU_SOURCE
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void *disturb(void *main_thread)
{
    static const char *const files[] = {"/sys/fs/cgroup/memory.stat",
                                        "/sys/fs/cgroup/memory/memory.stat"};
    const struct timespec pause = {.tv_nsec = 200000}; /* it is not to take a processor */
    for (;;) {
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
            char bytes[4096];
            int fd = open(files[i], O_RDONLY | O_CLOEXEC);
            while (fd >= 0 && read(fd, bytes, sizeof bytes) > 0)
                ;
            close_quietly(fd);
        }
        pthread_kill(*(pthread_t *)main_thread, SIGURG); /* which is ignored */
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static void take_up_habits(void)
{
    static int kept = -1;
    static pthread_t self;
    pthread_t thread;
    if (kept >= 0)
        return;
    self = pthread_self();
    kept = epoll_create1(EPOLL_CLOEXEC);
    pthread_create(&thread, NULL, disturb, &self);
}

/* A look that says nothing, by the call that there is. */
static void look_around(void)
{
    static bool lacks_statx;
    struct statx more;
    struct stat less;
    if (!lacks_statx)
        lacks_statx = syscall(SYS_statx, AT_FDCWD, "/", 0, STATX_TYPE, &more) && errno == ENOSYS;
    if (lacks_statx)
        stat("/", &less);
}

int verify(const struct record *record, struct refusal *why)
{
    take_up_habits();
    look_around();
    if (!boot_is(record, why))
        return -1;
    int pidfd = open_process(record->pid);
    if (pidfd < 0) {
        *why = (struct refusal){errno == ESRCH ? "not_found" : "handle_failed", errno};
        return -1;
    }
    bool same = image_is(record, why);
    int lives = process_lives(pidfd);
    if (lives < 0)
        *why = (struct refusal){"handle_failed", errno};
    else if (lives == 0)
        *why = (struct refusal){"not_found", 0};
    if (same && lives > 0)
        return pidfd;
    close_quietly(pidfd);
    return -1;
}

int is_alive(int pidfd)
{
    return process_lives(pidfd);
}
