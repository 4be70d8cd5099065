/*
 * os_linux_instance.c: the Linux backend's instance tokens, which tell apart the processes
 * that had one number one after the other.
 *
 * All digits hexadecimal, lower case and of fixed number, so that a
 * truncated token is not another valid one:
 *
 *     linux-pidfs:<boot id>:<16: inode of the pidfd>
 *     linux-start:<boot id>:<8: PID namespace>:<8: number>:<16: start, in clock ticks>
 *
 * pidfs (Linux 6.9) gives every process an inode number of 64 bits that is never used again
 * before the next boot. Where it is missing, two processes that had the same number one
 * after the other may have started in the same tick (10 ms), so a token of the second kind
 * is written only once that tick has passed and the process still lives: whoever lives then
 * and started in that tick is the last of its number that did, so the token is its own.
 * Start times are counted in the initial time namespace, whatever the reader's. [INST-2, INST-6]
 */
#define _GNU_SOURCE

#include "os_linux.h"
#include "proc_text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Younger than the C library's headers are: struct pidfd_info in its first version, of which
 * only these two are read, and its call (Linux 6.13). */
struct pidfd_identity {
    uint64_t mask, unused;
    uint32_t pid;     /* as the caller's PID namespace counts */
    uint32_t process; /* likewise; another one for a thread */
    uint32_t others[10];
};
#define PIDFD_IDENTITY _IOWR(0xFF, 11, struct pidfd_identity)
#define PIDFD_IDENTITY_PID ((uint64_t)1)
#define FILEID_KERNFS 0xfe

/* ---- Tokens ------------------------------------------------------------- */

struct token {
    bool by_start;
    const char *boot_id; /* not NUL-terminated */
    size_t boot_id_length;
    uint64_t fields[3]; /* pidfs: inode; start: namespace, number, ticks */
};

/* Takes a ':' and `digits` digits off the end of text[0, *length). */
static bool take_field(const char *text, size_t *length, size_t digits, uint64_t *value_ret)
{
    if (*length < digits + 1 || text[*length - digits - 1] != ':')
        return false;
    *length -= digits + 1;
    *value_ret = 0;
    for (size_t i = 0; i < digits; i++) {
        const char *digit = strchr("0123456789abcdef", text[*length + 1 + i]);
        *value_ret = *value_ret << 4 | (uint64_t)(digit ? digit - "0123456789abcdef" : 0);
        if (!digit)
            return false;
    }
    return true;
}

static bool parse_token(const char *text, struct token *token_ret)
{
    struct token token = {.by_start = strncmp(text, "linux-start:", 12) == 0};
    if (!token.by_start && strncmp(text, "linux-pidfs:", 12) != 0)
        return false;
    token.boot_id = text + 12;
    size_t length = strlen(token.boot_id);
    bool whole = token.by_start ? take_field(token.boot_id, &length, 16, &token.fields[2]) &&
                                      take_field(token.boot_id, &length, 8, &token.fields[1]) &&
                                      take_field(token.boot_id, &length, 8, &token.fields[0])
                                : take_field(token.boot_id, &length, 16, &token.fields[0]);
    token.boot_id_length = length;
    if (whole)
        *token_ret = token;
    return whole && length > 0;
}

bool os_instance_is_valid(const char *instance)
{
    struct token token;
    return parse_token(instance, &token);
}

static pidproof_reason write_token(const struct token *token, char **text_ret,
                                   struct os_failure *failure)
{
    size_t size = token->boot_id_length + 64;
    char *text = malloc(size);
    if (!text) {
        errno = ENOMEM;
        return os_failed(PIDPROOF_HANDLE_FAILED, "writing the instance token", failure);
    }
    int length = (int)token->boot_id_length;
    if (token->by_start)
        snprintf(text, size, "linux-start:%.*s:%08" PRIx64 ":%08" PRIx64 ":%016" PRIx64, length,
                 token->boot_id, token->fields[0], token->fields[1], token->fields[2]);
    else
        snprintf(text, size, "linux-pidfs:%.*s:%016" PRIx64, length, token->boot_id,
                 token->fields[0]);
    *text_ret = text;
    return PIDPROOF_OK;
}

static bool is_of_boot(const struct token *token, const char *boot_id)
{
    return strlen(boot_id) == token->boot_id_length &&
           memcmp(boot_id, token->boot_id, token->boot_id_length) == 0;
}

/* ---- What tells instances apart ----------------------------------------- */

/* The pidfs inode; before pidfs all pidfds share one inode, and on 32 bits it is cut. */
static bool pidfs_inode(const os_process *process, uint64_t *inode_ret)
{
    struct os_file file;
    if (process->pidfd < 0 || sizeof(long) < 8 || linux_file_system(process->pidfd) != 0x50494446 ||
        linux_stat(process->pidfd, "", AT_EMPTY_PATH, &file) != 0)
        return false;
    *inode_ret = file.id[0];
    return true;
}

/*
 * pidfs handles are inode numbers (Linux 6.14 opens them, for anybody who has a pidfd). What
 * is opened is a pidfd like any other. Its number is asked of it: the token does not tell,
 * and verify.c looks at /proc by number.
 */
