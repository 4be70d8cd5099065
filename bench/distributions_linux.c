/*
 * Linux: single checks of its floor and of what programs do today.
 */
#define _GNU_SOURCE /* syscall */

#include "distributions.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pid_t by_number;
static int pidfd = -1;

static bool floor_getppid(void)
{
    return getppid() >= 0;
}

static bool by_kill0(void)
{
    return kill(by_number, 0) == 0;
}

static bool by_poll(void)
{
    struct pollfd polled = {pidfd, POLLIN, 0};
    return poll(&polled, 1, 0) == 0;
}

const struct check system_checks[SYSTEM_CHECKS] = {
    {"floor/getppid", floor_getppid},
    {"baseline/kill0", by_kill0},
    {"baseline/poll_pidfd", by_poll},
};

bool system_begin(uint32_t held, uint32_t numbered)
{
    by_number = (pid_t)numbered;
    pidfd = (int)syscall(SYS_pidfd_open, (pid_t)held, 0);
    if (pidfd < 0)
        fprintf(stderr, "pidproof_distributions: opening a pidfd: %s\n", strerror(errno));
    return pidfd >= 0;
}

void system_end(void)
{
    if (pidfd >= 0)
        close(pidfd);
}
