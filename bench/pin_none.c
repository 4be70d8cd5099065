/*
 * Systems that put threads where they like, see target.h: macOS has no call for it, and on
 * FreeBSD we make none.
 */
#include "target.h"

void pin_thread(int index)
{
    (void)index;
}

void pin_target(uint32_t pid, int index)
{
    (void)pid;
    (void)index;
}

void unpin_thread(void)
{
}
