/*
 * Windows: single checks of what programs do today. The benchmarks' floor there is no check: with
 * every CPU loaded SwitchToThread gives the CPU away for whole slices of time.
 */
#include "distributions.h"

#include <stdio.h>
#include <windows.h>

static DWORD by_number;
static HANDLE process;

static bool by_wait(void)
{
    return WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
}

static bool by_exit_code(void)
{
    DWORD code = 0;
    return GetExitCodeProcess(process, &code) && code == STILL_ACTIVE;
}

static bool by_opening(void)
{
    HANDLE opened = OpenProcess(SYNCHRONIZE, FALSE, by_number);
    bool alive = opened != NULL && WaitForSingleObject(opened, 0) == WAIT_TIMEOUT;
    if (opened != NULL)
        CloseHandle(opened);
    return alive;
}

const struct check system_checks[SYSTEM_CHECKS] = {
    {"baseline/wait_handle", by_wait},
    {"baseline/exit_code", by_exit_code},
    {"baseline/process_is_alive", by_opening},
};

bool system_begin(uint32_t held, uint32_t numbered)
{
    by_number = numbered;
    process = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, held);
    if (process == NULL)
        fprintf(stderr, "pidproof_distributions: opening a process: error %lu of Windows\n",
                GetLastError());
    return process != NULL;
}

void system_end(void)
{
    if (process != NULL)
        CloseHandle(process);
}
