/*
 * The explorer's laboratory: one sandbox, one launcher that builds worlds in it, and one
 * traced adapter that is questioned about them, many times.
 */
#ifndef PIDPROOF_EXPLORE_LAB_H
#define PIDPROOF_EXPLORE_LAB_H

#include "explore_world.h"
#include "tracer.h"

#include <jansson.h>
#include <stdbool.h>

struct lab;

struct lab_options {
    char *const *adapter; /* command and arguments, NULL-terminated */
    const char *fixtures; /* directory that holds launcher/ and programs/ */
    const char *python;
    const char *scratch; /* an empty directory of the sandbox */
    double timeout_s;
};

/* What kept a step from being made. */
enum lab_trouble {
    LAB_FINE = 0,
    LAB_CRASH,           /* the adapter ended */
    LAB_TIMEOUT,         /* the adapter did not answer */
    LAB_PROTOCOL,        /* the adapter's answer has not the shape that PROTOCOL.md gives it */
    LAB_ERROR,           /* the adapter answered with a JSON-RPC error */
    LAB_NOT_ESTABLISHED, /* this host could not build the situation */
    LAB_HOST,            /* the launcher or the tracer failed */
};

/*
 * Starts launcher and adapter and greets both. On failure says what is broken (LAB_HOST,
 * or the adapter's trouble) and why in `*message_ret` (free() it).
 */
enum lab_trouble lab_open(const struct lab_options *options, struct lab **lab_ret,
                          char **message_ret);
void lab_close(struct lab *lab); /* NULL is fine */

/* Why the last step that failed did; borrowed until the next step. */
const char *lab_message(const struct lab *lab);

/* What the adapter said in hello; borrowed. */
const json_t *lab_hello(const struct lab *lab);

/* A fresh adapter in place of one that crashed or hangs. */
enum lab_trouble lab_restart_adapter(struct lab *lab);

/*
 * Builds a world: files that the actions of `start` and of all `planned` changes need,
 * the daemon, its record, then what the start says. lab_end() must follow in any case.
 */
enum lab_trouble lab_begin(struct lab *lab, const struct start *start,
                           const struct change *const *planned, size_t planned_count);

/* Takes the world down. `*stray_ret`: signals that reached somebody who was not asked about. */
enum lab_trouble lab_end(struct lab *lab, json_t **stray_ret);

/* What is true now. */
const struct situation *lab_situation(const struct lab *lab);

/* Changes the world, witnessed. */
enum lab_trouble lab_act(struct lab *lab, enum action action);

/* The record, and the number in it; borrowed. */
json_t *lab_record(const struct lab *lab);
json_int_t lab_number(const struct lab *lab);

/* Where such a file stands and its digest, {"path": …, "sha256": …}; NULL: it was not made. */
const json_t *lab_file(const struct lab *lab, enum file file);

/* The directory of this world: in it, all names differ from world to world. */
const char *lab_directory(const struct lab *lab);

/* How the process that has, or last had, the number ended: the launcher's `await`. New reference.
 */
enum lab_trouble lab_await(struct lab *lab, int within_ms, json_t **facts_ret);

/* The adapter has signalled it: once it is dead, the situation says so. */
enum lab_trouble lab_notice_death(struct lab *lab, int within_ms);

/* Names of the signals that it received. New reference. */
enum lab_trouble lab_untouched(struct lab *lab, json_t **facts_ret);

/*
 * Asks the adapter. `params` is taken over. `at_stop` and `trace_ret` as in tracer.h, may
 * be NULL. The result (LAB_FINE) is a new reference whose shape is right.
 */
enum lab_trouble lab_ask(struct lab *lab, const char *method, json_t *params,
                         stop_function *at_stop, void *context, struct trace *trace_ret,
                         json_t **result_ret);

/* How many descriptors the adapter has open, after it answered a noop. -1: cannot be seen. */
int lab_descriptors(struct lab *lab);

#endif
