/* standin_freebsd.c: what is FreeBSD's own of the stand-in (standin.h): sysctl. */
#define _GNU_SOURCE

#include <errno.h>
#include <string.h>
#include <sys/sysctl.h>
#include <sys/user.h>

#include "standin.h"

static int status_of(uint32_t number, struct kinfo_proc *status, size_t *size)
{
    char state;
    unsigned long long start;
    if (standin_fails(STANDIN_STATUS))
        return -1;
    if (!standin_stat(standin_owner(number), &state, &start))
        return errno = ESRCH, -1;
    if (*size < sizeof *status)
        return errno = ENOMEM, -1;
    *size = sizeof *status - (size_t)standin.missing;
    memset(status, 0, sizeof *status);
    status->ki_structsize = (int)sizeof *status + standin.grown;
    status->ki_stat = state == 'Z' ? SZOMB : SRUN;
    status->ki_flag = standin.exiting ? P_WEXIT : 0;
    return 0;
}

static int path_of(uint32_t number, char *path, size_t *size)
{
    if (standin_fails(STANDIN_PATH))
        return -1;
    if (standin_path(standin_owner(number), path, *size))
        return -1;
    *size = strlen(path) + 1;
    return 0;
}

int sysctl(const int *name, unsigned length, void *old, size_t *old_size, const void *new,
           size_t new_size)
{
    (void)new;
    (void)new_size;
    if (length != 4 || name[0] != CTL_KERN || name[1] != KERN_PROC)
        return errno = ENOENT, -1;
    if (name[2] == KERN_PROC_PID)
        return status_of((uint32_t)name[3], old, old_size);
    return path_of((uint32_t)name[3], old, old_size);
}

int sysctlbyname(const char *name, void *old, size_t *old_size, const void *new, size_t new_size)
{
    (void)new;
    (void)new_size;
    if (standin_fails(STANDIN_SYSCTL))
        return -1;
    if (strcmp(name, "kern.boot_id") != 0)
        return errno = ENOENT, -1;
    size_t length = 16 - (size_t)standin.missing;
    if (*old_size < length)
        return errno = ENOMEM, -1;
    memcpy(old, standin.boot, length);
    *old_size = length;
    return 0;
}
