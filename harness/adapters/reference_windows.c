/* reference_windows.c: see reference_system.h. */
#include "reference_system.h"

#include <fcntl.h>
#include <io.h>
#include <windows.h>

void system_bytes(void)
{
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
}

FILE *system_stream(int descriptor, const char *mode)
{
    if (_setmode(descriptor, _O_BINARY) == -1)
        return NULL;
    return _fdopen(descriptor, mode);
}

int64_t system_now_ns(void)
{
    LARGE_INTEGER ticks, frequency;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&ticks);
    int64_t seconds = ticks.QuadPart / frequency.QuadPart;
    int64_t rest = ticks.QuadPart % frequency.QuadPart;
    return seconds * 1000000000 + rest * 1000000000 / frequency.QuadPart;
}
