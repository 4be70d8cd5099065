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

#include "decode_linux.h"
#include "registers_linux.h"
#include "text.h"
#include "tracer_child_linux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STDERR_SHOWN 2000
#define NO_ENTRY SIZE_MAX

/* A thread of the adapter, or of a child that it started. */
struct thread {
    pid_t id;
    pid_t process;
    int born;     /* the how manieth */
    size_t entry; /* of the trace: the call that it is in; NO_ENTRY */
    uint64_t arguments[6];
    struct intervention intervention;
};

struct tracer {
    pid_t pid; /* of the adapter; 0 once it ended */
    pid_t was; /* its number, also afterwards */
    int status;
    int requests, replies; /* our ends of its standard input and output */
    int stderr_file;
    struct decode_pipes pipes;
    struct thread *threads;
    size_t thread_count;
    int births;
    struct text reply;  /* read so far */
    struct trace trace; /* of the request under way */
    const char *failed; /* the tracing itself */
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

static void add_thread(struct tracer *tracer, pid_t id, pid_t process)
{
    for (size_t i = 0; i < tracer->thread_count; i++)
        if (tracer->threads[i].id == id)
            return;
    struct thread *threads = realloc(tracer->threads, (tracer->thread_count + 1) * sizeof *threads);
    if (!threads)
        abort(); /* a few bytes; without them the adapter cannot be followed */
    tracer->threads = threads;
    threads[tracer->thread_count++] =
        (struct thread){.id = id, .process = process, .born = tracer->births++, .entry = NO_ENTRY};
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
    *tracer = (struct tracer){.pid = child,
                              .was = child,
                              .requests = in[1],
                              .replies = out[0],
                              .stderr_file = stderr_file};
    add_thread(tracer, child, child);
    name_pipe(in[1], tracer->pipes.request, sizeof tracer->pipes.request);
    name_pipe(out[0], tracer->pipes.reply, sizeof tracer->pipes.reply);
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

/* ---- Stops -------------------------------------------------------------- */

/* What a request is asked with; everything that a stop may have to look at. */
struct asking {
    stop_function *at_stop;
    void *context;
    bool taken; /* the adapter has read the request */
};

static void resume(struct thread *thread, unsigned how, int signal_number)
{
    /* ESRCH: somebody killed it meanwhile; its end is reported by waitpid. */
    ptrace(how, thread->id, NULL, (void *)(long)signal_number);
}

static struct stop *add_stop(struct tracer *tracer, struct stop stop)
{
    struct trace *trace = &tracer->trace;
    struct stop *stops = realloc(trace->stops, (trace->count + 1) * sizeof *stops);
    if (!stops)
        abort(); /* see add_thread() */
    trace->stops = stops;
    stop.index = trace->count;
    stops[trace->count++] = stop;
    return &stops[stop.index];
}

/* A call of the table is about to run. */
static void at_call(struct tracer *tracer, struct thread *thread, struct asking *asking)
{
    int unread = 0;
    struct __ptrace_syscall_info info;

    if (!asking->taken && ioctl(tracer->requests, FIONREAD, &unread) == 0)
        asking->taken = unread == 0;
    if (!asking->taken || !asking->at_stop) {
        resume(thread, PTRACE_CONT, 0);
        return;
    }
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->id, sizeof info, &info) <= 0) {
        if (errno != ESRCH)
            tracer->failed = "PTRACE_GET_SYSCALL_INFO";
        resume(thread, PTRACE_CONT, 0);
        return;
    }
    const struct call *call = call_by_number((long)info.seccomp.nr);
    uint64_t *arguments = thread->arguments;
    for (int i = 0; i < 6; i++)
        arguments[i] = info.seccomp.args[i];

    struct stop stop = {.thread = thread->born, .call = call};
    decode_call(thread->id, thread->process, call, arguments, &tracer->pipes, &stop);
    if (stop.kind == STOP_PLUMBING) {
        free(stop.text);
        resume(thread, PTRACE_CONT, 0);
        return;
    }
    struct stop *entry = add_stop(tracer, stop);
    struct intervention want = {0};
    asking->at_stop(asking->context, entry, &want);
    thread->entry = entry->index;
    thread->intervention = want;
    entry->failed_with = want.fail_with;
    entry->shortened = want.shorten && arguments[2] > 1;
    if ((want.fail_with && !(call->traits & CALL_ALWAYS_RUNS) &&
         !registers_skip_call(thread->id)) ||
        (entry->shortened && !registers_set_argument2(thread->id, 1)))
        tracer->failed = "changing a system call of the adapter";
    resume(thread, PTRACE_SYSCALL, 0);
}

/* A call that was reported has run. */
static void at_return(struct tracer *tracer, struct thread *thread)
{
    struct __ptrace_syscall_info info;
    size_t at = thread->entry;
    thread->entry = NO_ENTRY;
    if (at < tracer->trace.count &&
        ptrace(PTRACE_GET_SYSCALL_INFO, thread->id, sizeof info, &info) > 0) {
        struct stop *entry = &tracer->trace.stops[at];
        if (thread->intervention.fail_with) {
            int error = thread->intervention.fail_with;
            if (!registers_set_result(thread->id, -error))
                tracer->failed = "changing the result of a system call of the adapter";
            entry->result = text_format(" = -1 %s", error_name(error));
        } else {
            entry->result =
                decode_result(thread->id, entry->call, thread->arguments, info.exit.rval);
        }
    }
    resume(thread, PTRACE_CONT, 0);
}

