/*
 * Linux: the calls that are stopped at. Arguments and errors are those of section 2 of
 * the manual (man-pages 6.03). Calls that only some architectures have stand last.
 */
#include "syscalls.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#define LOOKUP_ERRORS "EACCES EBADF EFAULT EINVAL ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR"
#define OPEN_ERRORS                                                                            \
    LOOKUP_ERRORS " EBUSY EINTR EISDIR EMFILE ENFILE ENODEV ENXIO EOPNOTSUPP EOVERFLOW EPERM " \
                  "EROFS ETXTBSY EAGAIN"
#define READ_ERRORS "EAGAIN EBADF EFAULT EINTR EINVAL EIO EISDIR"
#define WRITE_ERRORS "EAGAIN EBADF EDQUOT EFAULT EFBIG EINTR EINVAL EIO ENOSPC EPERM EPIPE"
#define ACCESS_ERRORS LOOKUP_ERRORS " EIO EPERM EROFS ETXTBSY"
#define SIGNAL_ERRORS "EINVAL EPERM ESRCH"
#define WAIT_ERRORS "EAGAIN ECHILD EINTR EINVAL ESRCH"

static const struct call table[] = {
    /* files by name */
    {SYS_openat, "openat", "apox", OPEN_ERRORS, 0},
    {SYS_openat2, "openat2", "ap.i", OPEN_ERRORS " E2BIG EAGAIN EXDEV", 0},
    {SYS_newfstatat, "newfstatat", "ap.x", LOOKUP_ERRORS " EOVERFLOW", 0},
    {SYS_statx, "statx", "apxx.", LOOKUP_ERRORS, 0},
    {SYS_faccessat, "faccessat", "apx", ACCESS_ERRORS, 0},
    {SYS_faccessat2, "faccessat2", "apxx", ACCESS_ERRORS, 0},
    {SYS_readlinkat, "readlinkat", "apbi", LOOKUP_ERRORS " EIO", 0},
    {SYS_statfs, "statfs", "p.", LOOKUP_ERRORS " EINTR EIO ENOSYS EOVERFLOW", 0},
    {SYS_chdir, "chdir", "p", LOOKUP_ERRORS " EIO", 0},
    {SYS_getcwd, "getcwd", ".i", "EACCES EFAULT EINVAL ENAMETOOLONG ENOENT ENOMEM ERANGE", 0},
    {SYS_name_to_handle_at, "name_to_handle_at", "ap..x",
     LOOKUP_ERRORS " EOPNOTSUPP EOVERFLOW EPERM ESTALE", 0},
    {SYS_open_by_handle_at, "open_by_handle_at", "f.o", OPEN_ERRORS " ESTALE", 0},

    /* open files */
    {SYS_read, "read", "fbi", READ_ERRORS, CALL_CAN_BE_SHORT},
    {SYS_pread64, "pread64", "fbii", READ_ERRORS " ENXIO EOVERFLOW ESPIPE", CALL_CAN_BE_SHORT},
    {SYS_readv, "readv", "f.i", READ_ERRORS, 0},
    {SYS_preadv, "preadv", "f.ii", READ_ERRORS " ENXIO EOVERFLOW ESPIPE", 0},
    {SYS_write, "write", "f.i", WRITE_ERRORS, 0},
    {SYS_writev, "writev", "f.i", WRITE_ERRORS, 0},
    {SYS_pwrite64, "pwrite64", "f.ii", WRITE_ERRORS " ENXIO EOVERFLOW ESPIPE", 0},
    {SYS_sendfile, "sendfile", "ff.i", "EAGAIN EBADF EFAULT EINVAL EIO ENOMEM EOVERFLOW ESPIPE", 0},
    {SYS_copy_file_range, "copy_file_range", "f.f.ix",
     "EBADF EFBIG EINVAL EIO EISDIR ENOMEM ENOSPC EOPNOTSUPP EOVERFLOW EPERM ETXTBSY EXDEV", 0},
    {SYS_lseek, "lseek", "fii", "EBADF EINVAL ENXIO EOVERFLOW ESPIPE", 0},
    {SYS_mmap, "mmap", ".ixxfi",
     "EACCES EAGAIN EBADF EEXIST EINVAL ENFILE ENODEV ENOMEM EOVERFLOW EPERM ETXTBSY", 0},
    {SYS_fstat, "fstat", "f.", "EBADF EFAULT ENOMEM EOVERFLOW", 0},
    {SYS_fstatfs, "fstatfs", "f.", "EBADF EFAULT EINTR EIO ENOMEM ENOSYS EOVERFLOW", 0},
    {SYS_getdents64, "getdents64", "f.i", "EBADF EFAULT EINVAL ENOENT ENOTDIR", 0},
    {SYS_ioctl, "ioctl", "fx.", "EBADF EFAULT EINVAL ENOTTY", 0},
    {SYS_fcntl, "fcntl", "fix",
     "EACCES EAGAIN EBADF EBUSY EDEADLK EFAULT EINTR EINVAL EMFILE "
     "ENOLCK ENOTDIR EPERM",
     0},
    {SYS_dup, "dup", "f", "EBADF EMFILE", 0},
    {SYS_dup3, "dup3", "ffx", "EBADF EBUSY EINTR EINVAL EMFILE", 0},
    {SYS_close, "close", "f", "EBADF EINTR EIO ENOSPC EDQUOT", CALL_ALWAYS_RUNS},

    /* processes */
    {SYS_pidfd_open, "pidfd_open", "nx", "EINVAL EMFILE ENFILE ENODEV ENOENT ENOMEM ESRCH", 0},
    {SYS_pidfd_send_signal, "pidfd_send_signal", "fs.x", SIGNAL_ERRORS " EBADF", 0},
    {SYS_pidfd_getfd, "pidfd_getfd", "fix", "EBADF EINVAL EMFILE ENFILE EPERM ESRCH", 0},
    {SYS_kill, "kill", "ns", SIGNAL_ERRORS, 0},
    {SYS_tkill, "tkill", "ns", SIGNAL_ERRORS " EAGAIN", 0},
    {SYS_tgkill, "tgkill", "nns", SIGNAL_ERRORS " EAGAIN", 0},
    {SYS_rt_sigqueueinfo, "rt_sigqueueinfo", "ns.", SIGNAL_ERRORS " EAGAIN", 0},
    {SYS_wait4, "wait4", "n.x.", WAIT_ERRORS, 0},
    {SYS_waitid, "waitid", "ii.x.", WAIT_ERRORS " EBADF", 0},
    {SYS_getpgid, "getpgid", "n", "EACCES EINVAL EPERM ESRCH", 0},
    {SYS_getsid, "getsid", "n", "EPERM ESRCH", 0},
    {SYS_getpriority, "getpriority", "in", "EACCES EINVAL EPERM ESRCH", 0},
    {SYS_prlimit64, "prlimit64", "ni..", "EFAULT EINVAL EPERM ESRCH", 0},
    {SYS_kcmp, "kcmp", "nniii", "EBADF EFAULT EINVAL ENOENT EPERM ESRCH", 0},
    {SYS_process_vm_readv, "process_vm_readv", "n.i.ix", "EFAULT EINVAL ENOMEM EPERM ESRCH", 0},
    {SYS_ptrace, "ptrace", "in..", "EBUSY EFAULT EINVAL EIO EPERM ESRCH", 0},

    /* waiting for descriptors */
    {SYS_ppoll, "ppoll", "li...", "EFAULT EINTR EINVAL ENOMEM", CALL_SLEEPS},
    {SYS_pselect6, "pselect6", "ir....", "EBADF EINTR EINVAL ENOMEM", CALL_SLEEPS},
    {SYS_epoll_create1, "epoll_create1", "x", "EINVAL EMFILE ENFILE ENOMEM", 0},
    {SYS_epoll_ctl, "epoll_ctl", "eif.", "EBADF EEXIST EINVAL ELOOP ENOENT ENOMEM ENOSPC EPERM", 0},
    {SYS_epoll_pwait, "epoll_pwait", "e.ii.", "EBADF EFAULT EINTR EINVAL", CALL_SLEEPS},
    {SYS_epoll_pwait2, "epoll_pwait2", "e.i..", "EBADF EFAULT EINTR EINVAL", CALL_SLEEPS},

/* The older calls, which newer architectures (arm64) never had. */
#ifdef SYS_open
    {SYS_open, "open", "pox", OPEN_ERRORS, 0},
    {SYS_stat, "stat", "p.", LOOKUP_ERRORS " EOVERFLOW", 0},
    {SYS_lstat, "lstat", "p.", LOOKUP_ERRORS " EOVERFLOW", 0},
    {SYS_access, "access", "px", ACCESS_ERRORS, 0},
    {SYS_readlink, "readlink", "pbi", LOOKUP_ERRORS " EIO", 0},
    {SYS_getdents, "getdents", "f.i", "EBADF EFAULT EINVAL ENOENT ENOTDIR", 0},
    {SYS_dup2, "dup2", "ff", "EBADF EBUSY EINTR EMFILE", 0},
    {SYS_poll, "poll", "lii", "EFAULT EINTR EINVAL ENOMEM", CALL_SLEEPS},
    {SYS_select, "select", "ir...", "EBADF EINTR EINVAL ENOMEM", CALL_SLEEPS},
    {SYS_epoll_create, "epoll_create", "i", "EINVAL EMFILE ENFILE ENOMEM", 0},
    {SYS_epoll_wait, "epoll_wait", "e.ii", "EBADF EFAULT EINTR EINVAL", CALL_SLEEPS},
#endif
};

