/*
 * os_windows.c: processes on Windows: lookup, liveness, image, signals.
 *
 * What makes it race-free: while a handle on a process is open, exited or not, its number
 * is given to no other process. Everything is asked of the handle, and it is opened first:
 * what comes after is about that process, whatever happens to it. The image's path is asked
 * of the kernel through the handle too, where it follows a rename; a running image can be
 * renamed, but neither written nor (from Windows's side) deleted, so the file that stands
 * at that path before and after is the image. Whether the process has exited is asked
 * last, of the handle's own state: it is set once and for all, while the exit code of a
 * process that left with 259 says STILL_ACTIVE for ever. [LIVE-3, LIVE-7]
 */
#include "os_windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <tlhelp32.h>

/* ---- What the system said ----------------------------------------------- */

pidproof_reason os_failed(pidproof_reason reason, DWORD code, const char *doing,
                          struct os_failure *failure)
{
    *failure = (struct os_failure){.code = code, .doing = doing};
    switch (code) {
    case ERROR_TOO_MANY_OPEN_FILES:
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_COMMITMENT_LIMIT:
    case ERROR_NOT_ENOUGH_QUOTA:
        return PIDPROOF_HANDLE_FAILED;
    default:
        return reason;
    }
}

void os_error_text(int64_t code, char *text, size_t size)
{
    WCHAR wide[256];
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
                                      FORMAT_MESSAGE_MAX_WIDTH_MASK,
                                  NULL, (DWORD)code, 0, wide, ARRAYSIZE(wide), NULL);
    while (length > 0 && (wide[length - 1] == L' ' || wide[length - 1] == L'.'))
        wide[--length] = L'\0';
    char *utf8 = NULL;
    struct os_failure ignored;
    if (length == 0 || os_utf8(wide, &utf8, &ignored))
        snprintf(text, size, "unknown error");
    else
        snprintf(text, size, "%s", utf8);
    free(utf8);
}

pidproof_reason os_no_memory(struct os_failure *failure)
{
    return os_failed(PIDPROOF_HANDLE_FAILED, ERROR_NOT_ENOUGH_MEMORY, "allocating memory", failure);
}

/* ---- The verifier's view of the system ---------------------------------- */

/* Nothing costs enough here to be remembered. */
struct os_view {
    char nothing;
};

os_view *os_view_new(void)
{
    return calloc(1, sizeof(os_view));
}

void os_view_free(os_view *view)
{
    free(view);
}

bool os_view_is_current(const os_view *view)
{
    (void)view; /* there is no fork */
    return true;
}

/* ---- Processes by number ------------------------------------------------ */

bool os_pid_is_valid(uint32_t pid)
{
    return pid != 0;
}

enum listed { NOT_LISTED, LISTED, LIST_FAILED };

/* Whether the system's list of processes has exactly this number. Slow: for the one
 * question that opening cannot answer. */
static enum listed pid_is_listed(uint32_t pid)
{
    HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (list == INVALID_HANDLE_VALUE)
        return LIST_FAILED;
    PROCESSENTRY32W entry = {.dwSize = sizeof entry};
    BOOL more = Process32FirstW(list, &entry);
    while (more && entry.th32ProcessID != pid)
        more = Process32NextW(list, &entry);
    DWORD code = GetLastError();
    CloseHandle(list);
    if (more)
        return LISTED;
    return code == ERROR_NO_MORE_FILES ? NOT_LISTED : LIST_FAILED;
}

/*
 * Opens the process of this number, and of this number only: Windows ignores the two
 * lowest bits, so pid+1 to pid+3 open it as well. [LOOK-1..3] "Access denied" proves that
 * a process is there, though perhaps under the rounded number: the list tells. [LOOK-2]
 */
