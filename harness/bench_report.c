/*
 * What `bench` found, for people and as JSON.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "text.h"

bool bench_ratio(const struct bench *bench, const struct bench_figure *base,
                 const struct bench_figure *other, struct bench_interval *ratio_ret)
{
    if (base->none || other->none || bench_median(base->samples_ns, bench->rounds).low <= 0) {
        return false; /* nothing, or something that cannot be told from nothing */
    }
    double *ratios = calloc(bench->rounds, sizeof *ratios);
    for (size_t i = 0; ratios && i < bench->rounds; i++) {
        /* A sample of something that can be told from nothing may still be none itself. */
        ratios[i] = base->samples_ns[i] > 0 ? other->samples_ns[i] / base->samples_ns[i] : INFINITY;
    }
    if (ratios) {
        *ratio_ret = bench_median(ratios, bench->rounds);
    }
    bool finite = ratios && ratio_ret->high < INFINITY;
    free(ratios);
    return finite;
}

/* ---- For people ---------------------------------------------------------- */

static char letter(size_t adapter)
{
    return (char)('A' + adapter);
}

/* Three digits of `ns` in the unit that fits `like`. */
static char *in_unit_of(double like, double ns, bool named)
{
    static const struct {
        double ns;
        const char *name;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
    size_t unit = 0;
    while (unit < 3 && fabs(like) < units[unit].ns) {
        unit++;
    }
    double value = ns / units[unit].ns;
    int decimals = fabs(value) < 10 ? 2 : fabs(value) < 100 ? 1 : 0;
    return text_format("%.*f%s%s", decimals, value, named ? " " : "",
                       named ? units[unit].name : "");
}

static void print_interval(struct bench_interval interval)
{
    char *median = in_unit_of(interval.median, interval.median, true);
    char *low = in_unit_of(interval.median, interval.low, false);
    char *high = in_unit_of(interval.median, interval.high, false);
    char *both = text_format("%s ... %s", low, high);
    printf("%10s  %-18s", median, both);
    free(both);
    free(high);
    free(low);
    free(median);
}

static void print_figure(const struct bench *bench, size_t adapter, size_t question)
{
    const struct bench_figure *figure = &bench->adapters[adapter].figures[question];
    const struct bench_figure *base = &bench->adapters[0].figures[question];
    struct bench_interval ratio;

    printf("%-17s  %c  ", bench_questions[question], letter(adapter));
    if (figure->none) {
        printf("no figure: %s\n", figure->none);
        return;
    }
    print_interval(bench_median(figure->samples_ns, bench->rounds));
    char *related = adapter == 0 ? text_format("1")
                    : bench_ratio(bench, base, figure, &ratio)
                        ? text_format("%.3g (%.3g ... %.3g)", ratio.median, ratio.low, ratio.high)
                        : text_format("-");
    printf("  %-22s  %s\n", related, figure->outside ? "pipe" : "inside");
    free(related);
}

static void print_adapter(const struct bench *bench, size_t i)
{
    const struct bench_adapter *adapter = &bench->adapters[i];
    printf("  %c  %s %s (%s):", letter(i), case_text(adapter->hello, "name"),
           case_text(adapter->hello, "version"), case_text(adapter->hello, "language"));
    for (char **word = adapter->command; *word; word++) {
        printf(" %s", *word);
    }
    if (adapter->noop_ns) {
        char *noop = in_unit_of(bench_median(adapter->noop_ns, bench->rounds).median,
                                bench_median(adapter->noop_ns, bench->rounds).median, true);
        printf("; a noop through its pipe takes %s", noop);
        free(noop);
    }
    putchar('\n');
    for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
        const struct bench_figure *figure = &adapter->figures[q];
        if (!figure->wanted) {
            continue;
        }
        printf("     %s: %zu of %zu cases passed, %zu failed, %zu advice, %zu not judged",
               bench_questions[q], figure->passed, figure->asking, json_array_size(figure->failed),
               figure->advice, figure->skipped);
        size_t ran =
            figure->passed + json_array_size(figure->failed) + figure->advice + figure->skipped;
        if (ran < figure->asking) {
            printf(", %zu left out by --filter", figure->asking - ran);
        }
        putchar('\n');
    }
}

