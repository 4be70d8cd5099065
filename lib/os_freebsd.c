/*
 * os_freebsd.c: FreeBSD: what it adds to os_bsd.c: the boot id, who has a number, the path of
 * its image. kern.boot_id, KERN_PROC_PID and KERN_PROC_PATHNAME are those of sysctl(3).
 *
 * Where security.bsd.see_other_uids is 0, processes of others look like none at all to
 * every call that there is, and are told as such; nothing here can know better. [LOOK-8]
 *
 * Not run on FreeBSD by us so far, nor compiled against its own headers: its logic runs on a
 * stand-in (tests/darwin_standin).
 */
#define __BSD_VISIBLE 1

#include "os_bsd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/sysctl.h>
#include <sys/user.h>

/* ---- The boot ------------------------------------------------------------ */

/* kern.boottime moves with the clock. kern.boot_id is drawn at random at every boot; systems
 * that do not have it have nothing that would do. [BOOT-3] */
pidproof_reason os_boot_id(os_view *view, char **boot_id_ret, struct os_failure *failure)
{
    uint8_t bytes[16];
    size_t size;
    int failed;
    (void)view;
    do {
        size = sizeof bytes;
        failed = sysctlbyname("kern.boot_id", bytes, &size, NULL, 0);
    } while (failed && errno == EINTR);
    if (failed)
        return os_failed(PIDPROOF_BOOT_ID_UNAVAILABLE, "asking for kern.boot_id", failure);
    if (size != sizeof bytes) {
        *failure = (struct os_failure){.doing = "asking for kern.boot_id, which is no boot id"};
        return PIDPROOF_BOOT_ID_UNAVAILABLE;
    }
    char *text = malloc(2 * sizeof bytes + 1);
    if (!text) {
        errno = ENOMEM;
        return os_failed(PIDPROOF_BOOT_ID_UNAVAILABLE, "keeping the boot id", failure);
    }
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    *boot_id_ret = text;
    return PIDPROOF_OK;
}

/* ---- Who has a number ---------------------------------------------------- */

int backend_look(os_process *process, bool *exited_ret)
{
    int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, (int)process->pid};
    struct kinfo_proc status;
    size_t size = sizeof status;
    int failed = bsd_sysctl(name, 4, &status, &size);
    if (failed && errno != ESRCH)
        return -1;
    if (!failed && (size != sizeof status || status.ki_structsize != (int)sizeof status)) {
        errno = EPROTO; /* not the system that we were built for */
        return -1;
    }
    *exited_ret = failed || status.ki_stat == SZOMB || (status.ki_flag & P_WEXIT) != 0;
    return 0;
}

/* ---- The running image --------------------------------------------------- */

/* ENOENT for an image that was unlinked; empty, which no file is called, for a process of
 * the kernel. */
int backend_image_path(uint32_t pid, char path_ret[IMAGE_PATH_SIZE])
{
    int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, (int)pid};
    size_t size = IMAGE_PATH_SIZE - 1;
    if (bsd_sysctl(name, 4, path_ret, &size))
        return -1;
    path_ret[size] = '\0';
    return 0;
}
