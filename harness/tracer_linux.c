/*
 * Linux: ptrace, and a seccomp filter that selects the calls worth stopping at, so that
 * all others run at full speed.
 *
 * One thread does everything, waiting for whichever comes first: a stop of one of the
 * threads it knows (waitpid on each by number: other children of this process belong to
 * others), bytes of the reply, the deadline. SIGCHLD is blocked but inside ppoll(), so
 * that no stop is missed between looking and waiting.
 *
 * When does a request begin? When the adapter has taken it out of the pipe: stops before
 * that belong to what it did after its last reply. It ends when the whole reply is there.
 */
#define _GNU_SOURCE
#include "tracer.h"

#include "text.h"
#include "tracer_child_linux.h"
#include "tracer_threads_linux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STDERR_SHOWN 2000

struct tracer {
    pid_t was;   /* the adapter's number, also once it ended */
    int replies; /* our end of its standard output */
    int stderr_file;
    struct threads threads;
    struct text reply; /* read so far */
};

static void ignore_signal(int number)
{
    (void)number;
}

bool tracer_works(const char **why_ret)
{
    if (prctl(PR_GET_SECCOMP) >= 0)
        return true;
    *why_ret = "this kernel has no seccomp filters (CONFIG_SECCOMP_FILTER), which select the "
               "system calls to stop at";
    return false;
}

void trace_clear(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++) {
        free(trace->stops[i].text);
        free(trace->stops[i].result);
    }
    free(trace->stops);
    *trace = (struct trace){0};
}

static void close_all(const int *descriptors, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (descriptors[i] >= 0)
            close(descriptors[i]);
}

static void name_pipe(int descriptor, char *buffer, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    ssize_t n = readlink(path, buffer, size - 1);
    buffer[n < 0 ? 0 : n] = 0;
}

bool tracer_start(char *const *arguments, struct tracer **tracer_ret, char **message_ret)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, go[2] = {-1, -1};
    struct tracer *tracer = calloc(1, sizeof *tracer);
    struct sock_filter code[TRACER_FILTER_MAX];
    struct sock_fprog filter = {(unsigned short)tracer_filter(code), code};
    struct sigaction old;

    /* ppoll() is woken by a signal only where it has a handler. libuv brings its own. */
    if (sigaction(SIGCHLD, NULL, &old) == 0 && old.sa_handler == SIG_DFL) {
        struct sigaction wake = {.sa_handler = ignore_signal};
        sigaction(SIGCHLD, &wake, NULL);
    }
    int stderr_file = memfd_create("stderr of the adapter", MFD_CLOEXEC);
    if (!tracer || stderr_file < 0 || pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) ||
        pipe2(go, O_CLOEXEC)) {
        *message_ret = text_format("preparing pipes for the adapter: %s", strerror(errno));
        goto failed;
    }
    pid_t child = fork();
    if (child == 0) {
        int standard[3] = {in[0], out[1], stderr_file};
        tracer_become(arguments, standard, go[0], &filter);
    }
    if (child < 0) {
        *message_ret = text_format("starting a process for the adapter: %s", strerror(errno));
        goto failed;
    }
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE |
                   PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |
                   PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, child, NULL, options) != 0 || write(go[1], "", 1) != 1) {
        *message_ret = text_format("tracing the adapter (PTRACE_SEIZE): %s. In a container, allow "
                                   "ptrace (docker: --cap-add SYS_PTRACE)",
                                   strerror(errno));
        kill(child, SIGKILL);
        waitpid(child, NULL, __WALL);
        goto failed;
    }
    *tracer = (struct tracer){.was = child,
                              .replies = out[0],
                              .stderr_file = stderr_file,
                              .threads = {.requests = in[1]}};
    threads_begin(&tracer->threads, child);
    struct decode_pipes *pipes = &tracer->threads.pipes;
    name_pipe(in[1], pipes->request, sizeof pipes->request);
    name_pipe(out[0], pipes->reply, sizeof pipes->reply);
    fcntl(in[1], F_SETFL, O_NONBLOCK);
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    close_all((int[]){in[0], out[1], go[0], go[1]}, 4);
    *tracer_ret = tracer;
    return true;

failed:
    close_all((int[]){in[0], in[1], out[0], out[1], go[0], go[1], stderr_file}, 7);
    free(tracer);
    return false;
}

/* ---- One request -------------------------------------------------------- */

/* Reads what is there of the reply. Whether a whole line is. */
static bool read_reply(struct tracer *tracer)
{
    char bytes[4096];
    ssize_t n;
    while ((n = read(tracer->replies, bytes, sizeof bytes)) > 0)
        text_add(&tracer->reply, bytes, (size_t)n);
    return tracer->reply.data && memchr(tracer->reply.data, '\n', tracer->reply.length);
}

