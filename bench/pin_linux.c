/*
 * Pinning threads to CPUs on Linux, see target.h. Where it is not allowed nothing
 * happens: the figures then have more noise, which their spread shows.
 */
#define _GNU_SOURCE

#include "target.h"

#include <sched.h>

/* The CPUs that this process may use, as they were before anything was pinned. */
static cpu_set_t allowed;
static bool known;

static void learn(void)
{
    if (!known)
        known = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
}

/* `thread` 0: the calling one. */
static void pin(pid_t thread, int index)
{
    cpu_set_t one;
    learn();
    if (!known)
        return;
    /* From the last CPU down: the first ones serve most interrupts. */
    int wanted = index % CPU_COUNT(&allowed);
    for (size_t cpu = CPU_SETSIZE; cpu-- > 0;) {
        if (!CPU_ISSET(cpu, &allowed) || wanted-- > 0)
            continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        sched_setaffinity(thread, sizeof one, &one);
        return;
    }
}

void pin_thread(int index)
{
    pin(0, index);
}

void pin_target(uint32_t pid, int index)
{
    pin((pid_t)pid, index);
}

void unpin_thread(void)
{
    learn();
    if (known)
        sched_setaffinity(0, sizeof allowed, &allowed);
}
