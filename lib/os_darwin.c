/*
 * os_darwin.c: macOS: what it adds to os_kqueue.c: the boot id, who has a number, the path
 * of its image, instance tokens, signals.
 *
 * proc_pidinfo() and proc_pidpath() answer for whoever has the number. os_kqueue.c and
 * verify.c ask between a registration and a proof that the registered process has not
 * exited; what is asked here needs no privilege, also not about other users' processes.
 *
 * Not run on macOS by us so far: it is compiled and linked, and its logic runs on a
 * stand-in (tests/darwin_standin). What is said of XNU is from its published sources.
 */
#define _DARWIN_C_SOURCE

#include "os_kqueue.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <libproc.h>
#include <mach/message.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/proc.h>
#include <sys/proc_info.h>
#include <sys/sysctl.h>

/* How often a call that failed by chance (EIO from sysctl on arm64, JDK-8276651) is made again. */
#define ATTEMPTS 8

static bool by_chance(int code)
{
    return code == EINTR || code == EIO;
}

/* ---- The boot ------------------------------------------------------------ */

/* kern.boottime moves with the clock; this is drawn at random at every boot. [BOOT-3] */
pidproof_reason os_boot_id(os_view *view, char **boot_id_ret, struct os_failure *failure)
{
    char text[128];
    size_t size;
    int failed, attempt = 0;
    (void)view;
    do {
        size = sizeof text - 1;
        failed = sysctlbyname("kern.bootsessionuuid", text, &size, NULL, 0);
    } while (failed && by_chance(errno) && ++attempt < ATTEMPTS);
    if (failed)
        return os_failed(PIDPROOF_BOOT_ID_UNAVAILABLE, "asking for kern.bootsessionuuid", failure);
    text[size] = '\0';
    if (text[0] == '\0') {
        *failure = (struct os_failure){.doing = "asking for kern.bootsessionuuid, which is empty"};
        return PIDPROOF_BOOT_ID_UNAVAILABLE;
    }
    char *copy = strdup(text);
    if (!copy)
        return os_failed(PIDPROOF_BOOT_ID_UNAVAILABLE, "keeping the boot id", failure);
    *boot_id_ret = copy;
    return PIDPROOF_OK;
}

/* ---- Who has a number ---------------------------------------------------- */

/* Private, but the same since 10.9; XNU asserts its size ("this structure is API"). */
#define PROC_PIDUNIQIDENTIFIERINFO 17
struct identity {
    uint8_t uuid[16];
    uint64_t unique;        /* counts processes since boot; exec keeps it */
    uint64_t parent_unique; /* its parent's */
    int32_t version;        /* changes with every exec as well */
    int32_t parent_version;
    uint64_t reserved[2];
};
_Static_assert(sizeof(struct identity) == 56, "struct proc_uniqidentifierinfo of XNU");

/* Fills all of `size` bytes; 0 and short answers are errors. 0, or -1 with errno. */
static int info(uint32_t pid, int flavor, uint64_t argument, void *buffer, int size)
{
    int filled, attempt = 0;
    do {
        errno = 0;
        filled = proc_pidinfo((int)pid, flavor, argument, buffer, size);
    } while (filled <= 0 && by_chance(errno) && ++attempt < ATTEMPTS);
    if (filled == size)
        return 0;
    if (filled > 0 || errno == 0)
        errno = EPROTO; /* an answer of another size: not the system that we know */
    return -1;
}

int backend_look(os_process *process, bool *exited_ret)
{
    struct proc_bsdshortinfo status;
    struct identity identity;
    /* 1: of zombies as well. Who is not even one of them was reaped. */
    if (info(process->pid, PROC_PIDT_SHORTBSDINFO, 1, &status, sizeof status) ||
        info(process->pid, PROC_PIDUNIQIDENTIFIERINFO, 1, &identity, sizeof identity)) {
        *exited_ret = errno == ESRCH;
        return errno == ESRCH ? 0 : -1;
    }
    process->unique = identity.unique;
    *exited_ret = status.pbsi_status == SZOMB || (status.pbsi_flags & PROC_FLAG_INEXIT) != 0;
    return 0;
}

/* ---- The running image --------------------------------------------------- */

/* 0 is the error, also for an image that was unlinked (ENOENT). */
int backend_image_path(uint32_t pid, char path_ret[IMAGE_PATH_SIZE])
{
    int length, attempt = 0;
    do {
        errno = 0;
        length = proc_pidpath((int)pid, path_ret, IMAGE_PATH_SIZE);
    } while (length <= 0 && by_chance(errno) && ++attempt < ATTEMPTS);
    if (length > 0)
        return 0;
    if (errno == 0)
        errno = EPROTO; /* an empty path */
    return -1;
}

