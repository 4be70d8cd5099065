/*
 * os_posix.c: a POSIX system about which nothing more is known: numbers and kill(0).
 *
 * Where there is a /proc that speaks like Linux's, it is read by plain POSIX file calls:
 * images, boot id, zombies and thread ids are then told as on Linux, and a descriptor of
 * /proc/PID, which answers for that process only, keeps a handle from following the number
 * to its next owner. Where there is none, no image can be read and nothing is accepted.
 * No instances, waiting, watching, or signals through handles, and no digest is remembered.
 */
#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE 700

#include "os_unix_files.h"
#include "proc_text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"

struct os_view {
    pid_t owner;
    int proc; /* /proc of our own PID namespace; or -1, */
    int code; /* and why not */
};

struct os_process {
    uint32_t pid;
    int dir; /* /proc/PID; -1: all we have is the number */
};

/* ---- Files -------------------------------------------------------------- */

pidproof_reason os_file_stat(os_fd fd, struct os_file *file_ret, struct os_failure *failure)
{
    if (unix_stat((int)fd, "", file_ret))
        return os_failed(PIDPROOF_EXE_UNHASHABLE, "asking which file it is", failure);
    return PIDPROOF_OK;
}

/* POSIX does not say when a change must show in a file's times. */
bool os_file_is_settled(os_fd fd, const struct os_file *file)
{
    (void)fd;
    (void)file;
    return false;
}

/* ---- The view ----------------------------------------------------------- */

os_view *os_view_new(void)
{
    char status[8192];
    os_view *view = malloc(sizeof *view);
    if (!view)
        return NULL;
    *view =
        (os_view){.owner = getpid(), .proc = unix_open(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY)};
    if (view->proc < 0) {
        view->code = errno;
    } else if (unix_read_file(view->proc, "self/status", status, sizeof status) < 0) {
        view->code = errno;
    } else if (!proc_counts_like_us(status, getpid())) {
        view->code = EXDEV; /* its numbers are not ours */
    }
    if (view->code && view->proc >= 0) {
        close(view->proc);
        view->proc = -1;
    }
    return view;
}

void os_view_free(os_view *view)
{
    if (!view)
        return;
    unix_close(view->proc);
    free(view);
}

bool os_view_is_current(const os_view *view)
{
    return view->owner == getpid();
}

pidproof_reason os_boot_id(os_view *view, char **boot_id_ret, struct os_failure *failure)
{
    (void)view; /* what the path says counts, not what /proc says [BOOT-5] */
    char text[4096];
    ssize_t length = unix_read_file(AT_FDCWD, BOOT_ID_FILE, text, sizeof text);
    if (length < 0)
        return os_failed(PIDPROOF_BOOT_ID_UNAVAILABLE, "reading " BOOT_ID_FILE, failure);
    if (!proc_cut_boot_id(text, length, sizeof text)) {
        *failure = (struct os_failure){.doing = "reading " BOOT_ID_FILE ", which holds no boot id"};
        return PIDPROOF_BOOT_ID_UNAVAILABLE;
    }
    char *copy = strdup(text);
    if (!copy)
        return os_failed(PIDPROOF_BOOT_ID_UNAVAILABLE, "keeping the boot id", failure);
    *boot_id_ret = copy;
    return PIDPROOF_OK;
}

/* ---- Processes ---------------------------------------------------------- */

bool os_pid_is_valid(uint32_t pid)
{
    return pid > 0 && pid <= INT_MAX;
}

