/* The traced child until it is the adapter, see tracer_child_linux.h. */
#define _GNU_SOURCE
#include "tracer_child_linux.h"

#include "registers_linux.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define JUMP_IF_EQUAL(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))

/*
 * Calls of the table stop, hidden ones do not exist, all others run. An mmap without a
 * file (descriptor -1) is memory, and no look at the world. The instruction array is
 * sized by the caller; returns how many were written.
 */
size_t tracer_filter(struct sock_filter *code)
{
    size_t n = 0, count;
    const struct call *table = calls(&count);

    code[n++] = (struct sock_filter)LOAD(offsetof(struct seccomp_data, arch));
    code[n++] = (struct sock_filter)JUMP_IF_EQUAL(registers_audit_arch, 1, 0);
    code[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
    code[n++] = (struct sock_filter)LOAD(offsetof(struct seccomp_data, nr));
    code[n++] = (struct sock_filter)JUMP_IF_EQUAL(SYS_mmap, 0, 4);
    code[n++] = (struct sock_filter)LOAD(offsetof(struct seccomp_data, args[4]));
    code[n++] = (struct sock_filter)JUMP_IF_EQUAL((uint32_t)-1, 0, 1);
    code[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
    code[n++] = (struct sock_filter)RETURN(SECCOMP_RET_TRACE);
    for (size_t i = 0; i < count; i++) {
        code[n++] = (struct sock_filter)JUMP_IF_EQUAL((uint32_t)table[i].number, 0, 1);
        code[n++] = (struct sock_filter)RETURN(SECCOMP_RET_TRACE);
    }
    const long *hidden = calls_hidden(&count);
    for (size_t i = 0; i < count; i++) {
        code[n++] = (struct sock_filter)JUMP_IF_EQUAL((uint32_t)hidden[i], 0, 1);
        code[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ERRNO | ENOSYS);
    }
    code[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
    return n;
}

/* The adapter-to-be: waits until it is traced, then becomes the adapter. Never returns. */
_Noreturn void tracer_become(char *const *arguments, const int standard[3], int go,
                             const struct sock_fprog *filter)
{
    char byte;
    sigset_t none;

    sigemptyset(&none);
    signal(SIGCHLD, SIG_DFL);
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || read(go, &byte, 1) != 1 ||
        dup2(standard[0], 0) < 0 || dup2(standard[1], 1) < 0 || dup2(standard[2], 2) < 0 ||
        syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) != 0 ||
        sigprocmask(SIG_SETMASK, &none, NULL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter) != 0) {
        dprintf(standard[2], "pidproof: preparing the adapter: %s\n", strerror(errno));
        _exit(127);
    }
    execvp(arguments[0], arguments);
    dprintf(2, "pidproof: cannot run %s: %s\n", arguments[0], strerror(errno));
    _exit(127);
}
