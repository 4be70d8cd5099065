/*
 * The threads of a traced adapter, and of the children that it starts: followed from their
 * birth, stopped at calls of the table, and what the caller wants is done to those calls.
 */
#ifndef PIDPROOF_TRACER_THREADS_LINUX_H
#define PIDPROOF_TRACER_THREADS_LINUX_H

#include "decode_linux.h"
#include "tracer.h"

/* A thread of the adapter, or of a child that it started. */
struct thread;

struct threads {
    pid_t pid; /* of the adapter; 0 once it ended */
    int status;
    int requests; /* our end of the adapter's standard input */
    struct decode_pipes pipes;
    struct thread *all;
    size_t count;
    int births;
    struct trace trace; /* of the request under way */
    const char *failed; /* the tracing itself */
};

/* What a request is asked with. */
struct asking {
    stop_function *at_stop;
    void *context;
    bool taken; /* the adapter has read the request */
};

/* The adapter's first thread, traced already. */
void threads_begin(struct threads *threads, pid_t adapter);

/* Handles what every thread has to report. Whether there was anything. */
bool threads_handle(struct threads *threads, struct asking *asking);

/* Kills and reaps them all, frees everything but the pipe. */
void threads_end(struct threads *threads);

#endif
