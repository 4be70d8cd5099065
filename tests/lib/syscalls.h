/*
 * syscalls.h: the library's calls of syscall(), put before the test first. Linked in by
 * `wraps_syscall` of CMakeLists.txt, with -Wl,--wrap=syscall.
 */
#ifndef TESTS_LIB_SYSCALLS_H
#define TESTS_LIB_SYSCALLS_H

#include <stdbool.h>

/*
 * The test's own. True: the call fails, with the errno that was set. False: it goes to the
 * kernel, with the arguments as they are then.
 */
bool syscall_fails(long number, long arguments[6]);

#endif
