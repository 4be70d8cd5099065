/* Stand-in for NetBSD's header of this name: what os_netbsd.c uses of it; see ../../standin.h. */
#ifndef STANDIN_UVM_UVM_PARAM_H
#define STANDIN_UVM_UVM_PARAM_H

#define VM_PROC 16
#define VM_PROC_MAP 1

#endif
