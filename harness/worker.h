/*
 * A worker: one sandbox, one launcher, one adapter at a time, one case after the
 * other. `pidproof` starts itself as `pidproof worker` (not for people) and speaks
 * JSON lines with it:
 *
 *   worker → {"ready": {"adapter": {hello…}, "host": {"features": {"users": true,
 *                       "overlay": "why not"}, "boot_id": …, "kernel": …}}}
 *          | {"broken": "adapter" | "host", "message": "…"}   and exits
 *   main   → {"case": {the whole case}, "profile": "all"}
 *   worker → the result: one element of `cases` in report.schema.json
 *   main closes the pipe: the worker tears everything down and exits 0.
 */
#ifndef PIDPROOF_WORKER_H
#define PIDPROOF_WORKER_H

#include <jansson.h>

struct worker_options {
    /* Command and arguments, NULL-terminated. An empty command: no adapter is started,
     * `ready` has "adapter": null, and no case is sent. `pidproof doctor` looks that way. */
    char **adapter;
    const char *fixtures; /* directory that holds launcher/ and programs/ */
    const char *windows;  /* programs/ of Windows, for worlds of Windows; NULL: of this system */
    int as_unix;          /* situations as any Unix builds them, also where this system has more */
    const char *python;   /* interpreter for the launcher */
    double timeout_s;     /* deadline of one question */
    int sandbox;          /* 0: stay in the caller's namespaces */
};

/* Serves until standard input ends. Returns the process's exit status. */
int worker_main(const struct worker_options *options);

/*
 * Whether this adapter speaks the protocol, for its author: asks every method,
 * prints what came and what is wrong with it to stdout. Returns the exit status.
 */
int smoke_main(const struct worker_options *options);

#endif