/* Not permitted proves that somebody is there. [LOOK-2] */
static bool number_is_taken(uint32_t pid)
{
    return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

pidproof_reason os_process_open(os_view *view, uint32_t pid, os_process **process_ret,
                                struct os_failure *failure)
{
    char name[16], status[8192];
    int dir = -1;
    struct os_failure nobody = {.code = ESRCH, .doing = "looking for the number"};
    if (!number_is_taken(pid)) {
        *failure = nobody;
        return PIDPROOF_NOT_FOUND;
    }
    if (view->proc >= 0) {
        snprintf(name, sizeof name, "%u", (unsigned)pid);
        dir = unix_open(view->proc, name, O_RDONLY | O_DIRECTORY);
        /* Not there although the number is taken: hidden from us. Its image will say so. */
        if (dir < 0 && errno != ENOENT && errno != EACCES && errno != EPERM)
            return os_failed(PIDPROOF_HANDLE_FAILED, "opening /proc/PID", failure);
    }
    if (dir >= 0 && unix_read_file(dir, "status", status, sizeof status) < 0) {
        pidproof_reason reason =
            os_failed(PIDPROOF_HANDLE_FAILED, "reading /proc/PID/status", failure);
        close(dir);
        if (failure->code == ESRCH)
            return PIDPROOF_NOT_FOUND;
        if (failure->code != EACCES && failure->code != EPERM)
            return reason;
        dir = -1; /* hidden from us: not known to be no thread, so not looked at */
    }
    if (dir >= 0 && proc_parse_tgid(status) != (long)pid) {
        close(dir);
        *failure = nobody;
        return PIDPROOF_NOT_FOUND; /* a thread id [LOOK-3] */
    }
    os_process *process = malloc(sizeof *process);
    if (!process) {
        unix_close(dir);
        errno = ENOMEM;
        return os_failed(PIDPROOF_HANDLE_FAILED, "holding the process", failure);
    }
    *process = (os_process){.pid = pid, .dir = dir};
    *process_ret = process;
    return PIDPROOF_OK;
}

void os_process_close(os_process *process)
{
    if (!process)
        return;
    unix_close(process->dir);
    free(process);
}

bool os_process_is_bound(const os_process *process)
{
    (void)process;
    return false;
}

os_fd os_process_descriptor(const os_process *process)
{
    (void)process;
    return OS_NO_FD;
}

pidproof_reason os_process_is_alive(os_process *process, bool often, bool *alive_ret,
                                    struct os_failure *failure)
{
    char text[1024];
    struct proc_stat stat = {0};
    (void)often;
    if (process->dir < 0) {
        *alive_ret = number_is_taken(process->pid);
        return PIDPROOF_OK;
    }
    if (unix_read_file(process->dir, "stat", text, sizeof text) < 0) {
        /* ESRCH: it was reaped, whoever has the number. ENOENT: that, or hidden from us. */
        if (errno != ESRCH && (errno != ENOENT || number_is_taken(process->pid)))
            return os_failed(PIDPROOF_HANDLE_FAILED, "asking whether it is alive", failure);
        stat.exited = true;
    } else if (!proc_parse_stat(text, &stat)) {
        errno = EPROTO;
        return os_failed(PIDPROOF_HANDLE_FAILED, "reading /proc/PID/stat", failure);
    }
    *alive_ret = !stat.exited;
    return PIDPROOF_OK;
}

pidproof_reason os_process_wait(os_process *process, int64_t timeout_ms, bool *exited_ret,
                                struct os_failure *failure)
{
    (void)process;
    (void)timeout_ms;
    (void)exited_ret;
    *failure =
        (struct os_failure){.code = ENOSYS, .doing = "waiting for a process that is not a child"};
    return PIDPROOF_HANDLE_FAILED;
}

/* ---- The running image -------------------------------------------------- */

static pidproof_reason no_image(const os_view *view, const os_process *process,
                                struct os_failure *failure)
{
    errno = process->dir >= 0 ? errno : view->proc < 0 ? view->code : ENOENT;
    return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, "looking at /proc/PID/exe", failure);
}

pidproof_reason os_process_image_file(os_view *view, os_process *process, struct os_file *file_ret,
                                      struct os_failure *failure)
{
    if (process->dir < 0 || unix_stat(process->dir, "exe", file_ret))
        return no_image(view, process, failure);
    return PIDPROOF_OK;
}

pidproof_reason os_process_image(os_view *view, os_process *process, const char *recorded,
                                 struct os_image *image_ret, struct os_failure *failure)
{
    (void)recorded;
    struct os_image image = {0};
    pidproof_reason reason = os_process_image_file(view, process, &image.file, failure);
    if (reason)
        return reason;
    if (unix_read_link(process->dir, "exe", &image.path))
        return no_image(view, process, failure);
    *image_ret = image;
    return PIDPROOF_OK;
}

