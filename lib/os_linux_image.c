/*
 * os_linux_image.c: the Linux backend's files: the running images of processes, what
 * recorded paths name, and which digests may be remembered.
 */
#define _GNU_SOURCE

#include "os_linux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* Younger than the C library's headers may be. */
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x00004000U
#endif

/* ---- Looking at files --------------------------------------------------- */

int linux_statx(int at, const char *name, int flags, unsigned mask, struct statx *status)
{
    int failed;
    do
        failed = (int)syscall(SYS_statx, at, name, flags | AT_NO_AUTOMOUNT, mask, status);
    while (failed && errno == EINTR);
    return failed;
}

static int64_t nanoseconds(int64_t seconds, uint32_t rest)
{
    return seconds * 1000000000 + rest;
}

struct os_file linux_file(const struct statx *status)
{
    return (struct os_file){
        .volume = makedev(status->stx_dev_major, status->stx_dev_minor),
        .id = {status->stx_ino},
        .mount = status->stx_mask & STATX_MNT_ID_UNIQUE ? status->stx_mnt_id : 0,
        .links = status->stx_nlink,
        .size = status->stx_size,
        .modified_ns = nanoseconds(status->stx_mtime.tv_sec, status->stx_mtime.tv_nsec),
        .changed_ns = nanoseconds(status->stx_ctime.tv_sec, status->stx_ctime.tv_nsec),
        .regular = (status->stx_mode & S_IFMT) == S_IFREG,
    };
}

int linux_stat(int at, const char *name, int flags, struct os_file *file_ret)
{
    struct statx status;
    if (linux_statx(at, name, flags, STATX_BASIC_STATS | STATX_MNT_ID_UNIQUE, &status))
        return errno == ENOSYS || errno == EPERM ? unix_stat(at, name, file_ret) : -1;
    *file_ret = linux_file(&status);
    return 0;
}

uint32_t linux_file_system(int fd)
{
    struct statfs system;
    int failed;
    do
        failed = fstatfs(fd, &system);
    while (failed && errno == EINTR);
    return failed ? 0 : (uint32_t)system.f_type;
}

bool linux_same_file(const struct os_file *a, const struct os_file *b)
{
    return a->volume == b->volume && a->id[0] == b->id[0];
}

/* ---- The running image -------------------------------------------------- */

int linux_process_name(const os_view *view, const os_process *process, const char *what,
                       char name_ret[64])
{
    char number[16] = "", thread[32] = "";
    if (process->dir < 0)
        snprintf(number, sizeof number, "%u/", (unsigned)process->pid);
    if (process->thread)
        snprintf(thread, sizeof thread, "task/%d/", (int)process->thread);
    snprintf(name_ret, 64, "%s%s%s", number, thread, what);
    return process->dir < 0 ? view->proc : process->dir;
}

/*
 * A main thread that has exited has no image any more; the threads that live on have the
 * same one. Finds one of them. [LOOK-5]
 */
static bool find_living_thread(const os_view *view, os_process *process)
{
    char name[64];
    process->thread = 0;
    int at = linux_process_name(view, process, "task", name);
    int fd = unix_open(at, name, O_RDONLY | O_DIRECTORY);
    DIR *threads = fd < 0 ? NULL : fdopendir(fd);
    if (!threads) {
        unix_close(fd);
        return false;
    }
    struct dirent *entry;
    while (!process->thread && (entry = readdir(threads))) {
        char exe[sizeof entry->d_name + 8];
        struct os_file file;
        snprintf(exe, sizeof exe, "%s/exe", entry->d_name);
        if (entry->d_name[0] != '.' && linux_stat(dirfd(threads), exe, 0, &file) == 0)
            process->thread = (pid_t)strtol(entry->d_name, NULL, 10);
    }
    closedir(threads);
    errno = ENOENT;
    return process->thread != 0;
}

/* What can be done with the name of a running image. 0, or -1 with errno. */
static int image_stat(int at, const char *name, void *image_ret)
{
    return linux_stat(at, name, 0, &((struct os_image *)image_ret)->file);
}

