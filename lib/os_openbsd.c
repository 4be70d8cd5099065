/*
 * os_openbsd.c: OpenBSD (from 7.8 on: kqueue(2) has EVFILT_USER): what it adds to os_bsd.c: who
 * has a number, and its image. The names are those of sysctl(2); struct kinfo_proc is that of
 * kvm_getprocs(3), struct kinfo_file that of kvm_getfiles(3).
 *
 * A program that called pledge(2) needs the promises "proc" (for kqueue) and "ps" (for sysctl).
 * A program may hold 1,024 user events, and each handle on a process that has exited is one.
 *
 * Not run on OpenBSD by us so far, nor compiled against its own headers: its logic runs on a
 * stand-in (tests/darwin_standin). What is said of its kernel is from its published sources.
 */
#include "os_bsd.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/proc.h>
#include <sys/sysctl.h>

/* ---- Who has a number ---------------------------------------------------- */

int backend_look(os_process *process, bool *exited_ret)
{
    struct kinfo_proc status;
    int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, (int)process->pid, (int)sizeof status, 1};
    size_t size = sizeof status;
    if (bsd_sysctl(name, 6, &status, &size))
        return -1;
    if (size == 0) { /* nobody */
        *exited_ret = true;
        return 0;
    }
    if (size != sizeof status || status.p_pid != (int32_t)process->pid) {
        errno = EPROTO; /* not the system that we were built for */
        return -1;
    }
    *exited_ret = (status.p_psflags & (PS_EXITING | PS_ZOMBIE)) != 0;
    return 0;
}

/* ---- The running image --------------------------------------------------- */

/*
 * The system tells which file the image is (kern.file, where fstat(1) has its "text" from), and
 * no path. So the recorded path is looked at: if it leads to that file it is the image's, and
 * says more of the file, and opens it. Whatever it leads to, os_path_names() judges. [EXE-8]
 */

/* 0; or -1 with errno, ENOENT where there is no image. */
static int find_text(uint32_t pid, struct os_file *file_ret)
{
    int name[] = {CTL_KERN, KERN_FILE, KERN_FILE_BYPID, (int)pid, (int)sizeof(struct kinfo_file),
                  INT_MAX};
    size_t size;
    struct kinfo_file *files = bsd_table(name, 6, &size);
    if (!files)
        return -1;
    bool found = false;
    for (size_t i = 0; i < size / sizeof *files; i++)
        if (files[i].fd_fd == KERN_FILE_TEXT) {
            *file_ret = (struct os_file){
                .volume = (uint64_t)(dev_t)files[i].va_fsid,
                .id = {files[i].va_fileid},
                .links = 1, /* each of its names is as good as the others [EXE-9] */
                .size = files[i].va_size,
                .regular = true,
            };
            found = true;
        }
    free(files);
    errno = ENOENT;
    return found ? 0 : -1;
}

/* All that there is to say of the image where the path in the process leads to it. */
static pidproof_reason find_image(const os_process *process, struct os_file *file_ret,
                                  bool *named_ret, struct os_failure *failure)
{
    struct os_file text, named;
    if (find_text(process->pid, &text))
        return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, "asking for the running image", failure);
    *named_ret = process->path && !kqueue_look_up(process->path, &named) &&
                 named.volume == text.volume && named.id[0] == text.id[0];
    *file_ret = *named_ret ? named : text;
    return PIDPROOF_OK;
}

pidproof_reason os_process_image_file(os_view *view, os_process *process, struct os_file *file_ret,
                                      struct os_failure *failure)
{
    bool named;
    (void)view;
    return find_image(process, file_ret, &named, failure);
}

pidproof_reason os_process_image(os_view *view, os_process *process, const char *recorded,
                                 struct os_image *image_ret, struct os_failure *failure)
{
    struct os_file file;
    bool named;
    (void)view;
    char *path = recorded ? strdup(recorded) : NULL;
    if (recorded && !path) {
        errno = ENOMEM;
        return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, "keeping the image's path", failure);
    }
    free(process->path);
    process->path = path;
    pidproof_reason reason = find_image(process, &file, &named, failure);
    if (reason)
        return reason;
    char *copy = named ? strdup(path) : NULL;
    if (named && !copy) {
        errno = ENOMEM;
        return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, "keeping the image's path", failure);
    }
    *image_ret = (struct os_image){.file = file, .path = copy};
    return PIDPROOF_OK;
}

/* digest.c holds what was opened against the image's file, and verify.c looks again. [HASH-3] */
pidproof_reason os_process_image_open(os_view *view, os_process *process, os_fd *fd_ret,
                                      struct os_failure *failure)
{
    (void)view;
    if (process->path)
        return os_file_open(process->path, fd_ret, failure);
    *failure = (struct os_failure){.code = ENOENT, .doing = "opening an image without a path"};
    return PIDPROOF_EXE_UNHASHABLE;
}
