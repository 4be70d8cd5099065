/*
 * os_windows.h: what the parts of the Windows backend share. Internal.
 *
 *     os_windows.c            processes: lookup, liveness, image, signals
 *     os_windows_identity.c   the boot, instances
 *     os_windows_file.c       paths, files
 *     os_windows_watch.c      locks, threads, many processes
 */
#ifndef PIDPROOF_OS_WINDOWS_H
#define PIDPROOF_OS_WINDOWS_H

#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0602 /* Windows 8: 128-bit file ids */

#include <windows.h>

#include "os.h"

struct os_process {
    HANDLE handle; /* SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION */
    uint32_t pid;  /* cannot be given to another process while `handle` is open */
};

/* Fills `failure`. Returns `reason`, or HANDLE_FAILED where the code says exhaustion. [LOOK-6] */
pidproof_reason os_failed(pidproof_reason reason, DWORD code, const char *doing,
                          struct os_failure *failure);

/* The failure of malloc(). */
pidproof_reason os_no_memory(struct os_failure *failure);

/* Malloc'ed UTF-8, nothing lost: EXE_PATH_UNREADABLE where the text is not UTF-16 (a file
 * name may be any sequence of 16-bit units). [EXE-7] */
pidproof_reason os_utf8(const WCHAR *text, char **utf8_ret, struct os_failure *failure);

/* Opens what stands at the path to look at it, or (GENERIC_READ) to read it. Reasons as
 * os_path_names() gives them. `network_too`: the system told this path, not a record. */
pidproof_reason os_path_open(const char *path, bool network_too, DWORD access, HANDLE *handle_ret,
                             struct os_failure *failure);

/* As os_file_open(). */
pidproof_reason os_regular_open(const char *path, bool network_too, os_fd *fd_ret,
                                struct os_failure *failure);

/* Whether two full paths are equal but for the case of ASCII letters. [EXE-4] */
bool os_same_path(const WCHAR *a, const WCHAR *b);

/* What the file's handle says. False: GetLastError() tells why. */
bool os_file_of(HANDLE handle, struct os_file *file_ret);

#endif