static int image_stat_and_path(int at, const char *name, void *image_ret)
{
    struct os_image *image = image_ret;
    return image_stat(at, name, image) ? -1 : unix_read_link(at, name, &image->path);
}

static int image_open(int at, const char *name, void *fd_ret)
{
    *(int *)fd_ret = unix_open(at, name, O_RDONLY | O_NONBLOCK);
    return *(int *)fd_ret < 0 ? -1 : 0;
}

static int at_image(const os_view *view, os_process *process,
                    int (*act)(int at, const char *name, void *result), void *result,
                    const char **doing_ret)
{
    char name[64];
    if (view->proc < 0 && process->dir < 0) {
        errno = view->proc_code;
        *doing_ret = view->proc_doing;
        return -1;
    }
    *doing_ret = "looking at /proc/PID/exe";
    if (process->pidfd < 0 && process->dir < 0) {
        errno = ENOENT; /* hidden when it was opened; the number may be another's by now */
        return -1;
    }
    int at = linux_process_name(view, process, "exe", name);
    if (act(at, name, result) == 0)
        return 0;
    if ((errno != ENOENT && errno != ESRCH) || !find_living_thread(view, process))
        return -1;
    at = linux_process_name(view, process, "exe", name);
    return act(at, name, result);
}

pidproof_reason os_process_image(os_view *view, os_process *process, const char *recorded,
                                 struct os_image *image_ret, struct os_failure *failure)
{
    (void)recorded;
    const char *doing;
    struct os_image image;
    if (at_image(view, process, image_stat_and_path, &image, &doing))
        return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, doing, failure);
    *image_ret = image;
    return PIDPROOF_OK;
}

pidproof_reason os_process_image_file(os_view *view, os_process *process, struct os_file *file_ret,
                                      struct os_failure *failure)
{
    const char *doing;
    struct os_image image;
    if (at_image(view, process, image_stat, &image, &doing))
        return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, doing, failure);
    *file_ret = image.file;
    return PIDPROOF_OK;
}

pidproof_reason os_process_image_open(os_view *view, os_process *process, os_fd *fd_ret,
                                      struct os_failure *failure)
{
    const char *doing;
    int fd;
    if (at_image(view, process, image_open, &fd, &doing))
        return os_failed(PIDPROOF_EXE_UNHASHABLE, doing, failure);
    *fd_ret = fd;
    return PIDPROOF_OK;
}

pidproof_reason os_file_stat(os_fd fd, struct os_file *file_ret, struct os_failure *failure)
{
    if (linux_stat((int)fd, "", AT_EMPTY_PATH, file_ret))
        return os_failed(PIDPROOF_EXE_UNHASHABLE, "asking which file it is", failure);
    return PIDPROOF_OK;
}

/*
 * The file systems listed update a file's time of last change at every write, and at the
 * first store through a shared mapping made after the last one was taken away; no mapping
 * that can be written and no descriptor that can be written outlives exec (it fails with
 * ETXTBSY while there is one, and they fail while the image runs). Not listed: tmpfs, where
 * stores through a mapping leave no trace in the times; overlayfs, whose layers may be
 * written beside it; network file systems and FUSE, which promise nothing. And a device
 * number is given again: without the mount's own number, which never is, a file of another
 * disk that was mounted meanwhile could pass for this one.
 */
bool os_file_is_settled(os_fd fd, const struct os_file *file)
{
    struct utsname name;
    struct timespec now;
    if (!file->regular || !file->mount || uname(&name) != 0 ||
        clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0)
        return false;
    switch (linux_file_system((int)fd)) {
    case 0xef53:     /* ext2, ext3, ext4 */
    case 0x58465342: /* XFS */
    case 0x9123683e: /* Btrfs */
    case 0xf2f52010: /* F2FS */
        break;
    default:
        return false;
    }
    /* Linux 6.11 and 6.12 let a running image be written: the check was taken out, and put
     * back. Whole seconds: a file system that keeps no finer times. */
    bool can_be_written =
        strncmp(name.release, "6.11", 4) == 0 || strncmp(name.release, "6.12", 4) == 0;
    int64_t grain = file->changed_ns % 1000000000 ? 20000000 : 2000000000;
    return !can_be_written &&
           file->changed_ns + grain < nanoseconds(now.tv_sec, (uint32_t)now.tv_nsec);
}

