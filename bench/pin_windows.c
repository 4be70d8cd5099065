/*
 * Pinning threads to CPUs on Windows, see target.h; of the CPUs of one processor group.
 */
#include "target.h"

#include <windows.h>

/* The CPUs that this process may use; 0: not known, and nothing is pinned. */
static DWORD_PTR allowed(void)
{
    DWORD_PTR ours = 0, all = 0;
    return GetProcessAffinityMask(GetCurrentProcess(), &ours, &all) ? ours : 0;
}

/* The CPU for thread `index` of a benchmark; 0: not known. */
static DWORD_PTR cpu_of(int index)
{
    const DWORD_PTR cpus = allowed();
    int count = 0;
    for (DWORD_PTR left = cpus; left != 0; left &= left - 1)
        count++;
    /* From the last CPU down: the first ones serve most interrupts. */
    int wanted = count == 0 ? 0 : index % count;
    for (DWORD_PTR cpu = (DWORD_PTR)1 << (8 * sizeof cpu - 1); cpu != 0; cpu >>= 1)
        if ((cpus & cpu) != 0 && wanted-- == 0)
            return cpu;
    return 0;
}

void pin_thread(int index)
{
    const DWORD_PTR cpu = cpu_of(index);
    if (cpu != 0)
        SetThreadAffinityMask(GetCurrentThread(), cpu);
}

void pin_target(uint32_t pid, int index)
{
    const DWORD_PTR cpu = cpu_of(index);
    HANDLE process = OpenProcess(PROCESS_SET_INFORMATION, FALSE, pid);
    if (process != NULL && cpu != 0)
        SetProcessAffinityMask(process, cpu);
    if (process != NULL)
        CloseHandle(process);
}

/* Children have the affinity of the process, whatever this thread's is. */
void unpin_thread(void)
{
    const DWORD_PTR cpus = allowed();
    if (cpus != 0)
        SetThreadAffinityMask(GetCurrentThread(), cpus);
}
