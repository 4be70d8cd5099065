/*
 * `pidproof explore`: stops an implementation at every system call and changes the world
 * there. This file is the command: it starts one worker a processor, each in a sandbox of
 * its own, and gathers what they report. EXPLORER.md says what is explored and why that
 * is believed.
 */
#include "explore.h"

#include "explore_sweep.h"
#include "options.h"
#include "sandbox.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOBS_MAX 64

/* A worker and what it has said so far. */
struct worker {
    pid_t pid;
    int pipe; /* -1: it has ended */
    struct text said;
};

static int run_worker(struct sweep_options options, int pipe)
{
    char *scratch = NULL, *why = NULL;
    FILE *reports = fdopen(pipe, "w");
    if (!reports)
        return STATUS_HOST;
    if (sandbox_enter(&scratch, &why) != SANDBOX_ENTERED) {
        json_t *line = json_pack("{s:s, s:o}", "broken", "host", "message",
                                 json_sprintf("the explorer needs a sandbox: %s. `pidproof doctor` "
                                              "says how to get one",
                                              why));
        json_dumpf(line, reports, JSON_COMPACT);
        fputc('\n', reports);
        fclose(reports);
        return STATUS_HOST;
    }
    options.lab.scratch = scratch;
    int status = sweep(&options, reports);
    fclose(reports);
    return status;
}

/* False, having said why, where the system gives no more processes. */
static bool start_worker(const struct sweep_options *options, struct worker *worker)
{
    int ends[2];
    if (pipe(ends) == 0) {
        fflush(NULL);
        worker->pid = fork();
        if (worker->pid == 0) {
            close(ends[0]);
            _exit(run_worker(*options, ends[1]));
        }
        close(ends[1]);
        worker->pipe = ends[0];
        if (worker->pid > 0)
            return true;
        close(ends[0]);
    }
    fprintf(stderr, "pidproof explore: starting a worker: %s\n", strerror(errno));
    worker->pipe = -1;
    return false;
}

/* What one worker wrote, line by line, into `findings`. */
static void take_lines(struct worker *worker, struct findings *findings)
{
    char *line = worker->said.data, *end;
    while (line && (end = strchr(line, '\n'))) {
        *end = 0;
        if (!findings_take(findings, line))
            fprintf(stderr, "pidproof explore: a worker said: %.200s\n", line);
        line = end + 1;
    }
    char *rest = text_format("%s", line ? line : "");
    text_clear(&worker->said);
    text_add(&worker->said, rest, strlen(rest));
    free(rest);
}

static void gather(struct worker *workers, unsigned count, struct findings *findings)
{
    struct pollfd wait[JOBS_MAX];
    for (;;) {
        unsigned open = 0;
        for (unsigned i = 0; i < count; i++) {
            wait[i] = (struct pollfd){workers[i].pipe, POLLIN, 0};
            open += workers[i].pipe >= 0;
        }
        if (open == 0)
            return;
        if (poll(wait, count, -1) < 0 && errno != EINTR)
            return;
        for (unsigned i = 0; i < count; i++) {
            char bytes[65536];
            if (workers[i].pipe < 0 || !wait[i].revents)
                continue;
            ssize_t n = read(workers[i].pipe, bytes, sizeof bytes);
            if (n > 0) {
                text_add(&workers[i].said, bytes, (size_t)n);
                take_lines(&workers[i], findings);
            } else if (n == 0 || errno != EINTR) {
                close(workers[i].pipe);
                workers[i].pipe = -1;
            }
        }
    }
}

static bool write_json(const char *path, const struct findings *findings, int status)
{
    json_t *all = findings_json(findings, status);
    int failed = json_dump_file(all, path, JSON_INDENT(1));
    json_decref(all);
    if (failed)
        fprintf(stderr, "pidproof explore: writing %s: %s\n", path, strerror(errno));
    return !failed;
}

int command_explore(const struct options *options)
{
    struct worker workers[JOBS_MAX] = {0};
    struct findings findings = {0};
    const char *why = NULL;
    char *message = NULL;
    bool neither = !options->changes && !options->faults;
    struct sweep_options sweep = {
        .lab = {.adapter = options->rest,
                .fixtures = options->fixtures,
                .python = options->python,
                .timeout_s = options->timeout_s},
        .changes = options->changes ? options->changes
                   : neither        ? "all"
                                    : "none",
        .only_adding_up = neither,
        .faults = options->faults ? options->faults
                  : neither       ? "all"
                                  : "none",
        .asked = options->asked ? options->asked : "all",
        .depth = options->depth,
        .budget = options->budget,
        .replay = options->replay,
        .jobs = options->replay            ? 1
                : options->jobs < JOBS_MAX ? options->jobs
                                           : JOBS_MAX,
    };

    if (!tracer_works(&why)) {
        fprintf(stderr, "pidproof explore: %s\n", why);
        return STATUS_HOST;
    }
    if (!sweep_options_check(&sweep, &message)) {
        fprintf(stderr, "pidproof explore: %s\n", message);
        free(message);
        return STATUS_USAGE;
    }
    findings.workers = sweep.jobs;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    unsigned started = 0;
    for (; started < sweep.jobs; started++) {
        sweep.share = started;
        if (!start_worker(&sweep, &workers[started]))
            break;
    }
    gather(workers, started, &findings);
    for (unsigned i = 0; i < started; i++) {
        waitpid(workers[i].pid, NULL, 0);
        text_clear(&workers[i].said);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    findings.seconds =
        (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    int status = findings_print(&findings, options->rest);
    if (options->json && !write_json(options->json, &findings, status))
        status = STATUS_HOST;
    findings_clear(&findings);
    return status;
}