static pidproof_reason open_number(uint32_t pid, DWORD access, HANDLE *handle_ret,
                                   struct os_failure *failure)
{
    HANDLE handle = OpenProcess(access | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
    if (!handle) {
        DWORD code = GetLastError();
        bool gone = code == ERROR_INVALID_PARAMETER ||
                    (code == ERROR_ACCESS_DENIED && pid_is_listed(pid) == NOT_LISTED);
        return os_failed(gone ? PIDPROOF_NOT_FOUND : PIDPROOF_HANDLE_FAILED, code,
                         "opening the process", failure);
    }
    DWORD number = GetProcessId(handle);
    if (number == pid) {
        *handle_ret = handle;
        return PIDPROOF_OK;
    }
    pidproof_reason reason =
        number == 0 ? os_failed(PIDPROOF_HANDLE_FAILED, GetLastError(),
                                "asking the process for its number", failure)
                    : os_failed(PIDPROOF_NOT_FOUND, ERROR_INVALID_PARAMETER,
                                "opening the process: the system rounded the number", failure);
    CloseHandle(handle);
    return reason;
}

static pidproof_reason has_exited(HANDLE handle, DWORD timeout_ms, bool *exited_ret,
                                  struct os_failure *failure)
{
    switch (WaitForSingleObject(handle, timeout_ms)) {
    case WAIT_OBJECT_0:
        *exited_ret = true;
        return PIDPROOF_OK;
    case WAIT_TIMEOUT:
        *exited_ret = false;
        return PIDPROOF_OK;
    default:
        return os_failed(PIDPROOF_HANDLE_FAILED, GetLastError(), "waiting for the process",
                         failure);
    }
}

bool os_pid_is_alive(uint32_t pid)
{
    HANDLE handle = NULL;
    bool exited = true;
    struct os_failure failure;
    pidproof_reason reason = open_number(pid, SYNCHRONIZE, &handle, &failure);
    if (!reason) {
        reason = has_exited(handle, 0, &exited, &failure);
        CloseHandle(handle);
    }
    if (reason == PIDPROOF_HANDLE_FAILED) /* it exists, or we could not look */
        return failure.code == ERROR_ACCESS_DENIED || pid_is_listed(pid) == LISTED;
    return !reason && !exited;
}

/* ---- Processes ---------------------------------------------------------- */

pidproof_reason os_process_open(os_view *view, uint32_t pid, os_process **process_ret,
                                struct os_failure *failure)
{
    (void)view;
    os_process *process = malloc(sizeof *process);
    if (!process)
        return os_no_memory(failure);
    pidproof_reason reason = open_number(pid, SYNCHRONIZE, &process->handle, failure);
    if (reason) {
        free(process);
        return reason;
    }
    process->pid = pid;
    *process_ret = process;
    return PIDPROOF_OK;
}

void os_process_close(os_process *process)
{
    if (!process)
        return;
    CloseHandle(process->handle);
    free(process);
}

bool os_process_is_bound(const os_process *process)
{
    (void)process;
    return true;
}

pidproof_reason os_process_is_alive(os_process *process, bool often, bool *alive_ret,
                                    struct os_failure *failure)
{
    (void)often; /* one system call as it is */
    bool exited;
    pidproof_reason reason = has_exited(process->handle, 0, &exited, failure);
    if (!reason)
        *alive_ret = !exited;
    return reason;
}

pidproof_reason os_process_wait(os_process *process, int64_t timeout_ms, bool *exited_ret,
                                struct os_failure *failure)
{
    if (timeout_ms < 0)
        return has_exited(process->handle, INFINITE, exited_ret, failure);
    ULONGLONG started = GetTickCount64();
    for (;;) {
        ULONGLONG passed = GetTickCount64() - started;
        ULONGLONG left = (ULONGLONG)timeout_ms > passed ? (ULONGLONG)timeout_ms - passed : 0;
        DWORD step = left < INFINITE ? (DWORD)left : INFINITE - 1;
        bool exited;
        pidproof_reason reason = has_exited(process->handle, step, &exited, failure);
        if (reason)
            return reason;
        if (exited || left == step) {
            *exited_ret = exited;
            return PIDPROOF_OK;
        }
    }
}

os_fd os_process_descriptor(const os_process *process)
{
    (void)process; /* a HANDLE is no descriptor */
    return OS_NO_FD;
}

/* ---- The running image -------------------------------------------------- */

/* The path in UTF-8. pid 4 and its like have an empty one: no file, never "the same". [EXE-3] */
static pidproof_reason image_path(const os_process *process, char **path_ret,
                                  struct os_failure *failure)
{
    static const char doing[] = "asking for the path of the process's image";
    for (DWORD size = 512; size <= 65536; size *= 2) {
        WCHAR *path = malloc(size * sizeof *path);
        if (!path)
            return os_no_memory(failure);
        DWORD length = size;
        if (QueryFullProcessImageNameW(process->handle, 0, path, &length)) {
            pidproof_reason reason =
                length == 0 || path[0] == L'\0'
                    ? os_failed(PIDPROOF_EXE_PATH_UNREADABLE, 0,
                                "asking for the path of the process's image: it has none", failure)
                    : os_utf8(path, path_ret, failure);
            free(path);
            return reason;
        }
        DWORD code = GetLastError();
        free(path);
        if (code != ERROR_INSUFFICIENT_BUFFER)
            return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, code, doing, failure);
    }
    return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, ERROR_INSUFFICIENT_BUFFER, doing, failure);
}

