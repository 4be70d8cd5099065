/*
 * Linux: system calls in words. Descriptors are named by /proc/PID/fd, as strace -y
 * does, and decide whether a call looks at the world or only moves a runtime's own
 * bytes: pipes, sockets, event descriptors, devices and its own limits are plumbing, pidfds
 * are not.
 */
#define _GNU_SOURCE
#include "decode_linux.h"

#include "text.h"

#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PATH_SHOWN 4096
#define SET_MAX 1024 /* descriptors looked at in one poll or select */

/* What one call is found to look at, while its arguments are gone through. */
struct view {
    pid_t thread, process;
    const struct decode_pipes *pipes;
    struct text text;
    size_t descriptors; /* named by the call */
    size_t plumbing;    /* of these: none of the world's business */
    size_t process_ids, own_ids;
    bool reply, process_subject, path_subject;
};

static size_t read_memory(pid_t thread, uint64_t address, void *buffer, size_t size)
{
    struct iovec local = {buffer, size}, remote = {(void *)(uintptr_t)address, size};
    ssize_t n = process_vm_readv(thread, &local, 1, &remote, 1, 0);
    return n < 0 ? 0 : (size_t)n;
}

/* A text of at most `size` - 1 bytes, read page by page: what follows may not be mapped. */
static size_t read_string(pid_t thread, uint64_t address, char *buffer, size_t size)
{
    size_t length = 0;
    while (length + 1 < size) {
        size_t want = 4096 - (size_t)((address + length) & 4095);
        if (want > size - 1 - length)
            want = size - 1 - length;
        size_t n = read_memory(thread, address + length, buffer + length, want);
        char *end = memchr(buffer + length, 0, n);
        if (end)
            return (size_t)(end - buffer);
        length += n;
        if (n < want)
            break;
    }
    buffer[length] = 0;
    return length;
}

/* What a descriptor is open on; empty where it is not open. */
static void link_of(pid_t process, int descriptor, char *buffer, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)process, descriptor);
    ssize_t n = readlink(path, buffer, size - 1);
    buffer[n < 0 ? 0 : n] = 0;
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool is_pidfd(const char *link)
{
    return starts_with(link, "anon_inode:[pidfd]") || starts_with(link, "pidfd:");
}

/* "/proc/7", "/proc/7/exe", but neither "/proc/self" nor "/proc/70x". */
static bool is_proc_of_other(const char *path, pid_t process)
{
    if (!starts_with(path, "/proc/") || !isdigit((unsigned char)path[6]))
        return false;
    char *end;
    long number = strtol(path + 6, &end, 10);
    return (*end == 0 || *end == '/') && number != process;
}

bool decode_is_own_limit(const char *path)
{
    const char *name = strrchr(path, '/');
    return starts_with(path, "/sys/fs/cgroup/") &&
           (starts_with(name, "/memory.") || starts_with(name, "/cpu."));
}

static bool is_plumbing(const char *link)
{
    return starts_with(link, "pipe:") || starts_with(link, "socket:") ||
           starts_with(link, "/dev/") || decode_is_own_limit(link) ||
           (starts_with(link, "anon_inode:") && !is_pidfd(link));
}

/* Whether an epoll set holds a pidfd: then asking it is asking about a process. */
static bool watches_processes(pid_t process, int epoll)
{
    char path[64], line[256], link[256];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)process, epoll);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    while (!found && fgets(line, sizeof line, file)) {
        int target;
        if (sscanf(line, "tfd: %d", &target) != 1)
            continue;
        link_of(process, target, link, sizeof link);
        found = is_pidfd(link);
    }
    fclose(file);
    return found;
}

static void look_at_descriptor(struct view *view, int descriptor, bool epoll)
{
    char link[PATH_SHOWN];
    link_of(view->process, descriptor, link, sizeof link);
    bool process = is_pidfd(link) || (epoll && watches_processes(view->process, descriptor));
    view->descriptors++;
    if (is_plumbing(link) && !process)
        view->plumbing++;
    if (strcmp(link, view->pipes->reply) == 0)
        view->reply = true;
    if (process || is_proc_of_other(link, view->process))
        view->process_subject = true;
    else if (link[0] == '/' && !starts_with(link, "/proc/") && !is_plumbing(link))
        view->path_subject = true;
    char *shown = text_printable(link, strlen(link));
    text_addf(&view->text, *link ? "%d<%s>" : "%d", descriptor, shown);
    free(shown);
}