static char *take_line(struct tracer *tracer)
{
    struct text rest = {0};
    char *end = memchr(tracer->reply.data, '\n', tracer->reply.length);
    size_t length = (size_t)(end - tracer->reply.data);
    text_add(&rest, end + 1, tracer->reply.length - length - 1);
    char *line = text_take(&tracer->reply);
    line[length] = 0;
    tracer->reply = rest;
    return line;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static enum tracer_status converse(struct tracer *tracer, const char *request, double timeout_s,
                                   struct asking *asking, const sigset_t *unblocked)
{
    size_t length = strlen(request), sent = 0;
    double deadline = now() + timeout_s;

    for (;;) {
        if (read_reply(tracer))
            return TRACER_OK;
        if (threads_handle(&tracer->threads, asking)) {
            if (tracer->threads.failed)
                return TRACER_FAILED;
            if (tracer->threads.pid == 0)
                return read_reply(tracer) ? TRACER_OK : TRACER_EXITED;
            deadline = now() + timeout_s;
            continue;
        }
        double left = deadline - now();
        if (left <= 0)
            return TRACER_TIMEOUT;
        struct pollfd wait[2] = {{tracer->replies, POLLIN, 0},
                                 {sent < length ? tracer->threads.requests : -1, POLLOUT, 0}};
        struct timespec limit = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
        if (ppoll(wait, 2, &limit, unblocked) > 0) {
            if ((wait[0].revents & (POLLHUP | POLLERR)) && !(wait[0].revents & POLLIN)) {
                /* It closed its output: what is left to learn is how it ends. */
                wait[0].fd = -1;
                if (ppoll(wait, 1, &limit, unblocked) == 0)
                    return TRACER_TIMEOUT;
            }
            if (wait[1].revents) {
                ssize_t n = write(tracer->threads.requests, request + sent, length - sent);
                if (n > 0)
                    sent += (size_t)n;
            }
        }
    }
}

enum tracer_status tracer_ask(struct tracer *tracer, const char *line, double timeout_s,
                              stop_function *at_stop, void *context, struct trace *trace_ret,
                              char **reply_ret)
{
    struct asking asking = {.at_stop = at_stop, .context = context};
    sigset_t chld, before;
    char *request = text_format("%s\n", line);

    *reply_ret = NULL;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, &before);
    enum tracer_status status = tracer->threads.pid
                                    ? converse(tracer, request, timeout_s, &asking, &before)
                                    : TRACER_EXITED;
    sigprocmask(SIG_SETMASK, &before, NULL);
    free(request);

    if (status == TRACER_OK)
        *reply_ret = take_line(tracer);
    if (trace_ret)
        *trace_ret = tracer->threads.trace;
    else
        trace_clear(&tracer->threads.trace);
    tracer->threads.trace = (struct trace){0};
    return status;
}

/* ---- Afterwards --------------------------------------------------------- */

int tracer_pid(const struct tracer *tracer)
{
    return tracer->was;
}

int tracer_descriptors(const struct tracer *tracer)
{
    char path[64], link[4096];
    int count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)tracer->was);
    DIR *directory = opendir(path);
    if (!directory)
        return -1;
    for (const struct dirent *entry; (entry = readdir(directory));) {
        ssize_t n = readlinkat(dirfd(directory), entry->d_name, link, sizeof link - 1);
        link[n < 0 ? 0 : n] = 0;
        count += n > 0 && !decode_is_own_limit(link); /* "." and ".." are no links */
    }
    closedir(directory);
    return count;
}

char *tracer_how_it_ended(const struct tracer *tracer)
{
    if (tracer->threads.failed)
        return text_format("%s failed", tracer->threads.failed);
    if (tracer->threads.pid)
        return text_format("still running");
    if (WIFSIGNALED(tracer->threads.status)) {
        const char *name = signal_text(WTERMSIG(tracer->threads.status));
        return name ? text_format("killed by %s", name)
                    : text_format("killed by signal %d", WTERMSIG(tracer->threads.status));
    }
    int status = WEXITSTATUS(tracer->threads.status);
    return text_format("exit status %d%s", status,
                       status == 127 ? ", as of a program that cannot be executed" : "");
}

char *tracer_stderr(const struct tracer *tracer)
{
    char bytes[STDERR_SHOWN];
    off_t end = lseek(tracer->stderr_file, 0, SEEK_END);
    ssize_t n = pread(tracer->stderr_file, bytes, sizeof bytes,
                      end > STDERR_SHOWN ? end - STDERR_SHOWN : 0);
    return text_printable(bytes, n < 0 ? 0 : (size_t)n);
}

void tracer_end(struct tracer *tracer)
{
    if (!tracer)
        return;
    threads_end(&tracer->threads);
    close_all((int[]){tracer->threads.requests, tracer->replies, tracer->stderr_file}, 3);
    text_clear(&tracer->reply);
    free(tracer);
}