/* A failed look at the image's file is never "different": it is our look that failed. */
static pidproof_reason as_unreadable(pidproof_reason reason)
{
    return reason == PIDPROOF_EXE_PATH_MISMATCH ? PIDPROOF_EXE_PATH_UNREADABLE : reason;
}

static pidproof_reason path_file(const char *path, struct os_file *file_ret,
                                 struct os_failure *failure)
{
    HANDLE handle = NULL;
    pidproof_reason reason = os_path_open(path, true, FILE_READ_ATTRIBUTES, &handle, failure);
    if (reason)
        return reason;
    if (!os_file_of(handle, file_ret))
        reason = os_failed(PIDPROOF_EXE_PATH_UNREADABLE, GetLastError(),
                           "asking which file the process's image is", failure);
    CloseHandle(handle);
    return reason;
}

pidproof_reason os_process_image(os_view *view, os_process *process, const char *recorded,
                                 struct os_image *image_ret, struct os_failure *failure)
{
    (void)view;
    (void)recorded;
    struct os_image image;
    pidproof_reason reason = image_path(process, &image.path, failure);
    if (reason)
        return reason;
    reason = as_unreadable(path_file(image.path, &image.file, failure));
    if (reason)
        free(image.path);
    else
        *image_ret = image;
    return reason;
}

pidproof_reason os_process_image_file(os_view *view, os_process *process, struct os_file *file_ret,
                                      struct os_failure *failure)
{
    struct os_image image;
    pidproof_reason reason = os_process_image(view, process, NULL, &image, failure);
    if (reason)
        return reason;
    free(image.path);
    *file_ret = image.file;
    return PIDPROOF_OK;
}

pidproof_reason os_process_image_open(os_view *view, os_process *process, os_fd *fd_ret,
                                      struct os_failure *failure)
{
    (void)view;
    char *path;
    pidproof_reason reason = image_path(process, &path, failure);
    if (reason)
        return reason == PIDPROOF_HANDLE_FAILED ? reason : PIDPROOF_EXE_UNHASHABLE;
    reason = os_regular_open(path, true, fd_ret, failure);
    free(path);
    return reason;
}

/* ---- Signals [SIG] ------------------------------------------------------ */

/* Permission came with the handle. Where it is denied nevertheless the process has exited or
 * is on its way out, which shows in its exit code first and in its state later. */
static bool is_ending(HANDLE handle)
{
    DWORD exit_code;
    return (GetExitCodeProcess(handle, &exit_code) && exit_code != STILL_ACTIVE) ||
           WaitForSingleObject(handle, 0) == WAIT_OBJECT_0;
}

static pidproof_reason kill_handle(HANDLE handle, struct os_failure *failure)
{
    bool exited;
    pidproof_reason reason = has_exited(handle, 0, &exited, failure);
    if (reason)
        return reason;
    if (!exited && !TerminateProcess(handle, 1)) {
        DWORD code = GetLastError();
        if (!is_ending(handle))
            return os_failed(PIDPROOF_HANDLE_FAILED, code, "terminating the process", failure);
        exited = true;
    }
    return exited ? os_failed(PIDPROOF_NOT_FOUND, ERROR_SUCCESS,
                              "terminating the process, which has exited", failure)
                  : PIDPROOF_OK;
}

pidproof_reason os_pid_signal(uint32_t pid, enum os_signal signal, struct os_failure *failure)
{
    if (signal == OS_TERMINATE)
        return os_failed(PIDPROOF_TERMINATE_UNSUPPORTED, ERROR_SUCCESS,
                         "asking the process to end, for which Windows has no signal", failure);
    HANDLE handle;
    pidproof_reason reason = open_number(pid, PROCESS_TERMINATE | SYNCHRONIZE, &handle, failure);
    if (reason)
        return reason;
    reason = kill_handle(handle, failure);
    CloseHandle(handle);
    return reason;
}

/* Verifying asks for no right to terminate, so this opens the process once more; the handle
 * that we hold keeps the number its own meanwhile. [SIG-6] */
pidproof_reason os_process_signal(os_process *process, enum os_signal signal,
                                  struct os_failure *failure)
{
    return os_pid_signal(process->pid, signal, failure);
}
