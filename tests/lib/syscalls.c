/* syscalls.c: see syscalls.h. */
#include "syscalls.h"

#include <stdarg.h>
#include <stddef.h>

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    long arguments[6];
    va_list rest;
    va_start(rest, number);
    for (size_t i = 0; i < 6; i++)
        arguments[i] = va_arg(rest, long);
    va_end(rest);
    return syscall_fails(number, arguments)
               ? -1
               : __real_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3],
                                arguments[4], arguments[5]);
}
