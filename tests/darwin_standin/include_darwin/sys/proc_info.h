/* Stand-in for macOS's header of this name; see ../../standin.h. */
#ifndef STANDIN_SYS_PROC_INFO_H
#define STANDIN_SYS_PROC_INFO_H

#include <stdint.h>

struct proc_bsdshortinfo {
    uint32_t pbsi_pid;
    uint32_t pbsi_ppid;
    uint32_t pbsi_pgid;
    uint32_t pbsi_status;
    char pbsi_comm[16];
    uint32_t pbsi_flags;
    uint32_t pbsi_ids[7];
};

#define PROC_PIDT_SHORTBSDINFO 13
#define PROC_PIDPATHINFO_MAXSIZE 4096
#define PROC_FLAG_INEXIT 4

#endif
