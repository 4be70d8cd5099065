/*
 * The report for people: failures, the worst first; what could not be judged and
 * why; a table by area; the totals.
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "suite.h"
#include "text.h"
#include "vocabulary.h"

struct paper {
    FILE *out;
    bool colour;
    const struct repeat *repeat;
};

static const char *red(const struct paper *paper)
{
    return paper->colour ? "\033[1;31m" : "";
}

static const char *bold(const struct paper *paper)
{
    return paper->colour ? "\033[1m" : "";
}

static const char *plain(const struct paper *paper)
{
    return paper->colour ? "\033[0m" : "";
}

/* What an adapter or a name on disk says is shown, not obeyed: no escape sequences. */
static void print_text(const struct paper *paper, const char *label, const char *text)
{
    char *safe = text_printable(text, strlen(text));
    fprintf(paper->out, "  %-9s %s\n", label, safe);
    free(safe);
}

static void print_value(const struct paper *paper, const char *label, const json_t *value)
{
    enum { LONGEST = 1000 };
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_PRESERVE_ORDER) : NULL;
    if (text && strlen(text) > LONGEST) {
        memcpy(text + LONGEST, "...", 4);
    }
    print_text(paper, label, text ? text : "nothing came");
    free(text);
}

static void print_questions(const struct paper *paper, const json_t *result)
{
    const json_t *questions = json_object_get(result, "questions");
    for (size_t i = 0; i < json_array_size(questions); i++) {
        const json_t *question = json_array_get(questions, i);
        if (json_is_true(json_object_get(question, "right"))) {
            continue;
        }
        const char *ask = case_text(question, "ask"), *expect = case_text(question, "expect");
        print_text(paper, *ask ? "asked" : "looked at", *ask ? ask : expect);
        if (json_object_get(question, "params")) {
            print_value(paper, "with", json_object_get(question, "params"));
        }
        print_value(paper, "came", json_object_get(question, "answer"));
        print_value(paper, "allowed", json_object_get(question, "allow"));
    }
}

static void print_situation(const struct paper *paper, const json_t *result)
{
    const json_t *situation = json_object_get(result, "situation");
    for (size_t i = 0; i < json_array_size(situation); i++) {
        const json_t *witness = json_array_get(situation, i);
        const json_t *seen = json_object_get(witness, "seen");
        char *value = json_is_string(seen) ? text_format("%s", json_string_value(seen))
                                           : json_dumps(seen, JSON_ENCODE_ANY);
        char *line = text_format("%s %s: %s; seen: %s (%s)", case_text(witness, "op"),
                                 case_text(witness, "as"), case_text(witness, "claim"),
                                 value ? value : "", case_text(witness, "by"));
        print_text(paper, i ? "" : "situation", line);
        free(line);
        free(value);
    }
}

static void print_stderr(const struct paper *paper, const json_t *result)
{
    const char *text = case_text(result, "stderr");
    for (bool first = true; *text; first = false) {
        size_t length = strcspn(text, "\n");
        char *line = text_format("%.*s", (int)length, text);
        print_text(paper, first ? "stderr" : "", line);
        free(line);
        text += length + (text[length] == '\n');
    }
}

static void print_failure(const struct paper *paper, const json_t *result, const char *word)
{
    const char *direction = case_text(result, "direction");
    fprintf(paper->out, "\n%s%s%s %s%s%s  %s%s%s\n", red(paper), word, plain(paper), bold(paper),
            case_id(result), plain(paper), case_text(result, "outcome"), *direction ? ", " : "",
            direction);
    print_text(paper, "case", case_text(result, "title"));
    print_text(paper, "harm", case_text(result, "harm"));
    const json_t *named = json_object_get(result, "clauses");
    for (size_t i = 0; i < json_array_size(named); i++) {
        const char *clause = json_string_value(json_array_get(named, i));
        const char *text = clause ? clause_text(clause) : NULL;
        if (text) {
            print_text(paper, clause, text);
        }
    }
    print_text(paper, "message", case_text(result, "message"));
    print_questions(paper, result);
    print_situation(paper, result);
    print_stderr(paper, result);
    char *command = text_format("%s --filter %s %s", paper->repeat->before, case_id(result),
                                paper->repeat->behind);
    print_text(paper, "repeat", command);
    free(command);
}

static void print_failures(const struct paper *paper, const json_t *cases, enum fate fate,
                           bool critical, const char *word)
{
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *result = json_array_get(cases, i);
        bool known = json_is_true(json_object_get(result, "known"));
        if (result_fate(result) == fate && result_is_critical(result) == critical && !known) {
            print_failure(paper, result, word);
        }
    }
}

