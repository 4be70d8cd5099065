/* Stand-in for NetBSD's header of this name: what os_netbsd.c uses of it; see ../../standin.h. */
#ifndef STANDIN_SYS_PROC_H
#define STANDIN_SYS_PROC_H

#define SACTIVE 2
#define SZOMB 5

#endif
