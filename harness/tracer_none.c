/*
 * A system whose processes cannot be stopped at system calls here: says so.
 */
#include "tracer.h"

#include <stdlib.h>

bool tracer_works(const char **why_ret)
{
    *why_ret = "adapters can be stopped at their system calls on Linux only (x86-64 and arm64)";
    return false;
}

bool tracer_start(char *const *arguments, struct tracer **tracer_ret, char **message_ret)
{
    (void)arguments;
    (void)tracer_ret;
    *message_ret = NULL;
    return false;
}

enum tracer_status tracer_ask(struct tracer *tracer, const char *line, double timeout_s,
                              stop_function *at_stop, void *context, struct trace *trace_ret,
                              char **reply_ret)
{
    (void)tracer;
    (void)line;
    (void)timeout_s;
    (void)at_stop;
    (void)context;
    (void)trace_ret;
    *reply_ret = NULL;
    return TRACER_FAILED;
}

int tracer_pid(const struct tracer *tracer)
{
    (void)tracer;
    return 0;
}

int tracer_descriptors(const struct tracer *tracer)
{
    (void)tracer;
    return -1;
}

char *tracer_how_it_ended(const struct tracer *tracer)
{
    (void)tracer;
    return NULL;
}

char *tracer_stderr(const struct tracer *tracer)
{
    (void)tracer;
    return NULL;
}

void trace_clear(struct trace *trace)
{
    (void)trace;
}

void tracer_end(struct tracer *tracer)
{
    (void)tracer;
}
