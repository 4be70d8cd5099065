/*
 * The cases that match a question: an implementation that answers one of them wrongly has
 * no figure for that question, for a wrong answer can be had at any speed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "native.h"
#include "pool.h"
#include "report.h"
#include "text.h"

static bool asks(const json_t *case_, const char *question, const char *profile)
{
    const json_t *steps = json_object_get(case_, "steps");
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        bool left_out =
            strcmp(case_text(step, "profile"), "hardened") == 0 && strcmp(profile, "core") == 0;
        if (!left_out && strcmp(case_text(step, "ask"), question) == 0) {
            return true;
        }
    }
    return false;
}

static bool passes_filters(const struct options *options, const json_t *case_)
{
    bool named = !*options->filters;
    for (const char **filter = options->filters; *filter; filter++) {
        named = named || id_matches(*filter, case_id(case_));
    }
    return named;
}

/* The cases to run, counted for each question; what comes back is the number of them. */
static size_t choose(const struct options *options, const struct suite *suite,
                     struct bench_adapter *adapter, const json_t **cases)
{
    size_t count = 0;
    for (size_t i = 0; i < suite->count; i++) {
        const json_t *case_ = suite->cases[i];
        bool wanted = false;
        if (!case_in_profile(case_, options->profile) || !case_is_of(case_, options->system)) {
            continue;
        }
        for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
            struct bench_figure *figure = &adapter->figures[q];
            bool asked = figure->wanted && asks(case_, bench_questions[q], options->profile);
            figure->asking += asked;
            wanted = wanted || asked;
        }
        if (wanted && passes_filters(options, case_)) {
            cases[count++] = case_;
        }
    }
    return count;
}

static void count_result(struct bench_figure *figure, const json_t *result)
{
    switch (result_fate(result)) {
    case FATE_PASSED:
        figure->passed++;
        break;
    case FATE_ADVICE:
        figure->advice++;
        break;
    case FATE_FAILED:
        json_array_append(figure->failed, json_object_get(result, "id"));
        break;
    default:
        figure->skipped++;
        break;
    }
}

static void judge(struct bench *bench, const struct suite *suite, struct bench_adapter *adapter,
                  const json_t *results)
{
    for (size_t i = 0; i < json_array_size(results); i++) {
        const json_t *result = json_array_get(results, i);
        const json_t *case_ = suite_find(suite, case_id(result));
        for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
            if (adapter->figures[q].wanted &&
                asks(case_, bench_questions[q], bench->options->profile)) {
                count_result(&adapter->figures[q], result);
            }
        }
        if (*case_text(result, "defect")) {
            bench_complain(bench, STATUS_HOST,
                           text_format("case %s could not be run, and that is not the adapter's "
                                       "fault: %s",
                                       case_id(result), case_text(result, "defect")));
        }
    }
}

static void draw_conclusions(struct bench *bench, struct bench_adapter *adapter)
{
    for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
        struct bench_figure *figure = &adapter->figures[q];
        size_t failed = json_array_size(figure->failed);
        if (!figure->wanted) {
            continue;
        }
        if (failed) {
            figure->none = text_format("it fails %zu of the %zu cases that ask this, as %s", failed,
                                       figure->passed + figure->advice + figure->skipped + failed,
                                       json_string_value(json_array_get(figure->failed, 0)));
            if (!bench->status || bench->status > STATUS_DOES_NOT_CONFORM) {
                bench->status = STATUS_DOES_NOT_CONFORM;
            }
        } else if (!figure->passed) {
            figure->none = text_format("no case that asks this could be judged");
            bench_complain(bench, STATUS_HOST,
                           text_format("%s, %s: none of the cases that ask it was judged, so there "
                                       "is no figure; `pidproof doctor` says what this host lacks",
                                       adapter->command[0], bench_questions[q]));
        }
    }
}

bool bench_judge(struct bench *bench, const struct suite *suite, struct bench_adapter *adapter)
{
    struct options options = *bench->options;
    const json_t **cases = calloc(suite->count + 1, sizeof *cases);
    struct pool_result result;

    if (!cases) {
        bench_complain(bench, STATUS_HOST, text_format("no memory"));
        return false;
    }
    for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
        adapter->figures[q].failed = json_array();
    }
    size_t count = choose(&options, suite, adapter, cases);
    if (!count) {
        bench_complain(bench, STATUS_USAGE,
                       text_format("no case of profile %s that --filter leaves asks any of these "
                                   "questions",
                                   options.profile));
        free(cases);
        return false;
    }
    fprintf(stderr, "pidproof: %s: running the %zu cases that ask the questions\n",
            adapter->command[0], count);
    options.rest = adapter->command;
    pool_run(&options, cases, count, NULL, NULL, &result);
    free(cases);
    int interrupted = result.interrupted;
    bool finished = !interrupted && result.status == STATUS_OK;
    if (finished) {
        adapter->hello = json_incref(json_object_get(result.ready, "adapter"));
        adapter->host = json_incref(json_object_get(result.ready, "host"));
        judge(bench, suite, adapter, result.results);
        draw_conclusions(bench, adapter);
    } else if (!interrupted) {
        bench_complain(bench, result.status,
                       text_format("%s: %s", adapter->command[0], result.message));
    }
    pool_result_clear(&result);
    if (interrupted) {
        native_end_by(interrupted);
    }
    return finished;
}
