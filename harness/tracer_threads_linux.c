/* Threads that are followed and stopped, see tracer_threads_linux.h. */
#define _GNU_SOURCE
#include "tracer_threads_linux.h"

#include "registers_linux.h"
#include "text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define NO_ENTRY SIZE_MAX

struct thread {
    pid_t id;
    pid_t process;
    int born;     /* the how manieth */
    size_t entry; /* of the trace: the call that it is in; NO_ENTRY */
    uint64_t arguments[6];
    struct intervention intervention;
};

static void add_thread(struct threads *threads, pid_t id, pid_t process)
{
    for (size_t i = 0; i < threads->count; i++)
        if (threads->all[i].id == id)
            return;
    struct thread *all = realloc(threads->all, (threads->count + 1) * sizeof *all);
    if (!all)
        abort(); /* a few bytes; without them the adapter cannot be followed */
    threads->all = all;
    all[threads->count++] =
        (struct thread){.id = id, .process = process, .born = threads->births++, .entry = NO_ENTRY};
}

static void resume(struct thread *thread, unsigned how, int signal_number)
{
    /* ESRCH: somebody killed it meanwhile; its end is reported by waitpid. */
    ptrace(how, thread->id, NULL, (void *)(long)signal_number);
}

static struct stop *add_stop(struct threads *threads, struct stop stop)
{
    struct trace *trace = &threads->trace;
    struct stop *stops = realloc(trace->stops, (trace->count + 1) * sizeof *stops);
    if (!stops)
        abort(); /* see add_thread() */
    trace->stops = stops;
    stop.index = trace->count;
    stops[trace->count++] = stop;
    return &stops[stop.index];
}

/* A call of the table is about to run. */
static void at_call(struct threads *threads, struct thread *thread, struct asking *asking)
{
    int unread = 0;
    struct __ptrace_syscall_info info;

    if (!asking->taken && ioctl(threads->requests, FIONREAD, &unread) == 0)
        asking->taken = unread == 0;
    if (!asking->taken || !asking->at_stop) {
        resume(thread, PTRACE_CONT, 0);
        return;
    }
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->id, sizeof info, &info) <= 0) {
        if (errno != ESRCH)
            threads->failed = "PTRACE_GET_SYSCALL_INFO";
        resume(thread, PTRACE_CONT, 0);
        return;
    }
    const struct call *call = call_by_number((long)info.seccomp.nr);
    uint64_t *arguments = thread->arguments;
    for (int i = 0; i < 6; i++)
        arguments[i] = info.seccomp.args[i];

    struct stop stop = {.thread = thread->born, .call = call};
    decode_call(thread->id, thread->process, call, arguments, &threads->pipes, &stop);
    if (stop.kind == STOP_PLUMBING) {
        free(stop.text);
        resume(thread, PTRACE_CONT, 0);
        return;
    }
    struct stop *entry = add_stop(threads, stop);
    struct intervention want = {0};
    asking->at_stop(asking->context, entry, &want);
    thread->entry = entry->index;
    thread->intervention = want;
    entry->failed_with = want.fail_with;
    entry->shortened = want.shorten && arguments[2] > 1;
    if ((want.fail_with && !(call->traits & CALL_ALWAYS_RUNS) &&
         !registers_skip_call(thread->id)) ||
        (entry->shortened && !registers_set_argument2(thread->id, 1)))
        threads->failed = "changing a system call of the adapter";
    resume(thread, PTRACE_SYSCALL, 0);
}

/* A call that was reported has run. */
static void at_return(struct threads *threads, struct thread *thread)
{
    struct __ptrace_syscall_info info;
    size_t at = thread->entry;
    thread->entry = NO_ENTRY;
    if (at < threads->trace.count &&
        ptrace(PTRACE_GET_SYSCALL_INFO, thread->id, sizeof info, &info) > 0) {
        struct stop *entry = &threads->trace.stops[at];
        if (thread->intervention.fail_with) {
            int error = thread->intervention.fail_with;
            if (!registers_set_result(thread->id, -error))
                threads->failed = "changing the result of a system call of the adapter";
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
static void handle_status(struct threads *threads, size_t at, int status, struct asking *asking)
{
    struct thread *thread = &threads->all[at];
    if (!WIFSTOPPED(status)) {
        if (thread->id == threads->pid) {
            threads->pid = 0;
            threads->status = status;
        }
        *thread = threads->all[--threads->count];
        return;
    }
    int number = WSTOPSIG(status), event = status >> 16;
    unsigned long message = 0;
    switch (event) {
    case PTRACE_EVENT_SECCOMP:
        at_call(threads, thread, asking);
        return;
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
        ptrace(PTRACE_GETEVENTMSG, thread->id, NULL, &message);
        resume(thread, PTRACE_CONT, 0);
        add_thread(threads, (pid_t)message, process_of((pid_t)message));
        return;
    case PTRACE_EVENT_EXEC: /* the thread that called exec has the process's number from here on */
        ptrace(PTRACE_GETEVENTMSG, thread->id, NULL, &message);
        thread->entry = NO_ENTRY;
        resume(thread, PTRACE_CONT, 0);
        for (size_t i = 0; i < threads->count; i++)
            if (threads->all[i].id == (pid_t)message && i != at)
                threads->all[i] = threads->all[--threads->count];
        return;
    case PTRACE_EVENT_STOP: /* a new thread, or a stop of the whole group, which is to last */
        resume(thread, number == SIGTRAP ? PTRACE_CONT : PTRACE_LISTEN, 0);
        return;
    }
    if (number == (SIGTRAP | 0x80))
        at_return(threads, thread);
    else
        resume(thread, PTRACE_CONT, number);
}

bool threads_handle(struct threads *threads, struct asking *asking)
{
    bool any = false;
    for (size_t i = 0; i < threads->count; i++) {
        int status;
        pid_t id = threads->all[i].id;
        pid_t got = waitpid(id, &status, __WALL | WNOHANG);
        if (got == 0)
            continue;
        if (got < 0) { /* not there any more: a thread that an exec of another ended */
            threads->all[i] = threads->all[--threads->count];
            continue;
        }
        any = true;
        handle_status(threads, i, status, asking);
    }
    return any;
}

void threads_begin(struct threads *threads, pid_t adapter)
{
    threads->pid = adapter;
    add_thread(threads, adapter, adapter);
}

void threads_end(struct threads *threads)
{
    for (size_t i = 0; i < threads->count; i++)
        kill(threads->all[i].process, SIGKILL);
    /* Reaped in any order; a leader is reported only after all of its threads. */
    while (threads->count > 0) {
        struct thread *last = &threads->all[threads->count - 1];
        int status;
        pid_t got = waitpid(last->id, &status, __WALL);
        if (got < 0 || !WIFSTOPPED(status))
            threads->count--;
        else
            resume(last, PTRACE_CONT, 0);
    }
    trace_clear(&threads->trace);
    free(threads->all);
}
