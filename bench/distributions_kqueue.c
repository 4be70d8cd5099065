/*
 * macOS and FreeBSD: single checks of their floor and of what programs do today. Compiled and
 * linked for macOS; not run by us so far.
 */
#define _DARWIN_C_SOURCE

#include "distributions.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/event.h>
#include <unistd.h>

static pid_t by_number;
static int queue = -1;

static bool floor_getppid(void)
{
    return getppid() >= 0;
}

static bool by_kill0(void)
{
    return kill(by_number, 0) == 0;
}

static bool by_kqueue(void)
{
    const struct timespec now = {0};
    struct kevent event;
    return kevent(queue, NULL, 0, &event, 1, &now) == 0;
}

const struct check system_checks[SYSTEM_CHECKS] = {
    {"floor/getppid", floor_getppid},
    {"baseline/kill0", by_kill0},
    {"baseline/poll_kqueue", by_kqueue},
};

bool system_begin(uint32_t held, uint32_t numbered)
{
    struct kevent exit;
    by_number = (pid_t)numbered;
    queue = kqueue();
    EV_SET(&exit, held, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, NULL);
    if (queue >= 0 && kevent(queue, &exit, 1, NULL, 0, NULL) == 0)
        return true;
    fprintf(stderr, "pidproof_distributions: watching a process: %s\n", strerror(errno));
    return false;
}

void system_end(void)
{
    if (queue >= 0)
        close(queue);
}
