/* reference_posix.c: see reference_system.h. */
#define _POSIX_C_SOURCE 200809L /* fdopen, clock_gettime */

#include "reference_system.h"

#include <time.h>

void system_bytes(void)
{
}

FILE *system_stream(int descriptor, const char *mode)
{
    return fdopen(descriptor, mode);
}

int64_t system_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
