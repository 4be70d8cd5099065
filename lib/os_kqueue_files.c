/*
 * os_kqueue_files.c: files on macOS and the BSDs, and what recorded paths name.
 *
 * Which of a file's names a program was started by is not told: the path may be any of
 * them, and macOS tells the one looked up last. So a recorded path is held against the
 * image by device and file number only: hard links are one another's equals here, as are
 * the spellings /var and /private/var and, on a volume that ignores case, Daemon and
 * daemon. [EXE-8, EXE-9]
 */
#define _GNU_SOURCE
#define _NETBSD_SOURCE

#include "os_kqueue.h"

#include <errno.h>
#include <sys/stat.h>

static struct os_file file_of(const struct stat *status)
{
    return (struct os_file){
        .volume = (uint64_t)status->st_dev,
        .id = {(uint64_t)status->st_ino},
        .links = (uint64_t)status->st_nlink,
        .size = (uint64_t)status->st_size,
        .modified_ns =
            (int64_t)status->st_mtimespec.tv_sec * 1000000000 + status->st_mtimespec.tv_nsec,
        .changed_ns =
            (int64_t)status->st_ctimespec.tv_sec * 1000000000 + status->st_ctimespec.tv_nsec,
        .regular = S_ISREG(status->st_mode),
    };
}

int kqueue_look_up(const char *path, struct os_file *file_ret)
{
    struct stat status;
    int failed;
    do
        failed = stat(path, &status);
    while (failed && errno == EINTR);
    if (!failed)
        *file_ret = file_of(&status);
    return failed;
}

pidproof_reason os_file_stat(os_fd fd, struct os_file *file_ret, struct os_failure *failure)
{
    struct stat status;
    int failed;
    do
        failed = fstat((int)fd, &status);
    while (failed && errno == EINTR);
    if (failed)
        return os_failed(PIDPROOF_EXE_UNHASHABLE, "asking which file it is", failure);
    *file_ret = file_of(&status);
    return PIDPROOF_OK;
}

/* Nothing is known of these file systems that would prove it. [HASH-5] */
bool os_file_is_settled(os_fd fd, const struct os_file *file)
{
    (void)fd;
    (void)file;
    return false;
}

/* ---- Paths --------------------------------------------------------------- */

pidproof_reason os_path_names(os_view *view, const char *path, const struct os_image *image,
                              struct os_failure *failure)
{
    struct os_file file;
    (void)view;
    if (kqueue_look_up(path, &file)) {
        /* Not ENAMETOOLONG: a longer path may name a file, we just cannot ask. [EXE-7] */
        bool absent = errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
        return os_failed(absent ? PIDPROOF_EXE_PATH_MISMATCH : PIDPROOF_EXE_PATH_UNREADABLE,
                         "looking up the recorded path", failure);
    }
    bool same = file.volume == image->file.volume && file.id[0] == image->file.id[0];
    return same ? PIDPROOF_OK : PIDPROOF_EXE_PATH_MISMATCH;
}