static void look_at_poll(struct view *view, uint64_t address, uint64_t count)
{
    static struct pollfd set[SET_MAX];
    size_t wanted = count < SET_MAX ? (size_t)count : SET_MAX;
    size_t n = read_memory(view->thread, address, set, wanted * sizeof *set) / sizeof *set;
    text_addf(&view->text, "[");
    for (size_t i = 0; i < n; i++) {
        text_addf(&view->text, i ? ", " : "");
        look_at_descriptor(view, set[i].fd, true);
    }
    text_addf(&view->text, "]");
}

static void look_at_select(struct view *view, uint64_t address, uint64_t count)
{
    static unsigned char set[SET_MAX / 8];
    size_t wanted = count < SET_MAX ? (size_t)(count + 7) / 8 : sizeof set;
    size_t n = read_memory(view->thread, address, set, wanted);
    const char *separator = "";
    text_addf(&view->text, "{");
    for (size_t i = 0; i < n * 8; i++) {
        if (!(set[i / 8] & (1 << i % 8)))
            continue;
        text_addf(&view->text, "%s", separator);
        separator = ", ";
        look_at_descriptor(view, (int)i, true);
    }
    text_addf(&view->text, "}");
}

/* A path, which is looked up below `directory` (a descriptor or AT_FDCWD) where it is relative. */
static void look_at_path(struct view *view, uint64_t address, int directory)
{
    char path[PATH_SHOWN], below[PATH_SHOWN] = "";
    size_t length = read_string(view->thread, address, path, sizeof path);
    if (path[0] != '/' && directory != AT_FDCWD)
        link_of(view->process, directory, below, sizeof below);
    if (is_proc_of_other(path, view->process) || is_proc_of_other(below, view->process) ||
        (length == 0 && is_pidfd(below)))
        view->process_subject = true;
    else if (decode_is_own_limit(path))
        view->descriptors++, view->plumbing++; /* as if it were open */
    else if (length > 0 && !starts_with(path, "/proc/"))
        view->path_subject = true; /* an empty path is about the descriptor before it */
    char *shown = text_printable(path, length);
    text_addf(&view->text, "\"%s\"", shown);
    free(shown);
}

/* Itself, or a thread of its own: Go's interrupt each other all the time. */
static bool is_itself(pid_t process, int number)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d", (int)process, number);
    return number == 0 || access(path, F_OK) == 0;
}

static void look_at_number(struct view *view, int number)
{
    view->process_ids++;
    if (is_itself(view->process, number))
        view->own_ids++;
    else
        view->process_subject = true;
    text_addf(&view->text, "%d", number);
}

static void show_open_flags(struct text *text, int flags)
{
    static const struct {
        int bits;
        const char *name;
    } names[] = {
        {O_CREAT, "O_CREAT"},       {O_EXCL, "O_EXCL"},         {O_TRUNC, "O_TRUNC"},
        {O_APPEND, "O_APPEND"},     {O_NONBLOCK, "O_NONBLOCK"}, {O_DIRECTORY, "O_DIRECTORY"},
        {O_NOFOLLOW, "O_NOFOLLOW"}, {O_CLOEXEC, "O_CLOEXEC"},   {O_PATH, "O_PATH"},
        {O_NOATIME, "O_NOATIME"},   {O_NOCTTY, "O_NOCTTY"},
    };
    int access = flags & O_ACCMODE;
    text_addf(text, access == O_RDONLY ? "O_RDONLY" : access == O_WRONLY ? "O_WRONLY" : "O_RDWR");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (flags & names[i].bits)
            text_addf(text, "|%s", names[i].name);
}

