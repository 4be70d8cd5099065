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

/* The library tells GetLastError(); the names are those to which the C library maps it. */
const char *system_error_name(int64_t code)
{
    static const struct {
        DWORD code;
        const char *name;
    } names[] = {
        {ERROR_FILE_NOT_FOUND, "ENOENT"},       {ERROR_PATH_NOT_FOUND, "ENOENT"},
        {ERROR_BAD_PATHNAME, "ENOENT"},         {ERROR_INVALID_NAME, "ENOENT"},
        {ERROR_FILENAME_EXCED_RANGE, "ENOENT"}, {ERROR_ACCESS_DENIED, "EACCES"},
        {ERROR_SHARING_VIOLATION, "EACCES"},    {ERROR_WRITE_PROTECT, "EACCES"},
        {ERROR_TOO_MANY_OPEN_FILES, "EMFILE"},  {ERROR_INVALID_HANDLE, "EBADF"},
        {ERROR_NOT_ENOUGH_MEMORY, "ENOMEM"},    {ERROR_OUTOFMEMORY, "ENOMEM"},
        {ERROR_INVALID_PARAMETER, "EINVAL"},    {ERROR_FILE_EXISTS, "EEXIST"},
        {ERROR_ALREADY_EXISTS, "EEXIST"},       {ERROR_DISK_FULL, "ENOSPC"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((int64_t)names[i].code == code)
            return names[i].name;
    return NULL;
}
