/* Stand-in for macOS's header of this name; see ../../standin.h. */
#ifndef STANDIN_SYS_SYSCTL_H
#define STANDIN_SYS_SYSCTL_H

#include <stddef.h>

int sysctlbyname(const char *name, void *old, size_t *old_size, void *new, size_t new_size);

#endif
