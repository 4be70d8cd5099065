/*
 * os_kqueue_image.c: running images on macOS and FreeBSD, which tell an image's path but
 * give no descriptor of it; and what recorded paths name.
 *
 * The system makes the path from the file itself, at the moment of asking, and has none for
 * a file that was unlinked or replaced. So the file is found between two such answers:
 *
 *     path 1   the image is named P
 *     stat     P names file F
 *     path 2   the image is named P
 *
 * Had F not been the image, P would have stopped naming the image and begun to name it
 * again in between: two changes of the world, in step (verify.c says what that means).
 *
 * Which of a file's names a program was started by is not told: the path may be any of
 * them, and macOS tells the one looked up last. So a recorded path is held against the
 * image by device and file number only: hard links are one another's equals here, as are
 * the spellings /var and /private/var and, on a volume that ignores case, Daemon and
 * daemon. [EXE-8, EXE-9]
 */
#define _GNU_SOURCE

#include "os_kqueue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* How often to ask again where the name changed meanwhile. */
#define ATTEMPTS 8

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

static int look_up(const char *path, struct os_file *file_ret)
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

/* ---- The running image --------------------------------------------------- */

static const char doing_image[] = "asking for the path of the running image";

static pidproof_reason find_image(uint32_t pid, char path_ret[IMAGE_PATH_SIZE],
                                  struct os_file *file_ret, struct os_failure *failure)
{
    char again[IMAGE_PATH_SIZE];
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        struct os_file file;
        if (backend_image_path(pid, path_ret))
            return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, doing_image, failure);
        int failed = look_up(path_ret, &file);
        int code = errno;
        if (backend_image_path(pid, again))
            return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, doing_image, failure);
        if (strcmp(path_ret, again) != 0)
            continue;
        if (failed) {
            errno = code;
            return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, "looking up the running image's path",
                             failure);
        }
        *file_ret = file;
        return PIDPROOF_OK;
    }
    *failure = (struct os_failure){.code = EAGAIN,
                                   .doing = "looking up the running image's path, "
                                            "which changed each time"};
    return PIDPROOF_EXE_PATH_UNREADABLE;
}

pidproof_reason os_process_image_file(os_view *view, os_process *process, struct os_file *file_ret,
                                      struct os_failure *failure)
{
    char path[IMAGE_PATH_SIZE];
    (void)view;
    return find_image(process->pid, path, file_ret, failure);
}

pidproof_reason os_process_image(os_view *view, os_process *process, struct os_image *image_ret,
                                 struct os_failure *failure)
{
    char path[IMAGE_PATH_SIZE];
    struct os_file file;
    (void)view;
    pidproof_reason reason = find_image(process->pid, path, &file, failure);
    if (reason)
        return reason;
    char *copy = strdup(path);
    if (!copy)
        return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, "keeping the image's path", failure);
    *image_ret = (struct os_image){.file = file, .path = copy};
    return PIDPROOF_OK;
}

/* digest.c holds what was opened against the image's file, and verify.c looks again. [HASH-3] */
pidproof_reason os_process_image_open(os_view *view, os_process *process, os_fd *fd_ret,
                                      struct os_failure *failure)
{
    char path[IMAGE_PATH_SIZE];
    (void)view;
    if (backend_image_path(process->pid, path))
        return os_failed(PIDPROOF_EXE_UNHASHABLE, doing_image, failure);
    return os_file_open(path, fd_ret, failure);
}

/* ---- Paths --------------------------------------------------------------- */

pidproof_reason os_path_names(os_view *view, const char *path, const struct os_image *image,
                              struct os_failure *failure)
{
    struct os_file file;
    (void)view;
    if (look_up(path, &file)) {
        /* Not ENAMETOOLONG: a longer path may name a file, we just cannot ask. [EXE-7] */
        bool absent = errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
        return os_failed(absent ? PIDPROOF_EXE_PATH_MISMATCH : PIDPROOF_EXE_PATH_UNREADABLE,
                         "looking up the recorded path", failure);
    }
    bool same = file.volume == image->file.volume && file.id[0] == image->file.id[0];
    return same ? PIDPROOF_OK : PIDPROOF_EXE_PATH_MISMATCH;
}
