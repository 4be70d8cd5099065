/*
 * os_linux.c: Linux, by pidfd and /proc. Instances and watches are in os_linux_more.c.
 *
 * By number is safe here: names below /proc are looked up by number between
 * pidfd_open() and a poll that says that the pidfd's process is alive, so the number was
 * that process's all the while (verify.c), provided that /proc counts in our own PID
 * namespace, which the view proved.
 *
 * Where pidfd_open() does not exist or a filter forbids it, a descriptor of /proc/PID stands
 * in: the kernel ties it to the process, and after that was reaped it answers ESRCH for ever,
 * whoever has the number. It cannot be waited for or signalled through, so such a handle
 * does not count as bound. [LOOK-7]
 */
#define _GNU_SOURCE

#include "os_linux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/stat.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* Younger than the C library's headers may be. */
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x00004000U
#endif

#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"

/* ---- Looking at files --------------------------------------------------- */

static int open_retrying(int at, const char *name, int flags)
{
    int fd;
    do
        fd = openat(at, name, flags | O_CLOEXEC | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static void close_keeping_errno(int fd)
{
    int code = errno;
    if (fd >= 0)
        close(fd);
    errno = code;
}

ssize_t linux_read_file(int at, const char *name, char *text, size_t size)
{
    int fd = open_retrying(at, name, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return -1;
    size_t used = 0;
    ssize_t count;
    do {
        count = read(fd, text + used, size - 1 - used);
        if (count > 0)
            used += (size_t)count;
    } while (count > 0 || (count < 0 && errno == EINTR));
    close_keeping_errno(fd);
    text[used] = '\0';
    return count < 0 ? -1 : (ssize_t)used;
}

static int statx_retrying(int at, const char *name, int flags, unsigned mask, struct statx *status)
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

static struct os_file file_of(const struct statx *status)
{
    return (struct os_file){
        .volume = (uint64_t)status->stx_dev_major << 32 | status->stx_dev_minor,
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
    if (statx_retrying(at, name, flags, STATX_BASIC_STATS | STATX_MNT_ID_UNIQUE, &status))
        return -1;
    *file_ret = file_of(&status);
    return 0;
}

static bool same_file(const struct os_file *a, const struct os_file *b)
{
    return a->volume == b->volume && a->id[0] == b->id[0];
}

/* The text of a link in /proc: malloc'ed; *text_ret NULL where it is too long to be told. */
static int read_link(int at, const char *name, char **text_ret)
{
    char text[PATH_MAX + 1];
    ssize_t length = readlinkat(at, name, text, sizeof text);
    if (length < 0 && errno != ENAMETOOLONG)
        return -1;
    *text_ret = NULL;
    if (length < 0 || length == sizeof text)
        return 0;
    text[length] = '\0';
    *text_ret = malloc((size_t)length + 1);
    if (!*text_ret) {
        errno = ENOMEM;
        return -1;
    }
    memcpy(*text_ret, text, (size_t)length + 1);
    return 0;
}

/* ---- The view ----------------------------------------------------------- */

/*
 * Whether this /proc counts in our own PID namespace. NSpid lists a process's numbers from
 * the namespace of the /proc down to its own: one number means that both are the same.
 */
static bool counts_like_us(int proc)
{
    char text[8192];
    if (linux_read_file(proc, "self/status", text, sizeof text) < 0)
        return false;
    const char *line = strstr(text, "\nNSpid:");
    if (!line)
        return true; /* a kernel without PID namespaces */
    char *rest;
    long number = strtol(line + strlen("\nNSpid:"), &rest, 10);
    return number == getpid() && *rest == '\n';
}

static void open_proc(os_view *view)
{
    struct statfs system;
    view->proc_doing = "opening /proc";
    view->proc = open_retrying(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
    view->proc_code = view->proc < 0 ? errno : 0;
    if (view->proc >= 0 && (fstatfs(view->proc, &system) != 0 || system.f_type != 0x9fa0)) {
        view->proc_doing = "looking at /proc, which is not a proc file system";
        view->proc_code = ENOENT;
    } else if (view->proc >= 0 && !counts_like_us(view->proc)) {
        view->proc_code = errno == EMFILE || errno == ENFILE || errno == ENOMEM ? errno : EXDEV;
        view->proc_doing = "looking at /proc, which belongs to another PID namespace";
    }
    if (view->proc_code && view->proc >= 0) {
        close(view->proc);
        view->proc = -1;
    }
}

/* Reads the boot id as the system shows it now. */
static pidproof_reason read_boot_id(char *text, size_t size, struct os_failure *failure)
{
    ssize_t length = linux_read_file(AT_FDCWD, BOOT_ID_FILE, text, size);
    if (length < 0)
        return os_failed(PIDPROOF_BOOT_ID_UNAVAILABLE, "reading " BOOT_ID_FILE, failure);
    if (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
    if (length == 0 || (size_t)length >= size - 2 || strlen(text) != (size_t)length) {
        *failure = (struct os_failure){.doing = "reading " BOOT_ID_FILE ", which holds no boot id"};
        return PIDPROOF_BOOT_ID_UNAVAILABLE;
    }
    return PIDPROOF_OK;
}

/*
 * What the kernel's own file says never changes while the system runs. An open descriptor
 * keeps its inode from being another's, so that one statx() tells later whether it is still
 * the one that stands at the path. A file that was bound over it is read each time. [BOOT-5]
 */
static void remember_boot_id(os_view *view)
{
    struct statx status, proc;
    struct os_failure ignored;
    view->boot_file = open_retrying(AT_FDCWD, BOOT_ID_FILE, O_PATH);
    if (view->boot_file < 0)
        return;
    if (view->proc < 0 || statx_retrying(view->proc, "", AT_EMPTY_PATH, STATX_INO, &proc) ||
        statx_retrying(view->boot_file, "", AT_EMPTY_PATH, STATX_INO, &status) ||
        !(status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) ||
        (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) ||
        status.stx_dev_major != proc.stx_dev_major || status.stx_dev_minor != proc.stx_dev_minor ||
        read_boot_id(view->boot_id, sizeof view->boot_id, &ignored)) {
        close(view->boot_file);
        view->boot_file = -1;
        return;
    }
    view->boot = file_of(&status);
}

os_view *os_view_new(void)
{
    os_view *view = malloc(sizeof *view);
    if (!view)
        return NULL;
    view->owner = getpid();
    open_proc(view);
    remember_boot_id(view);
    return view;
}

void os_view_free(os_view *view)
{
    if (!view)
        return;
    close_keeping_errno(view->boot_file);
    close_keeping_errno(view->proc);
    free(view);
}

bool os_view_is_current(const os_view *view)
{
    return view->owner == getpid();
}

pidproof_reason os_boot_id(os_view *view, char **boot_id_ret, struct os_failure *failure)
{
    char text[4096];
    const char *boot_id = text;
    struct statx status;
    if (view->boot_file >= 0 &&
        statx_retrying(AT_FDCWD, BOOT_ID_FILE, 0, STATX_INO, &status) == 0) {
        struct os_file now = file_of(&status);
        if (same_file(&now, &view->boot))
            boot_id = view->boot_id;
    }
    if (boot_id == text) {
        pidproof_reason reason = read_boot_id(text, sizeof text, failure);
        if (reason)
            return reason;
    }
    char *copy = strdup(boot_id);
    if (!copy)
        return os_failed(PIDPROOF_BOOT_ID_UNAVAILABLE, "keeping the boot id", failure);
    *boot_id_ret = copy;
    return PIDPROOF_OK;
}

/* ---- Processes ---------------------------------------------------------- */

bool os_pid_is_valid(uint32_t pid)
{
    return pid > 0 && pid <= INT32_MAX;
}

/* Whether a process has this number; a thread's is none. Zombies pass. */
static bool number_is_taken(uint32_t pid)
{
    return syscall(SYS_tgkill, (pid_t)pid, (pid_t)pid, 0) == 0 || errno != ESRCH;
}

static int open_pidfd(uint32_t pid)
{
    return (int)syscall(SYS_pidfd_open, (pid_t)pid, 0U);
}

static bool no_such_primitive(int code)
{
    return code == ENOSYS || code == EPERM;
}

/* No process: ESRCH; a thread id: ENOENT, EINVAL before 6.15. Those mean other things as
 * well, so they are confirmed. [LOOK-3] */
static pidproof_reason pidfd_failed(uint32_t pid, struct os_failure *failure)
{
    pidproof_reason reason = os_failed(PIDPROOF_HANDLE_FAILED, "opening a pidfd", failure);
    if (failure->code == ESRCH ||
        ((failure->code == ENOENT || failure->code == EINVAL) && !number_is_taken(pid)))
        reason = PIDPROOF_NOT_FOUND;
    return reason;
}

pidproof_reason os_process_open(os_view *view, uint32_t pid, os_process **process_ret,
                                struct os_failure *failure)
{
    int dir = -1;
    int pidfd = open_pidfd(pid);
    if (pidfd < 0 && !no_such_primitive(errno))
        return pidfd_failed(pid, failure);
    if (pidfd < 0) {
        char name[16];
        snprintf(name, sizeof name, "%u", (unsigned)pid);
        if (!number_is_taken(pid)) {
            *failure = (struct os_failure){.code = ESRCH, .doing = "looking for the number"};
            return PIDPROOF_NOT_FOUND;
        }
        dir = view->proc < 0 ? -1 : open_retrying(view->proc, name, O_PATH | O_DIRECTORY);
        /* Not there although the number is taken: hidden from us. Its image will say so. */
        if (dir < 0 && view->proc >= 0 && errno != ENOENT)
            return os_failed(PIDPROOF_HANDLE_FAILED, "opening /proc/PID", failure);
    }
    os_process *process = malloc(sizeof *process);
    if (!process) {
        close_keeping_errno(pidfd);
        close_keeping_errno(dir);
        errno = ENOMEM;
        return os_failed(PIDPROOF_HANDLE_FAILED, "holding the process", failure);
    }
    *process = (os_process){.pid = pid, .pidfd = pidfd, .dir = dir};
    *process_ret = process;
    return PIDPROOF_OK;
}

void os_process_close(os_process *process)
{
    if (!process)
        return;
    int set = atomic_load(&process->set);
    if (set > 0)
        close(set - 1);
    close_keeping_errno(process->pidfd);
    close_keeping_errno(process->dir);
    free(process);
}

bool os_process_is_bound(const os_process *process)
{
    return process->pidfd >= 0;
}

os_fd os_process_descriptor(const os_process *process)
{
    return process->pidfd;
}

/* Polls the pidfd: 1 exited, 0 not yet, -1: errno. */
static int poll_pidfd(int pidfd, int timeout_ms)
{
    struct pollfd poller = {.fd = pidfd, .events = POLLIN};
    int count = poll(&poller, 1, timeout_ms);
    if (count > 0 && !(poller.revents & (POLLIN | POLLHUP))) {
        errno = EBADF;
        return -1;
    }
    return count;
}

/*
 * An epoll set that holds the pidfd answers at the price of an empty system call, half that
 * of poll. One thread at a time may ask it: while the kernel hands one thread the event it
 * may tell another that there is none (fixed in Linux 6.19 only). Who comes second polls.
 */
static int ask_set(os_process *process)
{
    int set = atomic_load_explicit(&process->set, memory_order_acquire);
    if (set == 0) {
        struct epoll_event event = {.events = EPOLLIN};
        int made = epoll_create1(EPOLL_CLOEXEC);
        if (made >= 0 && epoll_ctl(made, EPOLL_CTL_ADD, process->pidfd, &event) != 0) {
            close(made);
            made = -1;
        }
        set = made < 0 ? -1 : made + 1;
        atomic_store_explicit(&process->set, set, memory_order_release);
    }
    if (set < 0)
        return poll_pidfd(process->pidfd, 0);
    struct epoll_event event;
    return (int)syscall(SYS_epoll_pwait, set - 1, &event, 1, 0, NULL, (size_t)8);
}

/* Where there are no pidfds: 1 exited, 0 not yet, -1: errno. */
static int ask_proc(const os_process *process)
{
    char text[1024];
    if (process->dir < 0)
        return !number_is_taken(process->pid);
    if (linux_read_file(process->dir, "stat", text, sizeof text) < 0)
        return errno == ESRCH || (errno == ENOENT && !number_is_taken(process->pid)) ? 1 : -1;
    char state;
    int threads;
    const char *rest = strrchr(text, ')'); /* the name before it may hold anything */
    if (!rest || sscanf(rest,
                        ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
                        "%*d %d",
                        &state, &threads) != 2) {
        errno = EPROTO;
        return -1;
    }
    /* A main thread that has exited is a zombie as well, while others run. [LOOK-5] */
    return (state == 'Z' || state == 'X') && threads <= 1;
}

pidproof_reason os_process_is_alive(os_process *process, bool often, bool *alive_ret,
                                    struct os_failure *failure)
{
    int exited;
    do {
        if (process->pidfd < 0) {
            exited = ask_proc(process);
        } else if (often &&
                   !atomic_exchange_explicit(&process->asking, true, memory_order_acquire)) {
            exited = ask_set(process);
            atomic_store_explicit(&process->asking, false, memory_order_release);
        } else {
            exited = poll_pidfd(process->pidfd, 0);
        }
    } while (exited < 0 && errno == EINTR);
    if (exited < 0)
        return os_failed(PIDPROOF_HANDLE_FAILED, "asking whether it is alive", failure);
    *alive_ret = !exited;
    return PIDPROOF_OK;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

pidproof_reason os_process_wait(os_process *process, int64_t timeout_ms, bool *exited_ret,
                                struct os_failure *failure)
{
    if (process->pidfd < 0) {
        *failure = (struct os_failure){.doing = "waiting without a pidfd"};
        return PIDPROOF_UNSUPPORTED;
    }
    int64_t now = now_ms();
    int64_t end = timeout_ms < 0 || timeout_ms > INT64_MAX - now ? INT64_MAX : now + timeout_ms;
    for (;;) {
        int64_t left = end > now ? end - now : 0;
        int exited = poll_pidfd(process->pidfd, left > INT_MAX ? INT_MAX : (int)left);
        if (exited < 0 && errno != EINTR)
            return os_failed(PIDPROOF_HANDLE_FAILED, "waiting for it to exit", failure);
        if (exited == 1 || (exited == 0 && left == 0)) {
            *exited_ret = exited == 1;
            return PIDPROOF_OK;
        }
        now = now_ms();
    }
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
    int fd = open_retrying(at, name, O_RDONLY | O_DIRECTORY);
    DIR *threads = fd < 0 ? NULL : fdopendir(fd);
    if (!threads) {
        close_keeping_errno(fd);
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
    return image_stat(at, name, image) ? -1 : read_link(at, name, &image->path);
}

static int image_open(int at, const char *name, void *fd_ret)
{
    *(int *)fd_ret = open_retrying(at, name, O_RDONLY | O_NONBLOCK);
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
    int at = linux_process_name(view, process, "exe", name);
    if (act(at, name, result) == 0)
        return 0;
    if ((errno != ENOENT && errno != ESRCH) || !find_living_thread(view, process))
        return -1;
    at = linux_process_name(view, process, "exe", name);
    return act(at, name, result);
}

pidproof_reason os_process_image(os_view *view, os_process *process, struct os_image *image_ret,
                                 struct os_failure *failure)
{
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
 * written beside it; network file systems and FUSE, which promise nothing.
 */
bool os_file_is_settled(os_fd fd, const struct os_file *file)
{
    struct statfs system;
    struct utsname name;
    struct timespec now;
    if (!file->regular || fstatfs((int)fd, &system) != 0 || uname(&name) != 0 ||
        clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0)
        return false;
    switch ((uint32_t)system.f_type) {
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
        memcpy(piece, path, size);
        piece[size] = '\0';
        int next = open_retrying(at, piece, O_PATH | O_DIRECTORY);
        close_keeping_errno(at);
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

pidproof_reason os_path_names(os_view *view, const char *path, const struct os_image *image,
                              struct os_failure *failure)
{
    struct os_file file;
    struct os_failure none = {0};
    if (image->path && strcmp(path, image->path) == 0 && strlen(path) < PATH_MAX) {
        /* The image's own path needs no canonical form. */
        if (linux_stat(AT_FDCWD, path, 0, &file))
            return path_failed(failure);
        *failure = none;
        return same_file(&file, &image->file) ? PIDPROOF_OK : PIDPROOF_EXE_PATH_MISMATCH;
    }
    const char *rest;
    int at = walk(path, &rest);
    int fd = at == -1 ? -1 : open_retrying(at, rest, O_PATH);
    close_keeping_errno(at);
    if (fd < 0)
        return path_failed(failure);
    char name[32];
    char *canonical = NULL;
    snprintf(name, sizeof name, "self/fd/%d", fd);
    pidproof_reason reason = PIDPROOF_OK;
    if (linux_stat(fd, "", AT_EMPTY_PATH, &file))
        reason = path_failed(failure);
    else if (!same_file(&file, &image->file))
        reason = PIDPROOF_EXE_PATH_MISMATCH;
    else if (image->path && read_link(view->proc, name, &canonical))
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

/* ---- Signals and numbers ------------------------------------------------ */

static pidproof_reason signal_failed(int code, struct os_failure *failure)
{
    *failure = (struct os_failure){.code = code, .doing = "sending the signal"};
    return PIDPROOF_HANDLE_FAILED;
}

/* A zombie takes any signal and does nothing with it: it is gone. */
static pidproof_reason signal_pidfd(int pidfd, int number, struct os_failure *failure)
{
    int exited = poll_pidfd(pidfd, 0);
    while (exited < 0 && errno == EINTR)
        exited = poll_pidfd(pidfd, 0);
    if (exited != 0)
        return signal_failed(exited < 0 ? errno : ESRCH, failure);
    if (syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0U) != 0)
        return signal_failed(errno, failure);
    return PIDPROOF_OK;
}

static int number_of(enum os_signal signal)
{
    return signal == OS_TERMINATE ? SIGTERM : SIGKILL;
}

pidproof_reason os_process_signal(os_process *process, enum os_signal signal,
                                  struct os_failure *failure)
{
    if (process->pidfd < 0) {
        *failure = (struct os_failure){.doing = "signalling without a pidfd"};
        return PIDPROOF_UNSUPPORTED;
    }
    return signal_pidfd(process->pidfd, number_of(signal), failure);
}

pidproof_reason os_pid_signal(uint32_t pid, enum os_signal signal, struct os_failure *failure)
{
    int pidfd = open_pidfd(pid);
    if (pidfd >= 0) {
        pidproof_reason reason = signal_pidfd(pidfd, number_of(signal), failure);
        close(pidfd);
        return reason;
    }
    if (!no_such_primitive(errno)) {
        /* Gone and a thread's number are one thing to whoever signals by number. */
        if (pidfd_failed(pid, failure) == PIDPROOF_NOT_FOUND)
            return signal_failed(ESRCH, failure);
        return PIDPROOF_HANDLE_FAILED;
    }
    /* kill() would take a thread id for its process; tgkill() does not. [SIG-7] */
    if (!number_is_taken(pid))
        return signal_failed(ESRCH, failure);
    return kill((pid_t)pid, number_of(signal)) == 0 ? PIDPROOF_OK : signal_failed(errno, failure);
}

/* Without pidfds, or without a descriptor to spare, by way of /proc. */
static bool number_is_alive(uint32_t pid)
{
    bool alive = number_is_taken(pid); /* nothing better is known */
    os_view *view = alive ? os_view_new() : NULL;
    char name[16];
    snprintf(name, sizeof name, "%u", (unsigned)pid);
    if (view && view->proc >= 0) {
        os_process process = {.pid = pid, .pidfd = -1};
        process.dir = open_retrying(view->proc, name, O_PATH | O_DIRECTORY);
        int exited = process.dir < 0 ? -1 : ask_proc(&process);
        close_keeping_errno(process.dir);
        if (exited >= 0)
            alive = !exited;
    }
    os_view_free(view);
    return alive;
}

bool os_pid_is_alive(uint32_t pid)
{
    int pidfd = open_pidfd(pid);
    if (pidfd < 0)
        return errno != ESRCH && number_is_alive(pid);
    int exited = poll_pidfd(pidfd, 0);
    while (exited < 0 && errno == EINTR)
        exited = poll_pidfd(pidfd, 0);
    close(pidfd);
    return exited != 1; /* it was there to be opened */
}
