/* Stand-in for OpenBSD's header of this name: what os_bsd.c and os_openbsd.c use of it; see
 * ../../standin.h. */
#ifndef STANDIN_SYS_SYSCTL_H
#define STANDIN_SYS_SYSCTL_H

#include <stddef.h>
#include <stdint.h>

#define CTL_KERN 1
#define KERN_PROC 66
#define KERN_PROC_PID 1
#define KERN_FILE 73
#define KERN_FILE_BYPID 2
#define KERN_FILE_TEXT (-1)
#define KERN_FILE_CDIR (-2)

struct kinfo_proc {
    int32_t p_pid;
    int32_t p_psflags;
    int8_t p_stat;
};

struct kinfo_file {
    int32_t fd_fd;
    uint32_t va_fsid;
    uint64_t va_fileid;
    uint64_t va_size;
};

int sysctl(const int *name, unsigned length, void *old, size_t *old_size, void *new,
           size_t new_size);

#endif