static pid_t process_of(pid_t thread)
{
    char path[64], line[128];
    int process = thread;
    snprintf(path, sizeof path, "/proc/%d/status", (int)thread);
    FILE *file = fopen(path, "re");
    if (!file)
        return thread;
    while (fgets(line, sizeof line, file) && sscanf(line, "Tgid: %d", &process) != 1)
        ;
    fclose(file);
    return process;
}

/* One report of waitpid about one thread. */
static void handle_status(struct tracer *tracer, size_t at, int status, struct asking *asking)
{
    struct thread *thread = &tracer->threads[at];
    if (!WIFSTOPPED(status)) {
        if (thread->id == tracer->pid) {
            tracer->pid = 0;
            tracer->status = status;
        }
        *thread = tracer->threads[--tracer->thread_count];
        return;
    }
    int number = WSTOPSIG(status), event = status >> 16;
    unsigned long message = 0;
    switch (event) {
    case PTRACE_EVENT_SECCOMP:
        at_call(tracer, thread, asking);
        return;
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
        ptrace(PTRACE_GETEVENTMSG, thread->id, NULL, &message);
        resume(thread, PTRACE_CONT, 0);
        add_thread(tracer, (pid_t)message, process_of((pid_t)message));
        return;
    case PTRACE_EVENT_EXEC: /* the thread that called exec has the process's number from here on */
        ptrace(PTRACE_GETEVENTMSG, thread->id, NULL, &message);
        thread->entry = NO_ENTRY;
        resume(thread, PTRACE_CONT, 0);
        for (size_t i = 0; i < tracer->thread_count; i++)
            if (tracer->threads[i].id == (pid_t)message && i != at)
                tracer->threads[i] = tracer->threads[--tracer->thread_count];
        return;
    case PTRACE_EVENT_STOP: /* a new thread, or a stop of the whole group, which is to last */
        resume(thread, number == SIGTRAP ? PTRACE_CONT : PTRACE_LISTEN, 0);
        return;
    }
    if (number == (SIGTRAP | 0x80))
        at_return(tracer, thread);
    else
        resume(thread, PTRACE_CONT, number);
}

/* ---- One request -------------------------------------------------------- */

/* Handles what every thread has to report. Whether there was anything. */
static bool handle_stops(struct tracer *tracer, struct asking *asking)
{
    bool any = false;
    for (size_t i = 0; i < tracer->thread_count; i++) {
        int status;
        pid_t id = tracer->threads[i].id;
        pid_t got = waitpid(id, &status, __WALL | WNOHANG);
        if (got == 0)
            continue;
        if (got < 0) { /* not there any more: a thread that an exec of another ended */
            tracer->threads[i] = tracer->threads[--tracer->thread_count];
            continue;
        }
        any = true;
        handle_status(tracer, i, status, asking);
    }
    return any;
}

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
        if (handle_stops(tracer, asking)) {
            if (tracer->failed)
                return TRACER_FAILED;
            if (tracer->pid == 0)
                return read_reply(tracer) ? TRACER_OK : TRACER_EXITED;
            deadline = now() + timeout_s;
            continue;
        }
        double left = deadline - now();
        if (left <= 0)
            return TRACER_TIMEOUT;
        struct pollfd wait[2] = {{tracer->replies, POLLIN, 0},
                                 {sent < length ? tracer->requests : -1, POLLOUT, 0}};
        struct timespec limit = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
        if (ppoll(wait, 2, &limit, unblocked) > 0) {
            if ((wait[0].revents & (POLLHUP | POLLERR)) && !(wait[0].revents & POLLIN)) {
                /* It closed its output: what is left to learn is how it ends. */
                wait[0].fd = -1;
                if (ppoll(wait, 1, &limit, unblocked) == 0)
                    return TRACER_TIMEOUT;
            }
            if (wait[1].revents) {
                ssize_t n = write(tracer->requests, request + sent, length - sent);
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
    enum tracer_status status =
        tracer->pid ? converse(tracer, request, timeout_s, &asking, &before) : TRACER_EXITED;
    sigprocmask(SIG_SETMASK, &before, NULL);
    free(request);

    if (status == TRACER_OK)
        *reply_ret = take_line(tracer);
    if (trace_ret)
        *trace_ret = tracer->trace;
    else
        trace_clear(&tracer->trace);
    tracer->trace = (struct trace){0};
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
    if (tracer->failed)
        return text_format("%s failed", tracer->failed);
    if (tracer->pid)
        return text_format("still running");
    if (WIFSIGNALED(tracer->status)) {
        const char *name = signal_text(WTERMSIG(tracer->status));
        return name ? text_format("killed by %s", name)
                    : text_format("killed by signal %d", WTERMSIG(tracer->status));
    }
    int status = WEXITSTATUS(tracer->status);
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
    for (size_t i = 0; i < tracer->thread_count; i++)
        kill(tracer->threads[i].process, SIGKILL);
    /* Reaped in any order; a leader is reported only after all of its threads. */
    while (tracer->thread_count > 0) {
        struct thread *last = &tracer->threads[tracer->thread_count - 1];
        int status;
        pid_t got = waitpid(last->id, &status, __WALL);
        if (got < 0 || !WIFSTOPPED(status))
            tracer->thread_count--;
        else
            resume(last, PTRACE_CONT, 0);
    }
    close_all((int[]){tracer->requests, tracer->replies, tracer->stderr_file}, 3);
    text_clear(&tracer->reply);
    trace_clear(&tracer->trace);
    free(tracer->threads);
    free(tracer);
}
