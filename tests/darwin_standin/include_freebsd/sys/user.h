/* Stand-in for FreeBSD's header of this name: what os_freebsd.c uses of it; see ../../standin.h. */
#ifndef STANDIN_SYS_USER_H
#define STANDIN_SYS_USER_H

#include_next <sys/user.h> /* Linux's own: <signal.h> on arm64 takes its registers from there */

struct kinfo_proc {
    int ki_structsize;
    int ki_layout;
    long ki_flag;
    char ki_stat;
    char ki_spare[1063]; /* 1088 bytes in all on amd64 */
};

#define SRUN 2
#define SZOMB 5
#define P_WEXIT 0x2000

#endif
