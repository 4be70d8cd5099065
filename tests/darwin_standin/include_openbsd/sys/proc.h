/* Stand-in for OpenBSD's header of this name: what os_openbsd.c uses of it; see
 * ../../standin.h. */
#ifndef STANDIN_SYS_PROC_H
#define STANDIN_SYS_PROC_H

#define PS_EXITING 0x00000008
#define PS_ZOMBIE 0x00040000

#endif
