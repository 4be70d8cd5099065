/*
 * Registers of x86-64 and arm64, by PTRACE_GETREGSET and PTRACE_SETREGSET.
 */
#define _GNU_SOURCE
#include "registers_linux.h"

#include <elf.h>
#include <linux/audit.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

static bool get(pid_t thread, struct user_regs_struct *registers)
{
    struct iovec io = {registers, sizeof *registers};
    return ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &io) == 0;
}

static bool set(pid_t thread, struct user_regs_struct *registers)
{
    struct iovec io = {registers, sizeof *registers};
    return ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &io) == 0;
}

#if defined(__x86_64__)

const uint32_t registers_audit_arch = AUDIT_ARCH_X86_64;

#define ARGUMENT2(registers) (registers).rdx
#define RESULT(registers) (registers).rax

bool registers_skip_call(pid_t thread)
{
    struct user_regs_struct registers;
    if (!get(thread, &registers))
        return false;
    registers.orig_rax = (unsigned long long)-1;
    return set(thread, &registers);
}

#elif defined(__aarch64__)

const uint32_t registers_audit_arch = AUDIT_ARCH_AARCH64;

#define ARGUMENT2(registers) (registers).regs[2]
#define RESULT(registers) (registers).regs[0]

bool registers_skip_call(pid_t thread)
{
    int number = -1; /* the number is not among the general registers there */
    struct iovec io = {&number, sizeof number};
    return ptrace(PTRACE_SETREGSET, thread, NT_ARM_SYSTEM_CALL, &io) == 0;
}

#else
#error "harness/registers_linux.c knows x86-64 and arm64; build tracer_none.c here"
#endif

bool registers_set_argument2(pid_t thread, uint64_t value)
{
    struct user_regs_struct registers;
    if (!get(thread, &registers))
        return false;
    ARGUMENT2(registers) = value;
    return set(thread, &registers);
}

bool registers_set_result(pid_t thread, int64_t value)
{
    struct user_regs_struct registers;
    if (!get(thread, &registers))
        return false;
    RESULT(registers) = (uint64_t)value;
    return set(thread, &registers);
}