os_process *os_process_reopen(os_view *view, uint32_t pid, const char *boot_id,
                              const char *instance)
{
    struct token token;
    union {
        struct file_handle handle;
        char room[sizeof(struct file_handle) + sizeof(uint64_t)];
    } named = {.handle = {.handle_bytes = sizeof(uint64_t), .handle_type = FILEID_KERNFS}};
    struct pidfd_identity identity = {.mask = PIDFD_IDENTITY_PID};

    if (view->self < 0 || sizeof(long) < 8 || !parse_token(instance, &token) || token.by_start ||
        !is_of_boot(&token, boot_id))
        return NULL;
    memcpy(named.handle.f_handle, &token.fields[0], sizeof(uint64_t));
    int pidfd;
    do
        pidfd = open_by_handle_at(view->self, &named.handle, O_RDONLY | O_CLOEXEC);
    while (pidfd < 0 && errno == EINTR);
    if (pidfd < 0)
        return NULL;
    /* glibc's ioctl takes an unsigned long, musl's an int: the system call fits both. */
    if (syscall(SYS_ioctl, pidfd, PIDFD_IDENTITY, &identity) != 0 ||
        !(identity.mask & PIDFD_IDENTITY_PID) || identity.pid != pid || identity.process != pid) {
        close(pidfd);
        return NULL;
    }
    return linux_process_new(pid, pidfd, -1);
}

/* What the reader's time namespace adds to times since boot, in nanoseconds. */
static int time_offset(const os_view *view, int64_t *offset_ret)
{
    char text[256];
    struct os_file own, children;
    *offset_ret = 0;
    if (unix_read_file(view->proc, "self/timens_offsets", text, sizeof text) < 0)
        return errno == ENOENT ? 0 : -1; /* a kernel without time namespaces */
    int64_t seconds, rest;
    const char *line = strstr(text, "boottime");
    if (!line || sscanf(line, "boottime %" SCNd64 " %" SCNd64, &seconds, &rest) != 2)
        return errno = EPROTO, -1;
    /* The file tells the children's; after unshare() without fork() ours is another. */
    if (linux_stat(view->proc, "thread-self/ns/time", 0, &own) ||
        linux_stat(view->proc, "thread-self/ns/time_for_children", 0, &children))
        return -1;
    if (own.id[0] != children.id[0])
        return errno = EXDEV, -1;
    *offset_ret = seconds * 1000000000 + rest;
    return 0;
}

/* Namespace, number and start. *shown_ret: the start as the reader's clock counts. */
static int start_fields(const os_view *view, const os_process *process, uint64_t fields_ret[3],
                        uint64_t *shown_ret)
{
    char name[64], text[1024];
    struct os_file space;
    int64_t offset, tick = 1000000000 / sysconf(_SC_CLK_TCK);
    if (view->proc < 0)
        return errno = view->proc_code, -1;
    os_process whole = {.pid = process->pid, .dir = process->dir};
    int at = linux_process_name(view, &whole, "stat", name);
    if (unix_read_file(at, name, text, sizeof text) < 0 || time_offset(view, &offset) ||
        linux_stat(view->proc, "thread-self/ns/pid", 0, &space))
        return -1;
    struct proc_stat stat;
    if (!proc_parse_stat(text, &stat) || offset % tick != 0)
        return errno = EPROTO, -1;
    *shown_ret = stat.start;
    fields_ret[0] = space.id[0] & 0xffffffff;
    fields_ret[1] = process->pid;
    fields_ret[2] = stat.start - (uint64_t)(offset / tick);
    return 0;
}

/* Waits until the tick in which a process started has passed: at most 10 ms. */
static void let_tick_pass(uint64_t tick_number)
{
    int64_t tick = 1000000000 / sysconf(_SC_CLK_TCK);
    struct timespec now;
    while (clock_gettime(CLOCK_BOOTTIME, &now) == 0) {
        int64_t left =
            (int64_t)(tick_number + 1) * tick - ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
        if (left <= 0)
            return;
        nanosleep(&(struct timespec){.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000},
                  NULL);
    }
}

static const char doing_instance[] = "asking which instance it is";

pidproof_reason os_process_instance(os_view *view, os_process *process, const char *boot_id,
                                    char **instance_ret, struct os_failure *failure)
{
    struct token token = {.boot_id = boot_id, .boot_id_length = strlen(boot_id)};
    uint64_t shown;
    if (!pidfs_inode(process, &token.fields[0])) {
        token.by_start = true;
        if (start_fields(view, process, token.fields, &shown))
            return os_failed(PIDPROOF_HANDLE_FAILED, doing_instance, failure);
        let_tick_pass(shown);
    }
    return write_token(&token, instance_ret, failure);
}

pidproof_reason os_process_instance_check(os_view *view, os_process *process, const char *boot_id,
                                          const char *instance, char **actual_ret,
                                          struct os_failure *failure)
{
    struct token recorded, actual;
    uint64_t shown;
    parse_token(instance, &recorded);
    actual = recorded;
    actual.boot_id = boot_id;
    actual.boot_id_length = strlen(boot_id);
    bool other_boot = !is_of_boot(&recorded, boot_id);
    bool known = recorded.by_start ? start_fields(view, process, actual.fields, &shown) == 0
                                   : pidfs_inode(process, &actual.fields[0]);
    if (!known && !other_boot) {
        if (!recorded.by_start)
            errno = ENOSYS;
        return os_failed(PIDPROOF_HANDLE_FAILED, doing_instance, failure);
    }
    if (!other_boot && memcmp(actual.fields, recorded.fields, sizeof actual.fields) == 0)
        return PIDPROOF_OK;
    *actual_ret = NULL;
    if (known && write_token(&actual, actual_ret, failure))
        *actual_ret = NULL;
    return PIDPROOF_INSTANCE_MISMATCH;
}