/* ---- Instances ----------------------------------------------------------- */

/*
 * darwin-unique:<boot id>:<16: p_uniqueid, hexadecimal, lower case>. Start times, which the
 * system counts by the wall clock, take no part. [INST-2, INST-6]
 */
#define KIND "darwin-unique:"
#define DIGITS 16

static bool parse_token(const char *text, size_t *boot_id_length_ret, uint64_t *unique_ret)
{
    if (strncmp(text, KIND, strlen(KIND)) != 0)
        return false;
    const char *boot_id = text + strlen(KIND);
    size_t length = strlen(boot_id);
    if (length < 1 + 1 + DIGITS || boot_id[length - DIGITS - 1] != ':')
        return false;
    const char *digits = boot_id + length - DIGITS;
    if (strspn(digits, "0123456789abcdef") != DIGITS)
        return false;
    *boot_id_length_ret = length - DIGITS - 1;
    *unique_ret = strtoull(digits, NULL, 16);
    return true;
}

bool os_instance_is_valid(const char *instance)
{
    size_t length;
    uint64_t unique;
    return parse_token(instance, &length, &unique);
}

pidproof_reason os_process_instance(os_view *view, os_process *process, const char *boot_id,
                                    char **instance_ret, struct os_failure *failure)
{
    (void)view;
    size_t size = strlen(KIND) + strlen(boot_id) + 1 + DIGITS + 1;
    char *text = malloc(size);
    if (!text) {
        errno = ENOMEM;
        return os_failed(PIDPROOF_HANDLE_FAILED, "writing the instance token", failure);
    }
    snprintf(text, size, KIND "%s:%016" PRIx64, boot_id, process->unique);
    *instance_ret = text;
    return PIDPROOF_OK;
}

pidproof_reason os_process_instance_check(os_view *view, os_process *process, const char *boot_id,
                                          const char *instance, char **actual_ret,
                                          struct os_failure *failure)
{
    size_t length = 0;
    uint64_t unique = 0;
    parse_token(instance, &length, &unique);
    if (length == strlen(boot_id) && strncmp(instance + strlen(KIND), boot_id, length) == 0 &&
        unique == process->unique)
        return PIDPROOF_OK;
    *actual_ret = NULL;
    if (os_process_instance(view, process, boot_id, actual_ret, failure))
        *actual_ret = NULL;
    return PIDPROOF_INSTANCE_MISMATCH;
}

/* ---- Signals ------------------------------------------------------------- */

/*
 * macOS 15 signals by audit token: number and version in it are compared and the signal is
 * sent under one reference to the process, so that it reaches this process or nobody. The
 * function is looked for at run time, since the oldest system that we build for has none.
 */
typedef int signal_with_token(audit_token_t *token, int signal);

/* What an audit token holds is the kernel's affair, but these two are what it compares. */
enum { TOKEN_PID = 5, TOKEN_VERSION = 7 };

/*
 * Without it: order and window. `unique` is compared, which proves that the number is still
 * the process's own, and kill() goes to the number right after. In between the process would
 * have to exit and be reaped, and the number to be given away: numbers are given in turn
 * (99,999 of them), so that all others would have to come first. Small, and not nothing:
 * before macOS 15 a signal by handle is as good as this and no better. [SIG-6]
 */
int backend_signal(os_process *process, int number)
{
    signal_with_token *by_token;
    *(void **)&by_token = dlsym(RTLD_DEFAULT, "proc_signal_with_audittoken");
    int code = ESRCH;
    for (int attempt = 0; code == ESRCH && attempt < ATTEMPTS; attempt++) {
        struct identity identity;
        if (info(process->pid, PROC_PIDUNIQIDENTIFIERINFO, 0, &identity, sizeof identity))
            return errno;
        if (identity.unique != process->unique)
            return ESRCH;
        if (!by_token)
            return kill((pid_t)process->pid, number) == 0 ? 0 : errno;
        audit_token_t token = {{0}};
        token.val[TOKEN_PID] = process->pid;
        token.val[TOKEN_VERSION] = (unsigned)identity.version;
        code = by_token(&token, number); /* what errno would be; 0 */
        /* ESRCH: it has exited, or exec gave it another version: look again. */
    }
    return code;
}
