/*
 * A traced adapter: a child that speaks JSON lines and is stopped at each system call
 * that looks at processes, files or descriptors, between a request and its reply. At a
 * stop the caller may change the world, or have the call fail.
 *
 * One file a system: tracer_linux.c (ptrace and a seccomp filter). Not for use from several
 * threads: a tracer belongs to the thread that started it.
 */
#ifndef PIDPROOF_TRACER_H
#define PIDPROOF_TRACER_H

#include "syscalls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stop_kind {
    STOP_WORLD,    /* looks at the world */
    STOP_REPLY,    /* writes the reply */
    STOP_PLUMBING, /* a runtime's own pipes and events: stopped, reported to nobody */
};

/* What a call that fails would be taken to speak about. */
enum stop_subject {
    SUBJECT_OTHER,
    SUBJECT_PROCESS, /* a process, by number, by pidfd or below /proc/NUMBER */
    SUBJECT_PATH,    /* a file elsewhere, by name or by descriptor */
};

struct stop {
    size_t index; /* from 0, of those since the request that are reported */
    int thread;   /* the adapter's threads and children, in the order in which they were born */
    enum stop_kind kind;
    enum stop_subject subject;
    const struct call *call;
    char *text;      /* `openat(AT_FDCWD, "/proc/7/stat", O_RDONLY)` */
    char *result;    /* ` = 5`, ` = -1 ENOENT`; NULL until it returned */
    bool shortened;  /* the caller had it come back short */
    int failed_with; /* the caller had it fail */
};

/* What the caller wants done to the call that it was shown. */
struct intervention {
    int fail_with; /* an error number; 0: let it be */
    bool shorten;  /* let it ask for one byte only */
};

typedef void stop_function(void *context, const struct stop *stop, struct intervention *want);

struct trace {
    struct stop *stops;
    size_t count;
};

void trace_clear(struct trace *trace);

enum tracer_status {
    TRACER_OK = 0,
    TRACER_TIMEOUT, /* neither a stop nor a reply for so long */
    TRACER_EXITED,  /* it ended instead of answering */
    TRACER_FAILED,  /* the tracing itself failed: the host's fault */
};

struct tracer;

/* Whether adapters can be traced at all; else `*why_ret` says why not (static text). */
bool tracer_works(const char **why_ret);

/*
 * Starts an adapter. False, with a message in `*message_ret` (free() it), where it
 * cannot be started or traced. It leads a session of its own and dies with this process.
 */
bool tracer_start(char *const *arguments, struct tracer **tracer_ret, char **message_ret);

/*
 * Sends one line and waits for one line, calling `at_stop` (may be NULL) at each stop
 * that is reported. `timeout_s` is the longest time without any stop. The trace (may be
 * NULL) and the reply (NULL where none came) are the caller's; free() the reply.
 */
enum tracer_status tracer_ask(struct tracer *tracer, const char *line, double timeout_s,
                              stop_function *at_stop, void *context, struct trace *trace_ret,
                              char **reply_ret);

/*
 * The adapter's process number, and how many descriptors it has open but for those by which
 * its runtime asks for its own limits (-1: cannot be seen).
 */
int tracer_pid(const struct tracer *tracer);
int tracer_descriptors(const struct tracer *tracer);

/* "killed by SIGSEGV", "exit status 1", what failed; and what it last wrote to stderr. free() both.
 */
char *tracer_how_it_ended(const struct tracer *tracer);
char *tracer_stderr(const struct tracer *tracer);

/* Kills the adapter and all its children, reaps them, frees everything. NULL is fine. */
void tracer_end(struct tracer *tracer);

#endif
