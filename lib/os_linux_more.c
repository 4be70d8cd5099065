/*
 * os_linux_more.c: the second half of the Linux backend: instances and watches.
 *
 * Instance tokens, all digits hexadecimal, lower case and of fixed number, so that a
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

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

#include <fcntl.h>

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

/* ---- What tells instances apart ----------------------------------------- */

/* The pidfs inode; before pidfs all pidfds share one inode, and on 32 bits it is cut. */
static bool pidfs_inode(const os_process *process, uint64_t *inode_ret)
{
    struct statfs system;
    struct os_file file;
    if (process->pidfd < 0 || sizeof(long) < 8 || fstatfs(process->pidfd, &system) != 0 ||
        system.f_type != 0x50494446 || linux_stat(process->pidfd, "", AT_EMPTY_PATH, &file) != 0)
        return false;
    *inode_ret = file.id[0];
    return true;
}

/* What the reader's time namespace adds to times since boot, in nanoseconds. */
static int time_offset(const os_view *view, int64_t *offset_ret)
{
    char text[256];
    struct os_file own, children;
    *offset_ret = 0;
    if (linux_read_file(view->proc, "self/timens_offsets", text, sizeof text) < 0)
        return errno == ENOENT ? 0 : -1; /* a kernel without time namespaces */
    int64_t seconds, rest;
    const char *line = strstr(text, "boottime");
    if (!line || sscanf(line, "boottime %" SCNd64 " %" SCNd64, &seconds, &rest) != 2)
        return errno = EPROTO, -1;
    /* The file tells the children's; after unshare() without fork() ours is another. */
    if (linux_stat(view->proc, "self/ns/time", 0, &own) ||
        linux_stat(view->proc, "self/ns/time_for_children", 0, &children))
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
    if (linux_read_file(at, name, text, sizeof text) < 0 || time_offset(view, &offset) ||
        linux_stat(view->proc, "self/ns/pid", 0, &space))
        return -1;
    const char *rest = strrchr(text, ')');
    if (!rest || offset % tick != 0 ||
        sscanf(rest,
               ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d "
               "%" SCNu64,
               shown_ret) != 1)
        return errno = EPROTO, -1;
    fields_ret[0] = space.id[0] & 0xffffffff;
    fields_ret[1] = process->pid;
    fields_ret[2] = *shown_ret - (uint64_t)(offset / tick);
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
    bool other_boot = actual.boot_id_length != recorded.boot_id_length ||
                      memcmp(actual.boot_id, recorded.boot_id, recorded.boot_id_length) != 0;
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

/* ---- Watches ------------------------------------------------------------ */

struct os_watch {
    int set;  /* epoll set of pidfds, each with its key */
    int wake; /* readable, and in the set with key NULL, once it shall not wait any more */
};

pidproof_reason os_watch_new(os_watch **watch_ret, struct os_failure *failure)
{
    os_watch *watch = malloc(sizeof *watch);
    if (!watch) {
        errno = ENOMEM;
        return os_failed(PIDPROOF_HANDLE_FAILED, "making a watch", failure);
    }
    struct epoll_event event = {.events = EPOLLIN};
    watch->set = epoll_create1(EPOLL_CLOEXEC);
    watch->wake = watch->set < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (watch->wake < 0 || epoll_ctl(watch->set, EPOLL_CTL_ADD, watch->wake, &event) != 0) {
        pidproof_reason reason = os_failed(PIDPROOF_HANDLE_FAILED, "making an epoll set", failure);
        os_watch_free(watch);
        return reason;
    }
    *watch_ret = watch;
    return PIDPROOF_OK;
}

void os_watch_free(os_watch *watch)
{
    if (!watch)
        return;
    if (watch->wake >= 0)
        close(watch->wake);
    if (watch->set >= 0)
        close(watch->set);
    free(watch);
}

pidproof_reason os_watch_add(os_watch *watch, os_process *process, void *key,
                             struct os_failure *failure)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = key};
    if (process->pidfd < 0) {
        *failure = (struct os_failure){.doing = "watching without a pidfd"};
        return PIDPROOF_UNSUPPORTED;
    }
    if (epoll_ctl(watch->set, EPOLL_CTL_ADD, process->pidfd, &event) != 0)
        return os_failed(PIDPROOF_HANDLE_FAILED, "adding its pidfd to the epoll set", failure);
    return PIDPROOF_OK;
}

void os_watch_remove(os_watch *watch, os_process *process)
{
    struct epoll_event unused = {0};
    epoll_ctl(watch->set, EPOLL_CTL_DEL, process->pidfd, &unused);
}

pidproof_reason os_watch_collect(os_watch *watch, bool wait, void **keys_ret, size_t capacity,
                                 size_t *count_ret, struct os_failure *failure)
{
    struct epoll_event events[64];
    int most = capacity < 64 ? (int)capacity : 64;
    int ready;
    do
        ready = epoll_wait(watch->set, events, most, wait ? -1 : 0);
    while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return os_failed(PIDPROOF_HANDLE_FAILED, "asking the epoll set", failure);
    size_t count = 0;
    for (int i = 0; i < ready; i++)
        if (events[i].data.ptr)
            keys_ret[count++] = events[i].data.ptr;
    *count_ret = count;
    return PIDPROOF_OK;
}

void os_watch_wake(os_watch *watch)
{
    eventfd_write(watch->wake, 1);
}