void bench_print(const struct bench *bench)
{
    const json_t *host = bench->adapters[0].host;
    printf("%zu adapters, %zu rounds in turn, profile %s, %s %s\n\n", bench->count, bench->rounds,
           bench->options->profile, case_text(host, "kernel"), case_text(host, "machine"));
    for (size_t i = 0; i < bench->count; i++) {
        print_adapter(bench, i);
    }
    printf("\n%-17s  %c  %10s  %-18s  %-22s  %s\n", "question", ' ', "median", "95 %", "x A (95 %)",
           "timed");
    bool outside = false;
    for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
        for (size_t i = 0; i < bench->count; i++) {
            if (bench->adapters[i].figures[q].wanted) {
                print_figure(bench, i, q);
                outside = outside || (bench->adapters[i].figures[q].outside &&
                                      !bench->adapters[i].figures[q].none);
            }
        }
    }
    if (outside) {
        printf("\npipe: timed from outside, the round trips of as many noops subtracted:\n");
    }
    for (size_t i = 0; i < bench->count; i++) {
        for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
            const struct bench_figure *figure = &bench->adapters[i].figures[q];
            if (figure->outside && !figure->none) {
                printf("  %c, %s: %s\n", letter(i), bench_questions[q], figure->outside);
            }
        }
    }
}

/* ---- JSON ---------------------------------------------------------------- */

static json_t *numbers(const double *values, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; values && i < count; i++) {
        json_array_append_new(list, json_real(values[i]));
    }
    return list;
}

static json_t *interval_as_json(struct bench_interval interval)
{
    return json_pack("{s:f, s:f, s:f}", "median", interval.median, "low", interval.low, "high",
                     interval.high);
}

static json_t *figure_as_json(const struct bench *bench, size_t adapter, size_t question)
{
    const struct bench_figure *figure = &bench->adapters[adapter].figures[question];
    struct bench_interval ratio;
    json_t *json =
        json_pack("{s:s, s:{s:I, s:I, s:I, s:O, s:I}}", "question", bench_questions[question],
                  "cases", "asking", (json_int_t)figure->asking, "passed",
                  (json_int_t)figure->passed, "advice", (json_int_t)figure->advice, "failed",
                  figure->failed, "not_judged", (json_int_t)figure->skipped);
    if (figure->none) {
        json_object_set_new(json, "no_figure", json_string(figure->none));
        return json;
    }
    json_object_set_new(json, "timed", json_string(figure->outside ? "pipe" : "inside"));
    if (figure->outside) {
        json_object_set_new(json, "why_pipe", json_string(figure->outside));
    }
    json_object_set_new(json, "questions_a_sample", json_integer(figure->questions));
    json_object_set_new(json, "ns",
                        interval_as_json(bench_median(figure->samples_ns, bench->rounds)));
    if (bench_ratio(bench, &bench->adapters[0].figures[question], figure, &ratio)) {
        json_object_set_new(json, "ratio_to_first", interval_as_json(ratio));
    }
    json_object_set_new(json, "samples_ns", numbers(figure->samples_ns, bench->rounds));
    return json;
}

json_t *bench_as_json(const struct bench *bench)
{
    json_t *adapters = json_array();
    for (size_t i = 0; i < bench->count; i++) {
        const struct bench_adapter *adapter = &bench->adapters[i];
        json_t *command = json_array();
        json_t *figures = json_array();
        for (char **word = adapter->command; *word; word++) {
            json_array_append_new(command, json_string(*word));
        }
        for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
            if (adapter->figures[q].wanted) {
                json_array_append_new(figures, figure_as_json(bench, i, q));
            }
        }
        json_array_append_new(adapters, json_pack("{s:o, s:O, s:o, s:o}", "command", command,
                                                  "hello", adapter->hello, "noop_ns",
                                                  numbers(adapter->noop_ns, bench->rounds),
                                                  "figures", figures));
    }
    return json_pack("{s:s, s:s, s:I, s:O, s:o}", "suite", PIDPROOF_VERSION, "profile",
                     bench->options->profile, "rounds", (json_int_t)bench->rounds, "host",
                     bench->adapters[0].host, "adapters", adapters);
}
