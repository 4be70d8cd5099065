/* standin_openbsd.c: what is OpenBSD's own of the stand-in (standin.h): sysctl. */
#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/sysctl.h>

#include "standin.h"

/* Nobody is an answer of no bytes. */
static int status_of(uint32_t number, struct kinfo_proc *status, size_t *size)
{
    char state;
    unsigned long long start;
    if (standin_fails(STANDIN_STATUS))
        return -1;
    if (!standin_stat(standin_owner(number), &state, &start))
        return *size = 0, 0;
    if (*size < sizeof *status)
        return errno = ENOMEM, -1;
    *size = sizeof *status - (size_t)standin.missing;
    memset(status, 0, sizeof *status);
    status->p_pid = (int32_t)number + standin.shifted;
    status->p_psflags = (state == 'Z' ? PS_ZOMBIE : 0) | (standin.exiting ? PS_EXITING : 0);
    return 0;
}

/* Its directory, and its image, also where that has no path any more. */
static int files_of(uint32_t number, void *table, size_t *size)
{
    char name[64];
    struct stat status;
    struct kinfo_file files[2] = {{.fd_fd = KERN_FILE_CDIR}, {.fd_fd = KERN_FILE_TEXT}};
    pid_t pid = standin_owner(number);
    if (standin_fails(STANDIN_TABLE))
        return -1;
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "/proc/%d/%s", (int)pid, i == 0 ? "cwd" : "exe");
        if (pid == 0 || stat(name, &status) != 0)
            return errno = ESRCH, -1;
        files[i].va_fsid = (uint32_t)status.st_dev + (unsigned)standin.volume;
        files[i].va_fileid = (uint64_t)status.st_ino;
        files[i].va_size = (uint64_t)status.st_size;
    }
    size_t room = *size;
    *size = standin.no_image ? sizeof *files : sizeof files;
    if (!table)
        return 0;
    if (room < *size)
        return errno = ENOMEM, -1;
    memcpy(table, files, *size);
    return 0;
}

int sysctl(const int *name, unsigned length, void *old, size_t *old_size, void *new,
           size_t new_size)
{
    (void)new;
    (void)new_size;
    if (length == 6 && name[0] == CTL_KERN && name[1] == KERN_PROC && name[2] == KERN_PROC_PID &&
        name[4] == sizeof(struct kinfo_proc) && name[5] == 1)
        return status_of((uint32_t)name[3], old, old_size);
    if (length == 6 && name[0] == CTL_KERN && name[1] == KERN_FILE && name[2] == KERN_FILE_BYPID &&
        name[4] == sizeof(struct kinfo_file) && name[5] > 0)
        return files_of((uint32_t)name[3], old, old_size);
    return errno = ENOENT, -1;
}
