/* reference_posix.c: see reference_system.h. */
#define _POSIX_C_SOURCE 200809L /* fdopen, clock_gettime */

#include "reference_system.h"

#include <errno.h>
#include <stddef.h>
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

const char *system_error_name(int64_t code)
{
    static const struct {
        int code;
        const char *name;
    } names[] = {
#define NAMED(code) {code, #code}
        NAMED(EPERM),  NAMED(ENOENT),  NAMED(ESRCH),  NAMED(EINTR),   NAMED(EIO),
        NAMED(ENXIO),  NAMED(EBADF),   NAMED(EAGAIN), NAMED(ENOMEM),  NAMED(EACCES),
        NAMED(EBUSY),  NAMED(ENODEV),  NAMED(EISDIR), NAMED(ENOTDIR), NAMED(EINVAL),
        NAMED(ENFILE), NAMED(EMFILE),  NAMED(EFBIG),  NAMED(ENOSPC),  NAMED(EROFS),
        NAMED(EPIPE),  NAMED(ENOTSUP), NAMED(ENOSYS), NAMED(ELOOP),   NAMED(ENAMETOOLONG),
        NAMED(ESTALE), NAMED(ETXTBSY),
#undef NAMED
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].code == code)
            return names[i].name;
    return NULL;
}
