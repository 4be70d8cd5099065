/*
 * os_linux_view.c: the Linux backend's view of the system: the /proc that it believes, the
 * boot id, and whether the view is still its maker's.
 */
#define _GNU_SOURCE

#include "os_linux.h"
#include "proc_text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"

static bool counts_like_us(int proc)
{
    char status[8192];
    return unix_read_file(proc, "self/status", status, sizeof status) >= 0 &&
           proc_counts_like_us(status, getpid());
}

static void open_proc(os_view *view)
{
    view->proc_doing = "opening /proc";
    view->proc = unix_open(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
    view->proc_code = view->proc < 0 ? errno : 0;
    if (view->proc >= 0 && linux_file_system(view->proc) != 0x9fa0) {
        view->proc_doing = "looking at /proc, which is not a proc file system";
        view->proc_code = ENOENT;
    } else if (view->proc >= 0 && (errno = 0, !counts_like_us(view->proc))) {
        view->proc_doing = "looking at /proc, which belongs to another PID namespace";
        view->proc_code = errno ? errno : EXDEV;
    }
    if (view->proc_code && view->proc >= 0) {
        close(view->proc);
        view->proc = -1;
    }
}

/*
 * What the kernel's own file says never changes while the system runs. An open descriptor
 * keeps its inode from being another's, so that one statx() tells later whether it is still
 * the one that stands at the path. A file that was bound over it is read each time. [BOOT-5]
 */
static void remember_boot_id(os_view *view)
{
    struct statx status, proc;
    view->boot_file = unix_open(AT_FDCWD, BOOT_ID_FILE, O_RDONLY | O_NONBLOCK);
    if (view->boot_file < 0)
        return;
    /* What is read is what was judged: the path may lead elsewhere by now. */
    if (view->proc < 0 || linux_statx(view->proc, "", AT_EMPTY_PATH, STATX_INO, &proc) ||
        linux_statx(view->boot_file, "", AT_EMPTY_PATH, STATX_INO, &status) ||
        !(status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) ||
        (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) ||
        status.stx_dev_major != proc.stx_dev_major || status.stx_dev_minor != proc.stx_dev_minor ||
        !proc_cut_boot_id(view->boot_id,
                          unix_read(view->boot_file, view->boot_id, sizeof view->boot_id),
                          sizeof view->boot_id)) {
        close(view->boot_file);
        view->boot_file = -1;
        return;
    }
    view->boot = linux_file(&status);
}

/*
 * A forked child in a new PID namespace may have the very number that its parent has in its
 * own (1, above all), while the view's /proc goes on counting as the parent does. A page that
 * is wiped at fork (Linux 4.14) tells them apart and costs no system call.
 */
static bool *mark_that_fork_wipes(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    bool *mark = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mark == MAP_FAILED)
        return NULL;
    if (madvise(mark, page, MADV_WIPEONFORK) != 0) {
        munmap(mark, page);
        return NULL;
    }
    *mark = true;
    return mark;
}

os_view *os_view_new(void)
{
    os_view *view = malloc(sizeof *view);
    if (!view)
        return NULL;
    view->owner = getpid();
    view->mark = mark_that_fork_wipes();
    open_proc(view);
    remember_boot_id(view);
    view->self = linux_open_pidfd((uint32_t)view->owner);
    return view;
}

void os_view_free(os_view *view)
{
    if (!view)
        return;
    unix_close(view->self);
    unix_close(view->boot_file);
    unix_close(view->proc);
    if (view->mark)
        munmap(view->mark, (size_t)sysconf(_SC_PAGESIZE));
    free(view);
}

bool os_view_is_current(const os_view *view)
{
    return view->owner == getpid() && (!view->mark || *view->mark);
}

pidproof_reason os_boot_id(os_view *view, char **boot_id_ret, struct os_failure *failure)
{
    char text[4096];
    const char *boot_id = text;
    struct statx status;
    if (view->boot_file >= 0 && linux_statx(AT_FDCWD, BOOT_ID_FILE, 0, STATX_INO, &status) == 0) {
        struct os_file now = linux_file(&status);
        if (linux_same_file(&now, &view->boot))
            boot_id = view->boot_id;
    }
    if (boot_id == text) {
        ssize_t length = unix_read_file(AT_FDCWD, BOOT_ID_FILE, text, sizeof text);
        if (length < 0)
            return os_failed(PIDPROOF_BOOT_ID_UNAVAILABLE, "reading " BOOT_ID_FILE, failure);
        if (!proc_cut_boot_id(text, length, sizeof text)) {
            *failure =
                (struct os_failure){.doing = "reading " BOOT_ID_FILE ", which holds no boot id"};
            return PIDPROOF_BOOT_ID_UNAVAILABLE;
        }
    }
    char *copy = strdup(boot_id);
    if (!copy)
        return os_failed(PIDPROOF_BOOT_ID_UNAVAILABLE, "keeping the boot id", failure);
    *boot_id_ret = copy;
    return PIDPROOF_OK;
}
