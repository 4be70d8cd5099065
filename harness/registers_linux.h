/*
 * The three registers that have to be written to change a system call of a stopped
 * thread. Reading goes through PTRACE_GET_SYSCALL_INFO, which is the same everywhere.
 */
#ifndef PIDPROOF_REGISTERS_LINUX_H
#define PIDPROOF_REGISTERS_LINUX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* AUDIT_ARCH_* of this architecture: the seccomp filter lets the calls of others pass. */
extern const uint32_t registers_audit_arch;

/* At entry: the call does nothing. Its result is then set at exit. */
bool registers_skip_call(pid_t thread);

/* At entry: argument 2 (the size, in read and pread64). */
bool registers_set_argument2(pid_t thread, uint64_t value);

/* At exit: what the call returns; an error is its negative number. */
bool registers_set_result(pid_t thread, int64_t value);

#endif
