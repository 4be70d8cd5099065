/* Stand-in for NetBSD's header of this name: what os_bsd.c and os_netbsd.c use of it; see
 * ../../standin.h. */
#ifndef STANDIN_SYS_SYSCTL_H
#define STANDIN_SYS_SYSCTL_H

#include <stddef.h>
#include <stdint.h>

#define CTL_KERN 1
#define CTL_VM 2
#define KERN_PROC2 47
#define KERN_PROC_PID 1
#define KERN_PROC_ARGS 48
#define KERN_PROC_PATHNAME 5

struct kinfo_proc2 {
    int32_t p_flag;
    int32_t p_pid;
    int8_t p_stat;
    uint64_t p_realstat;
};

#define P_WEXIT 0x00002000

struct kinfo_vmentry {
    uint32_t kve_protection;
    uint64_t kve_vn_fileid;
    uint64_t kve_vn_fsid;
    char kve_path[1024];
};

#define KVME_PROT_READ 1
#define KVME_PROT_EXEC 4

int sysctl(const int *name, unsigned length, void *old, size_t *old_size, const void *new,
           size_t new_size);

#endif
