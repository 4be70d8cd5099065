/*
 * Load on Windows, see distributions.h: threads of ours, since no process can be stopped there.
 */
#include "distributions.h"

#include <stdio.h>
#include <windows.h>

enum { SPINNERS_MOST = 64 };

static struct {
    HANDLE threads[SPINNERS_MOST];
    LONG count;
    HANDLE start;          /* one for each that is to spin */
    HANDLE said;           /* one for each that spins now, or rests again */
    volatile LONG running; /* they spin as long as this holds */
    volatile LONG ending;
} spinners;

static bool complain(const char *what)
{
    fprintf(stderr, "pidproof_distributions: %s: error %lu of Windows\n", what, GetLastError());
    return false;
}

static DWORD WINAPI spin(void *number)
{
    pin_thread((int)(intptr_t)number);
    while (WaitForSingleObject(spinners.start, INFINITE) == WAIT_OBJECT_0 && !spinners.ending) {
        ReleaseSemaphore(spinners.said, 1, NULL);
        while (spinners.running) {
        }
        ReleaseSemaphore(spinners.said, 1, NULL);
    }
    return 0;
}

bool load_set(bool loaded)
{
    if ((spinners.running != 0) == loaded)
        return true;
    InterlockedExchange(&spinners.running, loaded);
    if (loaded && !ReleaseSemaphore(spinners.start, spinners.count, NULL))
        return complain("starting to spin");
    for (LONG i = 0; i < spinners.count; i++)
        if (WaitForSingleObject(spinners.said, INFINITE) != WAIT_OBJECT_0)
            return complain("waiting for a spinning thread");
    return true;
}

bool load_begin(void)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    spinners.start = CreateSemaphoreW(NULL, 0, SPINNERS_MOST, NULL);
    spinners.said = CreateSemaphoreW(NULL, 0, SPINNERS_MOST, NULL);
    if (spinners.start == NULL || spinners.said == NULL)
        return complain("making a semaphore");
    while (spinners.count < (LONG)info.dwNumberOfProcessors && spinners.count < SPINNERS_MOST) {
        HANDLE thread = CreateThread(NULL, 0, spin, (void *)(intptr_t)spinners.count, 0, NULL);
        if (thread == NULL)
            return complain("starting a thread");
        spinners.threads[spinners.count++] = thread;
    }
    return true;
}

void load_end(void)
{
    InterlockedExchange(&spinners.ending, 1);
    InterlockedExchange(&spinners.running, 0);
    if (spinners.count > 0)
        ReleaseSemaphore(spinners.start, spinners.count, NULL);
    for (LONG i = 0; i < spinners.count; i++) {
        WaitForSingleObject(spinners.threads[i], INFINITE);
        CloseHandle(spinners.threads[i]);
    }
    if (spinners.start != NULL)
        CloseHandle(spinners.start);
    if (spinners.said != NULL)
        CloseHandle(spinners.said);
}
