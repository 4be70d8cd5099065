/*
 * os_kqueue_image.c: running images on macOS, FreeBSD and NetBSD, which tell an image's path
 * but give no descriptor of it.
 *
 * The system makes the path from the file itself, at the moment of asking, and has none for
 * a file that was unlinked or replaced (on NetBSD os_netbsd.c sees to that). So the file is
 * found between two such answers:
 *
 *     path 1   the image is named P
 *     stat     P names file F
 *     path 2   the image is named P
 *
 * Had F not been the image, P would have stopped naming the image and begun to name it
 * again in between: two changes of the world, in step (verify.c says what that means).
 */
#define _GNU_SOURCE
#define _NETBSD_SOURCE

#include "os_kqueue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How often to ask again where the name changed meanwhile. */
#define ATTEMPTS 8

static const char doing_image[] = "asking for the path of the running image";

static pidproof_reason find_image(uint32_t pid, char path_ret[IMAGE_PATH_SIZE],
                                  struct os_file *file_ret, struct os_failure *failure)
{
    char again[IMAGE_PATH_SIZE];
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        struct os_file file;
        if (backend_image_path(pid, path_ret))
            return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, doing_image, failure);
        int failed = kqueue_look_up(path_ret, &file);
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

pidproof_reason os_process_image(os_view *view, os_process *process, const char *recorded,
                                 struct os_image *image_ret, struct os_failure *failure)
{
    char path[IMAGE_PATH_SIZE];
    struct os_file file;
    (void)view;
    (void)recorded;
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
