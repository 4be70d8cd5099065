/* child.c: see child.h. */
#include "child.h"

#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>

/* Kills whoever is in it when the test ends. */
static HANDLE the_job(void)
{
    static HANDLE job;
    if (job)
        return job;
    job = CreateJobObjectW(NULL, NULL);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {.BasicLimitInformation.LimitFlags =
                                                       JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE};
    assert_non_null(job);
    assert_true(
        SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits));
    return job;
}

const WCHAR *helper_path(void)
{
    static WCHAR path[MAX_PATH + 16];
    if (path[0])
        return path;
    DWORD length = GetModuleFileNameW(NULL, path, MAX_PATH);
    assert_in_range(length, 1, MAX_PATH - 1);
    wcscpy(wcsrchr(path, L'\\') + 1, L"helper.exe");
    return path;
}

static void start(struct child *child, const WCHAR *program, SECURITY_ATTRIBUTES *protection)
{
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    HANDLE its_input, its_output, from;
    assert_true(CreatePipe(&its_input, &child->to, &inherited, 0));
    assert_true(CreatePipe(&from, &its_output, &inherited, 0));
    assert_true(SetHandleInformation(child->to, HANDLE_FLAG_INHERIT, 0));
    assert_true(SetHandleInformation(from, HANDLE_FLAG_INHERIT, 0));
    STARTUPINFOW startup = {.cb = sizeof startup,
                            .dwFlags = STARTF_USESTDHANDLES,
                            .hStdInput = its_input,
                            .hStdOutput = its_output,
                            .hStdError = GetStdHandle(STD_ERROR_HANDLE)};
    PROCESS_INFORMATION made;
    if (!CreateProcessW(program, NULL, protection, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL,
                        &startup, &made))
        fail_msg("CreateProcess: error %lu", GetLastError());
    AssignProcessToJobObject(the_job(), made.hProcess);
    CloseHandle(made.hThread);
    CloseHandle(its_input);
    CloseHandle(its_output);
    char ready[32];
    DWORD got = 0;
    assert_true(ReadFile(from, ready, sizeof ready, &got, NULL));
    assert_true(got > 0);
    CloseHandle(from);
    child->process = made.hProcess;
    child->pid = made.dwProcessId;
}

void child_start(struct child *child, const WCHAR *program)
{
    start(child, program, NULL);
}

void child_start_protected(struct child *child, const WCHAR *program, const WCHAR *sddl)
{
    SECURITY_ATTRIBUTES protection = {.nLength = sizeof protection};
    assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorW(
        sddl, SDDL_REVISION_1, &protection.lpSecurityDescriptor, NULL));
    start(child, program, &protection);
    LocalFree(protection.lpSecurityDescriptor);
}

void child_exit(struct child *child, unsigned code)
{
    char line[32];
    DWORD length = (DWORD)snprintf(line, sizeof line, "exit %u\n", code), written;
    assert_true(WriteFile(child->to, line, length, &written, NULL));
    assert_int_equal(WaitForSingleObject(child->process, 10000), WAIT_OBJECT_0);
}

void child_end(struct child *child)
{
    CloseHandle(child->to);
    assert_int_equal(WaitForSingleObject(child->process, 10000), WAIT_OBJECT_0);
    CloseHandle(child->process);
}

char *utf8(const WCHAR *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *made = malloc((size_t)size);
    assert_non_null(made);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, made, size, NULL, NULL);
    return made;
}

pidproof_record *captured(DWORD pid)
{
    pidproof_record *record = NULL;
    pidproof_error error = {0};
    char text[512];
    if (pidproof_capture(NULL, pid, &record, &error))
        fail_msg("capture: %s", pidproof_error_format(&error, text, sizeof text));
    return record;
}

pidproof_reason verified(const pidproof_record *record)
{
    pidproof_handle *handle = NULL;
    pidproof_reason reason = pidproof_verify(NULL, record, &handle, NULL);
    pidproof_handle_close(handle);
    return reason;
}

static WCHAR scratch[MAX_PATH];

const WCHAR *scratch_make(void)
{
    WCHAR base[MAX_PATH];
    assert_in_range(GetTempPathW(MAX_PATH, base), 1, MAX_PATH - 1);
    /* Whoever had this process's number before may have been killed and left its own. */
    for (unsigned n = 0;; n++) {
        swprintf(scratch, MAX_PATH, L"%lspidproof-%lu-%u\\", base, GetCurrentProcessId(), n);
        if (CreateDirectoryW(scratch, NULL))
            return scratch;
        assert_int_equal(GetLastError(), ERROR_ALREADY_EXISTS);
    }
}

const WCHAR *scratch_path(const WCHAR *name)
{
    static WCHAR path[MAX_PATH];
    swprintf(path, MAX_PATH, L"%ls%ls", scratch, name);
    return path;
}

void scratch_remove(void)
{
    WIN32_FIND_DATAW found;
    HANDLE search = FindFirstFileW(scratch_path(L"*"), &found);
    BOOL more = search != INVALID_HANDLE_VALUE;
    for (; more; more = FindNextFileW(search, &found))
        if (!(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
            DeleteFileW(scratch_path(found.cFileName));
    FindClose(search);
    RemoveDirectoryW(scratch);
}

bool is_wine(void)
{
    return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != NULL;
}
