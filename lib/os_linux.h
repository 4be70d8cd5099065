/*
 * os_linux.h: what the parts of the Linux backend share. Internal.
 */
#ifndef PIDPROOF_OS_LINUX_H
#define PIDPROOF_OS_LINUX_H

#include <stdatomic.h>
#include <sys/types.h>

#include "os_unix_files.h"

struct os_view {
    pid_t owner;   /* the process that made it */
    bool *mark;    /* true; the kernel makes it false in a forked child. NULL: it cannot */
    int proc;      /* descriptor of a /proc of our own PID namespace; or -1, */
    int proc_code; /* and why there is none, */
    const char *proc_doing;
    int boot_file; /* holds the kernel's own boot id file; or -1: what is there may change */
    struct os_file boot;
    char boot_id[64];
    int self; /* a pidfd of our own, for reaching others by handle; or -1 [INST-8] */
};

struct os_process {
    uint32_t pid;
    int pidfd;    /* -1: there is no such thing here (number-based), then */
    int dir;      /* a descriptor of /proc/PID, which answers for this process only; or -1 */
    pid_t thread; /* whose exe is looked at; 0: the main thread's [LOOK-5] */
    atomic_uintptr_t asker; /* the thread whose alone `set` is; 0: nobody's yet */
    int set; /* epoll set with the pidfd inside, plus 1; 0: none yet; -1: not to be had */
};

/* A process held by a pidfd, or by a descriptor of /proc/PID, or (both -1) by its number; the
 * descriptors become its own, also when there is no memory: NULL with errno. */
os_process *linux_process_new(uint32_t pid, int pidfd, int dir);

/* A pidfd of the process that has this number. -1: errno. */
int linux_open_pidfd(uint32_t pid);

/* statx(), which not every C library has, and what it says of a file. */
struct statx;
int linux_statx(int at, const char *name, int flags, unsigned mask, struct statx *status_ret);
struct os_file linux_file(const struct statx *status);

/* Which file it is, by statx() with the mount's unique number (Linux 6.8), or without it by
 * fstatat(), where there is no statx(). */
int linux_stat(int at, const char *name, int flags, struct os_file *file_ret);
bool linux_same_file(const struct os_file *a, const struct os_file *b);

/* The magic number of the file system that a descriptor is on; 0: errno. */
uint32_t linux_file_system(int fd);

/* The descriptor that `what` ("exe") of the process is looked up at; writes the name. */
int linux_process_name(const os_view *view, const os_process *process, const char *what,
                       char name_ret[64]);

#endif
