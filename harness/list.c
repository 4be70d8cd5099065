/*
 * Commands that look at the corpus without running it: list, coverage, lint.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint.h"
#include "options.h"
#include "suite.h"

static bool load(struct suite *suite, const struct options *options)
{
    char *message = NULL;
    if (suite_load(suite, options->cases, &message)) {
        return true;
    }
    fprintf(stderr, "pidproof: %s\n", message);
    free(message);
    return false;
}

static bool wanted(const struct options *options, const char *id)
{
    bool any = *options->filters == NULL;
    for (const char **filter = options->filters; *filter; filter++) {
        any = any || id_matches(*filter, id);
    }
    return any;
}

static void print_texts(const json_t *case_, const char *member, char *text, size_t size)
{
    const json_t *list = json_object_get(case_, member);
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < json_array_size(list) && used < size; i++) {
        int written = snprintf(text + used, size - used, "%s%s", i ? "," : "",
                               json_string_value(json_array_get(list, i)));
        used += written > 0 ? (size_t)written : 0;
    }
}

static void print_case(const json_t *case_)
{
    char clauses_text[64], needs[64];
    print_texts(case_, "clauses", clauses_text, sizeof clauses_text);
    print_texts(case_, "needs", needs, sizeof needs);
    printf("%-36s %-20s %-6s %-8s %-16s %s\n", case_id(case_), clauses_text,
           case_text(case_, "level"), case_text(case_, "profile"), *needs ? needs : "-",
           case_text(case_, "title"));
}

int command_list(const struct options *options)
{
    struct suite suite;
    if (!load(&suite, options)) {
        return STATUS_USAGE;
    }
    json_t *listed = json_array();
    for (size_t i = 0; i < suite.count; i++) {
        if (wanted(options, case_id(suite.cases[i]))) {
            json_array_append(listed, (json_t *)suite.cases[i]);
        }
    }
    size_t count = json_array_size(listed);
    if (count == 0) {
        fprintf(stderr,
                "pidproof list: no case fits; `pidproof list` without --filter shows all "
                "%zu\n",
                suite.count);
    } else if (options->as_json) {
        json_dumpf(listed, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
        putchar('\n');
    } else {
        printf("%-36s %-20s %-6s %-8s %-16s %s\n", "CASE", "CLAUSES", "LEVEL", "PROFILE", "NEEDS",
               "TITLE");
        for (size_t i = 0; i < count; i++) {
            print_case(json_array_get(listed, i));
        }
        printf("%zu cases\n", count);
    }
    json_decref(listed);
    suite_clear(&suite);
    return count ? STATUS_OK : STATUS_USAGE;
}

int command_coverage(const struct options *options)
{
    struct suite suite;
    if (!load(&suite, options)) {
        return STATUS_USAGE;
    }
    size_t bare = 0, total = 0;
    for (const struct clause *clause = clauses(); clause->id; clause++, total++) {
        size_t cases = 0;
        for (size_t i = 0; i < suite.count; i++) {
            cases += case_names(suite.cases[i], "clauses", clause->id);
        }
        const char *excuse = cases ? "" : lint_excuse(clause, PIDPROOF_SYSTEM);
        bare += cases == 0;
        printf("%-8s %-6s %-10s %3zu %s", clause->id, clause->level, clause->profile, cases,
               excuse ? excuse : "no case: write one");
        for (size_t i = 0, shown = 0; i < suite.count && shown < 3; i++) {
            if (case_names(suite.cases[i], "clauses", clause->id)) {
                printf("%s%s", shown++ ? ", " : "", case_id(suite.cases[i]));
            }
        }
        printf("%s\n", cases > 3 ? ", ..." : "");
    }
    printf("%zu cases, %zu clauses, %zu of them without a case\n", suite.count, total, bare);
    suite_clear(&suite);
    return STATUS_OK;
}

int command_lint(const struct options *options)
{
    struct suite suite;
    char *message = NULL;
    bool whole = *options->rest == NULL;
    bool loaded = whole ? suite_load(&suite, options->cases, &message)
                        : suite_load_files(&suite, options->rest, &message);
    if (!loaded) {
        printf("%s\n", message);
        free(message);
        return STATUS_DOES_NOT_CONFORM;
    }
    size_t complaints = lint_suite(&suite, stdout);
    if (whole) {
        static const char *const systems[] = {"linux", "darwin", "bsd", "windows"};
        for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
            complaints += lint_coverage(&suite, systems[i], stdout);
        }
    }
    if (complaints == 0) {
        printf("%zu cases, nothing to complain about\n", suite.count);
    } else {
        printf("%zu complaints about %zu cases\n", complaints, suite.count);
    }
    suite_clear(&suite);
    return complaints ? STATUS_DOES_NOT_CONFORM : STATUS_OK;
}
