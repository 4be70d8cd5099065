/*
 * os_no_ahead.c: for systems on which nothing is fetched ahead: hashing does without.
 */
#include "os.h"

#include <stddef.h>

os_ahead *os_ahead_new(os_fd fd)
{
    (void)fd;
    return NULL;
}

void os_ahead_free(os_ahead *ahead)
{
    (void)ahead;
}

void os_ahead_fetch(os_ahead *ahead, uint64_t offset, size_t length)
{
    (void)ahead;
    (void)offset;
    (void)length;
}