pidproof_reason os_process_image_open(os_view *view, os_process *process, os_fd *fd_ret,
                                      struct os_failure *failure)
{
    (void)view;
    int fd = unix_open(process->dir, "exe", O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return os_failed(PIDPROOF_EXE_UNHASHABLE, "opening /proc/PID/exe", failure);
    *fd_ret = fd;
    return PIDPROOF_OK;
}

/* ---- Paths -------------------------------------------------------------- */

pidproof_reason os_path_names(os_view *view, const char *path, const struct os_image *image,
                              struct os_failure *failure)
{
    (void)view;
    struct os_file file;
    /* The canonical form is looked up first and is then what is asked about: one look-up. */
    char *canonical;
    do
        canonical = realpath(path, NULL);
    while (!canonical && errno == EINTR);
    if (!canonical || unix_stat(AT_FDCWD, canonical, &file)) {
        bool absent = errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
        pidproof_reason reason =
            os_failed(absent ? PIDPROOF_EXE_PATH_MISMATCH : PIDPROOF_EXE_PATH_UNREADABLE,
                      "looking up the recorded path", failure);
        free(canonical);
        return reason;
    }
    bool same = file.volume == image->file.volume && file.id[0] == image->file.id[0] &&
                (!image->path || strcmp(canonical, image->path) == 0);
    free(canonical);
    return same ? PIDPROOF_OK : PIDPROOF_EXE_PATH_MISMATCH;
}

/* ---- Signals and numbers ------------------------------------------------ */

pidproof_reason os_process_signal(os_process *process, enum os_signal signal,
                                  struct os_failure *failure)
{
    (void)process;
    (void)signal;
    *failure =
        (struct os_failure){.code = ENOSYS, .doing = "signalling by anything but the number"};
    return PIDPROOF_HANDLE_FAILED;
}

/* The process of that number, if it is alive; what cannot be told passes. */
static bool look_at_number(uint32_t pid)
{
    struct os_failure ignored;
    os_process *process = NULL;
    bool alive = true;
    os_view *view = os_view_new();
    if (!view)
        return number_is_taken(pid);
    pidproof_reason reason = os_process_open(view, pid, &process, &ignored);
    if (reason == PIDPROOF_NOT_FOUND)
        alive = false;
    else if (!reason && os_process_is_alive(process, false, &alive, &ignored))
        alive = true;
    os_process_close(process);
    os_view_free(view);
    return alive;
}

bool os_pid_is_alive(uint32_t pid)
{
    return look_at_number(pid);
}

pidproof_reason os_pid_signal(uint32_t pid, enum os_signal signal, struct os_failure *failure)
{
    int code = look_at_number(pid) ? 0 : ESRCH;
    if (!code && kill((pid_t)pid, signal == OS_TERMINATE ? SIGTERM : SIGKILL) != 0)
        code = errno;
    if (!code)
        return PIDPROOF_OK;
    *failure = (struct os_failure){.code = code, .doing = "sending the signal"};
    return PIDPROOF_HANDLE_FAILED;
}

/* ---- Watches: there are none, so only the first of these is ever called -- */

static pidproof_reason no_watch(struct os_failure *failure)
{
    *failure = (struct os_failure){.code = ENOSYS, .doing = "making a watch"};
    return PIDPROOF_HANDLE_FAILED;
}

pidproof_reason os_watch_new(os_watch **watch_ret, struct os_failure *failure)
{
    (void)watch_ret;
    return no_watch(failure);
}

void os_watch_free(os_watch *watch)
{
    (void)watch;
}

pidproof_reason os_watch_add(os_watch *watch, os_process *process, void *key,
                             struct os_failure *failure)
{
    (void)watch;
    (void)process;
    (void)key;
    return no_watch(failure);
}

void os_watch_remove(os_watch *watch, os_process *process)
{
    (void)watch;
    (void)process;
}

pidproof_reason os_watch_collect(os_watch *watch, bool wait, void **keys_ret, size_t capacity,
                                 size_t *count_ret, struct os_failure *failure)
{
    (void)watch;
    (void)wait;
    (void)keys_ret;
    (void)capacity;
    (void)count_ret;
    return no_watch(failure);
}

void os_watch_wake(os_watch *watch)
{
    (void)watch;
}
