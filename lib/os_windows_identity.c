/*
 * os_windows_identity.c: which boot this is, and which process among all of this boot.
 *
 * Both come from the kernel's own counters, never from a clock, where the system has them.
 */
#include "os_windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winternl.h>

#define BOOT_KEY \
    L"SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\PrefetchParameters"

/* Of ProcessTelemetryIdInformation: what winternl.h leaves out. Texts follow behind it. */
#define PROCESS_TELEMETRY_ID ((PROCESSINFOCLASS)64)
struct telemetry_id {
    ULONG header_size;
    ULONG pid;
    ULONGLONG start_key; /* never given twice within a boot, nor in two boots */
    ULONGLONG created;
    ULONGLONG created_interrupt_time;
    ULONGLONG created_unbiased_time;
    ULONGLONG sequence;
    ULONGLONG session_created;
    ULONG session;
    ULONG boot_id; /* the registry's counter */
    ULONG rest[7];
};

/* ---- The kernel's counters ---------------------------------------------- */

static DWORD telemetry_id(HANDLE process, struct telemetry_id *id_ret)
{
    ULONG size = 1024;
    for (int attempt = 0; attempt < 8; attempt++) {
        struct telemetry_id *id = malloc(size);
        if (!id)
            return ERROR_NOT_ENOUGH_MEMORY;
        ULONG needed = 0;
        NTSTATUS status =
            NtQueryInformationProcess(process, PROCESS_TELEMETRY_ID, id, size, &needed);
        if (NT_SUCCESS(status) && needed >= sizeof *id)
            *id_ret = *id;
        free(id);
        if (NT_SUCCESS(status))
            return needed >= sizeof *id ? ERROR_SUCCESS : ERROR_NOT_SUPPORTED;
        if (needed <= size)
            return RtlNtStatusToDosError(status);
        size = needed;
    }
    return ERROR_MORE_DATA;
}

/*
 * The kernel counts boots and shows the count in two places. An ordinary user may read
 * the first, and a process in a sandbox at least the second, of itself. [BOOT-5]
 */
pidproof_reason os_boot_id(os_view *view, char **boot_id_ret, struct os_failure *failure)
{
    (void)view;
    DWORD count = 0, size = sizeof count;
    LSTATUS status = RegGetValueW(HKEY_LOCAL_MACHINE, BOOT_KEY, L"BootId", RRF_RT_REG_DWORD, NULL,
                                  &count, &size);
    if (status != ERROR_SUCCESS) {
        struct telemetry_id id;
        if (telemetry_id(GetCurrentProcess(), &id) != ERROR_SUCCESS)
            return os_failed(PIDPROOF_BOOT_ID_UNAVAILABLE, (DWORD)status,
                             "reading the registry's count of boots (PrefetchParameters, BootId)",
                             failure);
        count = id.boot_id;
    }
    char *boot_id = malloc(16);
    if (!boot_id)
        return os_no_memory(failure);
    snprintf(boot_id, 16, "%lu", (unsigned long)count);
    *boot_id_ret = boot_id;
    return PIDPROOF_OK;
}

/* ---- Instances [INST] --------------------------------------------------- */

/*
 * windows-start-key:BOOT:KEY, or, where the system has no such keys,
 * windows-created:BOOT:TIME (FILETIME, stored by the kernel when the process was made:
 * setting the clock does not change it). Numbers are lower-case hexadecimal, 16 digits.
 */
static const char *const kinds[] = {"windows-start-key:", "windows-created:"};
enum kind { START_KEY, CREATED };

/* Whether the text is a token, and of which kind. */
static bool token_kind(const char *text, enum kind *kind_ret)
{
    enum kind kind =
        strncmp(text, kinds[CREATED], strlen(kinds[CREATED])) == 0 ? CREATED : START_KEY;
    size_t prefix = strlen(kinds[kind]);
    if (strncmp(text, kinds[kind], prefix) != 0)
        return false;
    const char *boot_id = text + prefix;
    const char *number = boot_id + strspn(boot_id, "0123456789");
    if (number == boot_id || *number++ != ':' || strlen(number) != 16 ||
        strspn(number, "0123456789abcdef") != 16)
        return false;
    *kind_ret = kind;
    return true;
}

/* The process's number of this kind. */
static pidproof_reason token_number(HANDLE process, enum kind kind, uint64_t *number_ret,
                                    struct os_failure *failure)
{
    if (kind == START_KEY) {
        struct telemetry_id id;
        DWORD code = telemetry_id(process, &id);
        if (code != ERROR_SUCCESS)
            return os_failed(PIDPROOF_HANDLE_FAILED, code, "asking for the process's start key",
                             failure);
        *number_ret = id.start_key;
        return PIDPROOF_OK;
    }
    FILETIME created, exited, kernel, user;
    if (!GetProcessTimes(process, &created, &exited, &kernel, &user))
        return os_failed(PIDPROOF_HANDLE_FAILED, GetLastError(),
                         "asking when the process was created", failure);
    *number_ret = (uint64_t)created.dwHighDateTime << 32 | created.dwLowDateTime;
    return PIDPROOF_OK;
}

static pidproof_reason token_write(HANDLE process, enum kind kind, const char *boot_id,
                                   char **text_ret, struct os_failure *failure)
{
    uint64_t number = 0;
    pidproof_reason reason = token_number(process, kind, &number, failure);
    if (reason)
        return reason;
    size_t size = strlen(kinds[kind]) + strlen(boot_id) + sizeof ":0123456789abcdef";
    char *text = malloc(size);
    if (!text)
        return os_no_memory(failure);
    snprintf(text, size, "%s%s:%016llx", kinds[kind], boot_id, (unsigned long long)number);
    *text_ret = text;
    return PIDPROOF_OK;
}

bool os_instance_is_valid(const char *instance)
{
    enum kind kind;
    return token_kind(instance, &kind);
}

pidproof_reason os_process_instance(os_view *view, os_process *process, const char *boot_id,
                                    char **instance_ret, struct os_failure *failure)
{
    (void)view;
    struct telemetry_id id;
    enum kind kind = telemetry_id(process->handle, &id) == ERROR_SUCCESS ? START_KEY : CREATED;
    return token_write(process->handle, kind, boot_id, instance_ret, failure);
}

pidproof_reason os_process_instance_check(os_view *view, os_process *process, const char *boot_id,
                                          const char *instance, char **actual_ret,
                                          struct os_failure *failure)
{
    (void)view;
    enum kind kind;
    char *actual = NULL;
    if (!token_kind(instance, &kind)) /* not a valid one, against the contract: never "same" */
        return os_failed(PIDPROOF_HANDLE_FAILED, ERROR_SUCCESS, "reading the token", failure);
    pidproof_reason reason = token_write(process->handle, kind, boot_id, &actual, failure);
    if (reason)
        return reason;
    if (strcmp(actual, instance) == 0) {
        free(actual);
        return PIDPROOF_OK;
    }
    *actual_ret = actual;
    return os_failed(PIDPROOF_INSTANCE_MISMATCH, ERROR_SUCCESS, "comparing the token", failure);
}
