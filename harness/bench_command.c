/*
 * `bench`: who is asked what, and the exit status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "report.h"
#include "text.h"
#include "vocabulary.h"

enum { ADAPTERS_MOST = 26 };

const char *const bench_questions[BENCH_QUESTIONS] = {
    [BENCH_VERIFY] = "verify",
    [BENCH_IS_ALIVE] = "is_alive",
    [BENCH_PROCESS_IS_ALIVE] = "process_is_alive",
};

void bench_complain(struct bench *bench, enum status status, char *message)
{
    fprintf(stderr, "pidproof: %s\n", message);
    free(message);
    if (!bench->status || status < bench->status) {
        bench->status = status;
    }
}

/* Parts the words behind the options at every further "--". False: one command is empty. */
static bool part(struct bench *bench, char **words)
{
    char **command = words;
    for (;; words++) {
        if (*words && strcmp(*words, "--") != 0) {
            continue;
        }
        if (words == command || bench->count == ADAPTERS_MOST) {
            return false;
        }
        bench->adapters[bench->count++].command = command;
        if (!*words) {
            return true;
        }
        *words = NULL;
        command = words + 1;
    }
}

/* The questions that --op names; NULL, or why they are none. */
static char *choose_questions(struct bench *bench)
{
    const char *asked = bench->options->asked;
    size_t chosen = 0;
    char *words = text_format("%s", asked ? asked : "all");
    for (char *comma; (comma = strchr(words, ','));) {
        *comma = ' ';
    }
    for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
        bool wanted = words_have(words, bench_questions[q]) || strcmp(words, "all") == 0;
        chosen += wanted;
        for (size_t i = 0; i < bench->count; i++) {
            bench->adapters[i].figures[q].wanted = wanted;
        }
    }
    size_t named = 1;
    for (const char *at = words; (at = strchr(at, ' ')); at++) {
        named++;
    }
    free(words);
    if (chosen == named || (chosen == BENCH_QUESTIONS && named == 1)) {
        return NULL;
    }
    return text_format("--op %s: the questions are verify, is_alive and process_is_alive, or all",
                       asked);
}

/* An adapter that conforms and all the same has no figure is broken. */
static void complain_of_missing(struct bench *bench)
{
    for (size_t i = 0; i < bench->count && bench->status != STATUS_HOST; i++) {
        for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
            const struct bench_figure *figure = &bench->adapters[i].figures[q];
            if (figure->none && figure->passed && !json_array_size(figure->failed)) {
                bench_complain(bench, STATUS_ADAPTER,
                               text_format("%s, %s: %s", bench->adapters[i].command[0],
                                           bench_questions[q], figure->none));
            }
        }
    }
}

static void run(struct bench *bench, const struct suite *suite)
{
    bool all = true;
    for (size_t i = 0; i < bench->count && all; i++) {
        all = bench_judge(bench, suite, &bench->adapters[i]);
    }
    if (!all) {
        return;
    }
    bench_measure(bench);
    complain_of_missing(bench);
    bench_print(bench);
    if (bench->options->json) {
        char *message = NULL;
        json_t *report = bench_as_json(bench);
        if (!report_json(report, bench->options->json, &message)) {
            bench_complain(bench, STATUS_HOST, message);
        }
        json_decref(report);
    }
}

static void clear(struct bench *bench)
{
    for (size_t i = 0; i < bench->count; i++) {
        struct bench_adapter *adapter = &bench->adapters[i];
        for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
            struct bench_figure *figure = &adapter->figures[q];
            json_decref(figure->failed);
            free(figure->none);
            free(figure->outside);
            free(figure->samples_ns);
        }
        json_decref(adapter->hello);
        json_decref(adapter->host);
        free(adapter->noop_ns);
    }
    free(bench->adapters);
}

int command_bench(const struct options *options)
{
    struct bench bench = {
        .options = options,
        .adapters = calloc(ADAPTERS_MOST, sizeof *bench.adapters),
        .rounds = options->rounds,
    };
    struct suite suite = {0};
    char *message = NULL;
    if (!bench.adapters) {
        bench_complain(&bench, STATUS_HOST, text_format("no memory"));
    } else if (!part(&bench, options->rest)) {
        bench_complain(&bench, STATUS_USAGE,
                       text_format("an adapter's command is missing behind a --, or there are "
                                   "more than %d of them: bench -- ./one -- ./other",
                                   ADAPTERS_MOST));
    } else if ((message = choose_questions(&bench)) ||
               !suite_load(&suite, options->cases, &message)) {
        bench_complain(&bench, STATUS_USAGE, message);
    } else {
        run(&bench, &suite);
    }
    suite_clear(&suite);
    clear(&bench);
    return (int)bench.status;
}