static void print_known(const struct paper *paper, const json_t *cases)
{
    bool any = false;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *result = json_array_get(cases, i);
        if (json_is_true(json_object_get(result, "known"))) {
            fprintf(paper->out, "%s%s",
                    any ? ", " : "\nknown failures, as listed: ", case_id(result));
            any = true;
        }
    }
    fputs(any ? "\n" : "", paper->out);
}

/* A reason that begins with a feature's name: how to get it. */
static void print_how(const struct paper *paper, const char *reason)
{
    char *feature = text_format("%.*s", (int)strcspn(reason, ":"), reason);
    const char *how = feature_how(feature);
    if (how) {
        fprintf(paper->out, "    to get it: %s\n", how);
    }
    free(feature);
}

/* Cases of one fate that were skipped, each reason once with what it cost. */
static void print_skipped(const struct paper *paper, const json_t *cases, enum fate fate,
                          const char *title)
{
    json_t *reasons = json_object();
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *result = json_array_get(cases, i);
        if (result_fate(result) != fate) {
            continue;
        }
        const char *needs = case_text(result, "needs"), *why = case_text(result, "why");
        char *reason = text_format("%s%s%s", needs, *needs && *why ? ": " : "", why);
        json_t *ids = json_object_get(reasons, reason);
        if (!ids) {
            ids = json_array();
            json_object_set_new(reasons, reason, ids);
        }
        json_array_append_new(ids, json_string(case_id(result)));
        free(reason);
    }
    const char *reason;
    json_t *ids;
    if (json_object_size(reasons)) {
        fprintf(paper->out, "\n%s\n", title);
    }
    json_object_foreach(reasons, reason, ids)
    {
        char *safe = text_printable(reason, strlen(reason));
        fprintf(paper->out, "  %s\n", *safe ? safe : "no reason was given");
        free(safe);
        print_how(paper, reason);
        fputs("   ", paper->out);
        for (size_t i = 0; i < json_array_size(ids); i++) {
            fprintf(paper->out, " %s", json_string_value(json_array_get(ids, i)));
        }
        fputc('\n', paper->out);
    }
    json_decref(reasons);
}

static void print_row(const struct paper *paper, const char *area, const size_t counts[FATES])
{
    fprintf(paper->out, "%-12s %7zu %7zu %7zu %12zu %16zu\n", area, counts[FATE_PASSED],
            counts[FATE_FAILED], counts[FATE_ADVICE], counts[FATE_UNSUPPORTED],
            counts[FATE_NOT_ESTABLISHED]);
}

/* The cases are sorted by id, so each area stands together. */
static void print_table(const struct paper *paper, const json_t *cases)
{
    fprintf(paper->out, "\n%-12s %7s %7s %7s %12s %16s\n", "area", "passed", "failed", "advice",
            "unsupported", "not established");
    size_t all[FATES] = {0}, count = json_array_size(cases);
    for (size_t i = 0; i < count;) {
        const char *id = case_id(json_array_get(cases, i));
        size_t length = strcspn(id, "/"), counts[FATES] = {0};
        char *area = text_format("%.*s", (int)length, id);
        for (; i < count; i++) {
            const json_t *result = json_array_get(cases, i);
            if (strcspn(case_id(result), "/") != length ||
                strncmp(case_id(result), id, length) != 0) {
                break;
            }
            counts[result_fate(result)]++;
            all[result_fate(result)]++;
        }
        print_row(paper, area, counts);
        free(area);
    }
    print_row(paper, "all", all);
}

void report_terminal(const json_t *report, const struct repeat *repeat, bool colour, FILE *out)
{
    const struct paper paper = {out, colour, repeat};
    const json_t *cases = json_object_get(report, "cases");
    print_failures(&paper, cases, FATE_FAILED, true, "CRITICAL");
    print_failures(&paper, cases, FATE_FAILED, false, "FAIL");
    print_failures(&paper, cases, FATE_ADVICE, false, "ADVICE");
    print_known(&paper, cases);
    print_skipped(&paper, cases, FATE_UNSUPPORTED, "not asked, the adapter does not claim:");
    print_skipped(&paper, cases, FATE_NOT_ESTABLISHED,
                  "not established on this host, which is never a pass:");
    print_table(&paper, cases);
    if (report_count(report, FATE_ADVICE)) {
        fprintf(out, "\n%zu SHOULD cases failed: advice, which does not gate\n",
                report_count(report, FATE_ADVICE));
    }
    fprintf(out, "\n%zu passed, %zu failed, %zu skipped\n", report_count(report, FATE_PASSED),
            report_count(report, FATE_FAILED),
            report_count(report, FATE_UNSUPPORTED) + report_count(report, FATE_NOT_ESTABLISHED));
}
