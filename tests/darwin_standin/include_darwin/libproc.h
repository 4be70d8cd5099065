/* Stand-in for macOS's header of this name; see ../standin.h. */
#ifndef STANDIN_LIBPROC_H
#define STANDIN_LIBPROC_H

#include <stdint.h>

int proc_pidpath(int pid, void *buffer, uint32_t size);
int proc_pidinfo(int pid, int flavor, uint64_t argument, void *buffer, int size);

#endif