static void show_argument(struct view *view, char kind, const uint64_t arguments[6], size_t at)
{
    uint64_t value = arguments[at];
    struct text *text = &view->text;

    switch (kind) {
    case 'a':
        if ((int)value == AT_FDCWD)
            text_addf(text, "AT_FDCWD");
        else
            look_at_descriptor(view, (int)value, false);
        break;
    case 'f':
        look_at_descriptor(view, (int)value, false);
        break;
    case 'e':
        look_at_descriptor(view, (int)value, true);
        break;
    case 'p':
        look_at_path(view, value, at ? (int)arguments[at - 1] : AT_FDCWD);
        break;
    case 'n':
        look_at_number(view, (int)value);
        break;
    case 'l':
        look_at_poll(view, value, arguments[at + 1]);
        break;
    case 'r':
        look_at_select(view, value, arguments[0]);
        break;
    case 's':
        if (signal_text((int)value))
            text_addf(text, "%s", signal_text((int)value));
        else
            text_addf(text, "%d", (int)value);
        break;
    case 'o':
        show_open_flags(text, (int)value);
        break;
    case 'x':
        text_addf(text, value ? "0x%llx" : "%llu", (unsigned long long)value);
        break;
    case 'i':
        text_addf(text, "%lld", (long long)value);
        break;
    default:
        text_addf(text, "…");
    }
}

void decode_call(pid_t thread, pid_t process, const struct call *call, const uint64_t arguments[6],
                 const struct decode_pipes *pipes, struct stop *stop_ret)
{
    struct view view = {.thread = thread, .process = process, .pipes = pipes};

    text_addf(&view.text, "%s(", call->name);
    for (size_t i = 0; call->arguments[i]; i++) {
        text_addf(&view.text, i ? ", " : "");
        show_argument(&view, call->arguments[i], arguments, i);
    }
    text_addf(&view.text, ")");

    /* An epoll set to which a pidfd is being added is about that process already. */
    bool adds_pidfd = false;
    if (strcmp(call->name, "epoll_ctl") == 0) {
        char link[256];
        link_of(process, (int)arguments[2], link, sizeof link);
        adds_pidfd = is_pidfd(link);
    }
    bool only_plumbing = view.descriptors > 0 && view.descriptors == view.plumbing && !adds_pidfd &&
                         !view.process_subject && !view.path_subject;
    bool only_itself = view.process_ids > 0 && view.process_ids == view.own_ids;
    bool only_sleeps = (call->traits & CALL_SLEEPS) && !view.process_subject;
    bool writes = strncmp(call->name, "write", 5) == 0 || strncmp(call->name, "pwrite", 6) == 0;

    stop_ret->kind = view.reply && writes                          ? STOP_REPLY
                     : only_plumbing || only_itself || only_sleeps ? STOP_PLUMBING
                                                                   : STOP_WORLD;
    stop_ret->subject = view.process_subject || adds_pidfd ? SUBJECT_PROCESS
                        : view.path_subject                ? SUBJECT_PATH
                                                           : SUBJECT_OTHER;
    stop_ret->text = text_take(&view.text);
}

char *decode_result(pid_t thread, const struct call *call, const uint64_t arguments[6],
                    int64_t result)
{
    if (result < 0 && result > -4096) {
        const char *name = error_name((int)-result);
        return name ? text_format(" = -1 %s", name) : text_format(" = %lld", (long long)result);
    }
    const char *at = strchr(call->arguments, 'b');
    if (!at || result <= 0)
        return text_format(" = %lld", (long long)result);

    char bytes[PATH_SHOWN];
    size_t shown = strncmp(call->name, "readlink", 8) == 0 ? sizeof bytes : 48;
    if ((uint64_t)result < shown)
        shown = (size_t)result;
    size_t n = read_memory(thread, arguments[at - call->arguments], bytes, shown);
    for (size_t i = 0; i < n; i++)
        if (!isprint((unsigned char)bytes[i]) && bytes[i] != '\n')
            return text_format(" = %lld", (long long)result);
    while (n > 0 && bytes[n - 1] == '\n')
        n--;
    char *text = text_printable(bytes, n);
    for (char *c = text; *c; c++)
        if (*c == '\n')
            *c = ' ';
    char *line = text_format(" = %lld \"%s\"%s", (long long)result, text,
                             (uint64_t)result > shown ? "…" : "");
    free(text);
    return line;
}
