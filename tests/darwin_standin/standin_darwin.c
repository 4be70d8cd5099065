/*
 * standin_darwin.c: what is macOS's own of the stand-in (standin.h): libproc, sysctlbyname, and
 * signals by audit token.
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <libproc.h>
#include <mach/message.h>
#include <stdio.h>
#include <string.h>
#include <sys/proc.h>
#include <sys/proc_info.h>
#include <sys/syscall.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include "standin.h"

void *__wrap_dlsym(void *handle, const char *name);

/* Every process has versions of its own. */
static int32_t version_of(pid_t pid)
{
    return (int32_t)pid * 16 + standin.version;
}

/* Returns the size filled; 0 is the error. Zombies are found where `argument` is 1. */
int proc_pidinfo(int number, int flavor, uint64_t argument, void *buffer, int size)
{
    enum standin_call call = flavor == PROC_PIDT_SHORTBSDINFO ? STANDIN_STATUS : STANDIN_IDENTITY;
    if (standin_fails(call))
        return 0;
    char state;
    unsigned long long start;
    pid_t pid = standin_owner((uint32_t)number);
    if (!standin_stat(pid, &state, &start) || (argument == 0 && state == 'Z'))
        return errno = ESRCH, 0;
    memset(buffer, 0, (size_t)size);
    if (call == STANDIN_STATUS) {
        struct proc_bsdshortinfo *info = buffer;
        info->pbsi_pid = (uint32_t)number;
        info->pbsi_status = state == 'Z' ? SZOMB : SRUN;
        info->pbsi_flags = standin.exiting ? PROC_FLAG_INEXIT : 0;
        return (int)sizeof *info - standin.missing;
    }
    uint64_t unique = (uint64_t)start << 32 | (uint32_t)pid;
    memcpy((char *)buffer + 16, &unique, sizeof unique);
    int32_t version = version_of(pid);
    memcpy((char *)buffer + 32, &version, sizeof version);
    return 56;
}

/* Returns the length; 0 is the error. */
int proc_pidpath(int number, void *buffer, uint32_t size)
{
    if (standin_fails(STANDIN_PATH))
        return 0;
    if (size > PROC_PIDPATHINFO_MAXSIZE)
        return errno = EOVERFLOW, 0;
    return standin_path(standin_owner((uint32_t)number), buffer, size) ? 0 : (int)strlen(buffer);
}

/* ---- The rest ------------------------------------------------------------ */

int sysctlbyname(const char *name, void *old, size_t *old_size, void *new, size_t new_size)
{
    static int boottime;
    char text[128];
    (void)new;
    (void)new_size;
    if (standin_fails(STANDIN_SYSCTL))
        return -1;
    if (strcmp(name, "kern.bootsessionuuid") == 0)
        snprintf(text, sizeof text, "%s", standin.boot);
    else if (strcmp(name, "kern.boottime") == 0)
        snprintf(text, sizeof text, "%d", ++boottime); /* moves with the clock */
    else
        return errno = ENOENT, -1;
    size_t size = strlen(text) + 1;
    if (size > *old_size)
        return errno = ENOMEM, -1;
    memcpy(old, text, size);
    *old_size = size;
    return 0;
}

/* Returns errno's value, and compares number and version. */
static int proc_signal_with_audittoken(audit_token_t *token, int signal)
{
    if (standin_fails(STANDIN_TOKEN))
        return errno;
    pid_t pid = standin_owner(token->val[5]);
    if (pid == 0 || (int)token->val[7] != version_of(pid))
        return ESRCH;
    return syscall(SYS_kill, pid, signal) == 0 ? 0 : errno;
}

void *__wrap_dlsym(void *handle, const char *name)
{
    (void)handle;
    void *symbol = NULL;
    if (standin.token_signals && strcmp(name, "proc_signal_with_audittoken") == 0) {
        int (*function)(audit_token_t *, int) = proc_signal_with_audittoken;
        memcpy(&symbol, &function, sizeof symbol);
    }
    return symbol;
}