/* ---- Paths -------------------------------------------------------------- */

/*
 * The kernel takes paths shorter than PATH_MAX; what is longer is walked in pieces.
 * Returns where `*rest_ret` is to be looked up, to be closed unless it is AT_FDCWD.
 */
static int walk(const char *path, const char **rest_ret)
{
    int at = AT_FDCWD;
    while (strlen(path) >= PATH_MAX) {
        char piece[PATH_MAX];
        size_t size = PATH_MAX - 1;
        while (size > 1 && path[size - 1] != '/')
            size--;
        if (path[size - 1] != '/') {
            unix_close(at);
            errno = ENAMETOOLONG; /* a component that no file system takes */
            return -1;
        }
        memcpy(piece, path, size);
        piece[size] = '\0';
        int next = unix_open(at, piece, O_PATH | O_DIRECTORY);
        unix_close(at);
        if (next < 0)
            return -1;
        at = next;
        path += size;
        path += strspn(path, "/");
    }
    *rest_ret = *path ? path : ".";
    return at;
}

/* Whether errno proves that nothing stands at a path. */
static bool proves_absence(int code)
{
    return code == ENOENT || code == ENOTDIR || code == ELOOP || code == ENAMETOOLONG;
}

static pidproof_reason path_failed(struct os_failure *failure)
{
    bool absent = proves_absence(errno);
    return os_failed(absent ? PIDPROOF_EXE_PATH_MISMATCH : PIDPROOF_EXE_PATH_UNREADABLE,
                     "looking up the recorded path", failure);
}

/*
 * Of an image that was unlinked the kernel says its path and " (deleted)", as it would of a
 * file that has such a name; nothing tells them apart. But whatever stands at the recorded
 * path must also be the image's very file: then the path names the running image, be it by
 * the name that it was run by or by a link that was made since. [EXE-6, EXE-8, EXE-9]
 */
pidproof_reason os_path_names(os_view *view, const char *path, const struct os_image *image,
                              struct os_failure *failure)
{
    struct os_file file;
    if (image->path && strcmp(path, image->path) == 0 && strlen(path) < PATH_MAX) {
        /* The image's own path needs no canonical form. */
        if (linux_stat(AT_FDCWD, path, 0, &file))
            return path_failed(failure);
        return linux_same_file(&file, &image->file) ? PIDPROOF_OK : PIDPROOF_EXE_PATH_MISMATCH;
    }
    const char *rest;
    int at = walk(path, &rest);
    int fd = at == -1 ? -1 : unix_open(at, rest, O_PATH);
    unix_close(at);
    if (fd < 0)
        return path_failed(failure);
    char name[32];
    char *canonical = NULL;
    /* The thread's own descriptors: the process's are gone with its main thread. */
    snprintf(name, sizeof name, "thread-self/fd/%d", fd);
    pidproof_reason reason = PIDPROOF_OK;
    if (linux_stat(fd, "", AT_EMPTY_PATH, &file))
        reason = path_failed(failure);
    else if (!linux_same_file(&file, &image->file))
        reason = PIDPROOF_EXE_PATH_MISMATCH;
    else if (image->path && unix_read_link(view->proc, name, &canonical))
        reason = os_failed(PIDPROOF_EXE_PATH_UNREADABLE,
                           "asking for the recorded path's "
                           "canonical form",
                           failure);
    else if (image->path && (!canonical || strcmp(canonical, image->path) != 0))
        reason = PIDPROOF_EXE_PATH_MISMATCH;
    free(canonical);
    close(fd);
    return reason;
}
