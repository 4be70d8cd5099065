/*
 * os_kqueue.h: what macOS and the BSDs share (os_kqueue.c, os_kqueue_files.c, and but for
 * OpenBSD os_kqueue_image.c), and what each of them adds (os_darwin.c; os_bsd.c and
 * os_freebsd.c, os_netbsd.c or os_openbsd.c). Internal.
 */
#ifndef PIDPROOF_OS_KQUEUE_H
#define PIDPROOF_OS_KQUEUE_H

#include <pthread.h>
#include <sys/types.h>

#include "os_unix.h"

/* Room for any path that the system tells, with its NUL; longer than PATH_MAX of each. */
#define IMAGE_PATH_SIZE 4096

struct os_process {
    uint32_t pid;
    pid_t owner;         /* who opened it: a forked child does not inherit kqueues */
    int kqueue;          /* with one EVFILT_PROC, for NOTE_EXIT */
    pthread_mutex_t ask; /* over taking the event and latching it */
    bool exited;         /* the latch: the event is handed out once */
    uint64_t unique;     /* macOS: p_uniqueid, never given twice in a boot; others: 0 */
    char *path;          /* OpenBSD: the recorded path, malloc'ed; others: NULL */
};

/* ---- Of os_kqueue_files.c ------------------------------------------------- */

/* Which file the path leads to, symbolic links followed. 0, or -1 with errno. */
int kqueue_look_up(const char *path, struct os_file *file_ret);

/* ---- Of the backend ------------------------------------------------------ */

/*
 * Looks at the process that was registered a moment ago: fills `unique`, and *exited_ret if
 * it is a zombie, is exiting, or is not there. 0, or -1 with errno.
 */
int backend_look(os_process *process, bool *exited_ret);

/* The path of the number's running image, as the system tells it now. 0, or -1 with errno.
 * For os_kqueue_image.c alone. */
int backend_image_path(uint32_t pid, char path_ret[IMAGE_PATH_SIZE]);

/* One attempt to signal the process that was just seen alive. 0, or errno. */
int backend_signal(os_process *process, int number);

#endif
