/*
 * Targets on Windows, see target.h. They are children that live until they are killed or the
 * writing end of one common pipe closes, that is, never longer than us. A handle of each is
 * kept, so that a dead one keeps its number until it is "reaped".
 */
#include "target_system.h"

#include <stdio.h>
#include <windows.h>

/* A file system may keep times no finer than 100 ms (FAT: 2 s, which we do not wait for). */
enum { SETTLED_MS = 100, MAX_CHILDREN = 20000 };

static struct {
    WCHAR directory[MAX_PATH];
    WCHAR idle[MAX_PATH];
    CRITICAL_SECTION lock;
    HANDLE child_end, our_end; /* of the pipe */
    struct child {
        uint32_t pid;
        HANDLE process;
    } children[MAX_CHILDREN];
    size_t alive;
} targets;

static bool complain(const char *doing)
{
    fprintf(stderr, "pidproof_bench: %s: error %lu of Windows\n", doing, GetLastError());
    return false;
}

bool targets_prepare(const char *idle)
{
    WCHAR temporary[MAX_PATH - 64];
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};

    InitializeCriticalSection(&targets.lock);
    if (!MultiByteToWideChar(CP_UTF8, 0, idle, -1, targets.idle, MAX_PATH))
        return complain("reading the name of the program that targets run");
    DWORD length = GetTempPathW(MAX_PATH - 64, temporary);
    if (length == 0 || length >= MAX_PATH - 64)
        return complain("asking where temporary files go");
    /* Numbers come back, and one that was killed left its directory. */
    swprintf(targets.directory, MAX_PATH, L"%lspidproof-bench-%lu-%lld", temporary,
             GetCurrentProcessId(), (long long)clock_ns());
    if (!CreateDirectoryW(targets.directory, NULL))
        return complain("making a directory for executables");
    if (!CreatePipe(&targets.child_end, &targets.our_end, &inherited, 0) ||
        !SetHandleInformation(targets.our_end, HANDLE_FLAG_INHERIT, 0))
        return complain("making a pipe");
    return true;
}

/* Copies the program to a new executable and grows it to `size` bytes. */
static bool copy_program(const WCHAR *path, int64_t size)
{
    LARGE_INTEGER has = {0}, end = {.QuadPart = size};
    if (!CopyFileW(targets.idle, path, TRUE))
        return complain("copying the program that targets run");
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    bool grown = file != INVALID_HANDLE_VALUE && GetFileSizeEx(file, &has);
    if (grown && has.QuadPart > size) {
        SetLastError(ERROR_FILE_TOO_LARGE);
        grown = false;
    }
    grown = grown && SetFilePointerEx(file, end, NULL, FILE_BEGIN) && SetEndOfFile(file);
    DWORD code = GetLastError();
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    SetLastError(code);
    return grown || complain("growing a copy of the program that targets run");
}

/* Starts `path`, and returns when it runs: CreateProcess() does so before it was loaded. */
uint32_t target_spawn(const char *path)
{
    WCHAR wide[MAX_PATH];
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    STARTUPINFOW start = {
        .cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES, .hStdInput = targets.child_end};
    PROCESS_INFORMATION made;
    HANDLE ready;
    DWORD said = 0;
    char byte;

    unpin_thread();
    if (targets.alive == MAX_CHILDREN) {
        SetLastError(ERROR_TOO_MANY_OPEN_FILES);
        complain("starting one target more");
        return 0;
    }
    if (!MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, MAX_PATH) ||
        !CreatePipe(&ready, &start.hStdOutput, &inherited, 0)) {
        complain("starting a target");
        return 0;
    }
    SetHandleInformation(ready, HANDLE_FLAG_INHERIT, 0);
    bool started = CreateProcessW(wide, NULL, NULL, NULL, TRUE, 0, NULL, NULL, &start, &made);
    if (!started)
        complain("starting a target");
    CloseHandle(start.hStdOutput);
    if (started) {
        CloseHandle(made.hThread);
        targets.children[targets.alive++] = (struct child){made.dwProcessId, made.hProcess};
    }
    bool runs = started && ReadFile(ready, &byte, 1, &said, NULL) && said == 1;
    if (started && !runs) {
        complain("waiting until a target runs");
        target_kill(made.dwProcessId);
        target_reap(made.dwProcessId);
    }
    CloseHandle(ready);
    return runs ? made.dwProcessId : 0;
}

bool target_file(int64_t size, char path[TARGET_PATH])
{
    WCHAR wide[MAX_PATH];
    swprintf(wide, MAX_PATH, L"%ls\\%lld.exe", targets.directory, (long long)size);
    if (!copy_program(wide, size))
        return false;
    Sleep(SETTLED_MS);
    return WideCharToMultiByte(CP_UTF8, 0, wide, -1, path, TARGET_PATH, NULL, NULL) ||
           complain("writing a path as UTF-8");
}

void target_file_remove(const char *path)
{
    WCHAR wide[MAX_PATH];
    if (MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, MAX_PATH))
        DeleteFileW(wide);
}

void targets_lock(void)
{
    EnterCriticalSection(&targets.lock);
}

void targets_unlock(void)
{
    LeaveCriticalSection(&targets.lock);
}

static struct child *find_child(uint32_t pid)
{
    for (size_t i = 0; i < targets.alive; i++)
        if (targets.children[i].pid == pid)
            return &targets.children[i];
    return NULL;
}

void target_strike(uint32_t pid)
{
    struct child *child = find_child(pid);
    if (child != NULL)
        TerminateProcess(child->process, 1);
}

void target_kill(uint32_t pid)
{
    struct child *child = find_child(pid);
    target_strike(pid);
    if (child != NULL)
        WaitForSingleObject(child->process, INFINITE);
}

void target_reap(uint32_t pid)
{
    struct child *child = find_child(pid);
    if (child == NULL)
        return;
    CloseHandle(child->process);
    *child = targets.children[--targets.alive];
}

void targets_system_end(void)
{
    RemoveDirectoryW(targets.directory);
    CloseHandle(targets.child_end);
    CloseHandle(targets.our_end);
    DeleteCriticalSection(&targets.lock);
}

int64_t clock_ns(void)
{
    LARGE_INTEGER now, frequency;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    const int64_t seconds = now.QuadPart / frequency.QuadPart;
    const int64_t rest = now.QuadPart % frequency.QuadPart;
    return seconds * 1000000000 + rest * 1000000000 / frequency.QuadPart;
}