const struct call *calls(size_t *count_ret)
{
    *count_ret = sizeof table / sizeof *table;
    return table;
}

const struct call *call_by_number(long number)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].number == number)
            return &table[i];
    return NULL;
}

/* An io_uring does its reading in the kernel, where nothing stops it. */
static const long hidden[] = {SYS_io_uring_setup};

const long *calls_hidden(size_t *count_ret)
{
    *count_ret = sizeof hidden / sizeof *hidden;
    return hidden;
}

const char calls_common_errors[] = "EINTR ENOMEM EMFILE EIO ENOSYS EPERM EACCES";

struct name {
    int number;
    const char *text;
};

#define NAME(symbol)    \
    {                   \
        symbol, #symbol \
    }

static const struct name errors[] = {
    NAME(E2BIG),   NAME(EACCES),  NAME(EAGAIN), NAME(EBADF),  NAME(EBUSY),      NAME(ECHILD),
    NAME(EDEADLK), NAME(EDQUOT),  NAME(EEXIST), NAME(EFAULT), NAME(EFBIG),      NAME(EINTR),
    NAME(EINVAL),  NAME(EIO),     NAME(EISDIR), NAME(ELOOP),  NAME(EMFILE),     NAME(ENAMETOOLONG),
    NAME(ENFILE),  NAME(ENODEV),  NAME(ENOENT), NAME(ENOLCK), NAME(ENOMEM),     NAME(ENOSPC),
    NAME(ENOSYS),  NAME(ENOTDIR), NAME(ENOTTY), NAME(ENXIO),  NAME(EOPNOTSUPP), NAME(EOVERFLOW),
    NAME(EPERM),   NAME(EPIPE),   NAME(ERANGE), NAME(EROFS),  NAME(ESPIPE),     NAME(ESRCH),
    NAME(ESTALE),  NAME(ETXTBSY), NAME(EXDEV),
};

static const struct name signals[] = {
    NAME(SIGHUP),  NAME(SIGINT),  NAME(SIGQUIT), NAME(SIGKILL), NAME(SIGTERM), NAME(SIGCHLD),
    NAME(SIGSTOP), NAME(SIGCONT), NAME(SIGUSR1), NAME(SIGUSR2), NAME(SIGSEGV), NAME(SIGABRT),
    NAME(SIGPIPE), NAME(SIGURG),  NAME(SIGBUS),  NAME(SIGILL),  NAME(SIGFPE),  NAME(SIGALRM),
};

const char *error_name(int number)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].number == number)
            return errors[i].text;
    return NULL;
}

int error_from_name(const char *name)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strcmp(errors[i].text, name) == 0)
            return errors[i].number;
    return 0;
}

const char *signal_text(int number)
{
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (signals[i].number == number)
            return signals[i].text;
    return NULL;
}
