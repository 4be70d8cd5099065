/*
 * `conform`: chooses the cases, runs them, reports, and decides the exit status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "known.h"
#include "native.h"
#include "options.h"
#include "pool.h"
#include "report.h"
#include "suite.h"
#include "text.h"

static int complain(enum status status, char *message)
{
    fprintf(stderr, "pidproof: %s\n", message);
    free(message);
    return (int)status;
}

/* ---- Choosing ------------------------------------------------------------ */

static bool chosen(const struct options *options, const json_t *case_)
{
    bool named = !*options->filters;
    for (const char **filter = options->filters; *filter; filter++) {
        named = named || id_matches(*filter, case_id(case_));
    }
    return named && case_in_profile(case_, options->profile) && case_is_of(case_, options->system);
}

/* NULL, or why the choice is no good. A filter that names nothing is a typing error. */
static char *choose(const struct options *options, const struct suite *suite, const json_t **cases,
                    size_t *count_ret)
{
    for (const char **filter = options->filters; *filter; filter++) {
        size_t named = 0;
        for (size_t i = 0; i < suite->count; i++) {
            named += id_matches(*filter, case_id(suite->cases[i]));
        }
        if (named == 0) {
            return text_format("no case has an id like '%s'; `pidproof list` shows them all. * "
                               "stays within a segment, ** crosses: 'look/**'",
                               *filter);
        }
    }
    size_t count = 0;
    for (size_t i = 0; i < suite->count; i++) {
        if (chosen(options, suite->cases[i])) {
            cases[count++] = suite->cases[i];
        }
    }
    *count_ret = count;
    return count ? NULL
                 : text_format("none of these cases belongs to profile %s on %s; try --profile all",
                               options->profile, options->system);
}

/* ---- Progress ------------------------------------------------------------ */

struct progress {
    bool shown;
    size_t failed;
};

static void show_progress(void *context, const json_t *result, size_t done, size_t count)
{
    struct progress *progress = context;
    progress->failed += result_fate(result) == FATE_FAILED;
    if (progress->shown) {
        fprintf(stderr, "\r\033[K%zu/%zu, %zu failed  %.50s", done, count, progress->failed,
                case_id(result));
        if (done == count) {
            fputs("\r\033[K", stderr);
        }
        fflush(stderr);
    }
}

/* ---- The command that repeats a case ------------------------------------- */

static void add_quoted(struct text *command, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=,+@%";
    if (*word && !word[strspn(word, plain)]) {
        text_addf(command, " %s", word);
        return;
    }
    text_addf(command, " '");
    for (; *word; word++) {
        text_addf(command, *word == '\'' ? "'\\''" : "%c", *word);
    }
    text_addf(command, "'");
}

static void make_repeat(const struct options *options, struct text *before, struct text *behind)
{
    text_addf(before, "%s conform", options->invoked);
    text_addf(behind, "--profile %s", options->profile);
    const char *const given[][2] = {
        {"--cases", options->cases},
        {"--fixtures", options->found_fixtures ? NULL : options->fixtures},
        {"--windows", options->windows},
    };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        if (given[i][1]) {
            text_addf(behind, " %s", given[i][0]);
            add_quoted(behind, given[i][1]);
        }
    }
    text_addf(behind, "%s%s --", options->as_unix ? " --unix" : "",
              options->no_sandbox ? " --no-sandbox" : "");
    for (char **word = options->rest; *word; word++) {
        add_quoted(behind, *word);
    }
}

/* ---- Reporting ----------------------------------------------------------- */

static json_t *texts(char *const *words)
{
    json_t *list = json_array();
    for (; *words; words++) {
        json_array_append_new(list, json_string(*words));
    }
    return list;
}

static json_t *make_report(const struct options *options, const struct pool_result *run)
{
    json_t *suite =
        json_pack("{s:s, s:s, s:s, s:o}", "name", "pidproof", "version", PIDPROOF_VERSION,
                  "profile", options->profile, "filters", texts((char *const *)options->filters));
    json_t *adapter = json_pack("{s:o}", "command", texts(options->rest));
    json_t *host = json_pack("{s:s, s:{}}", "system", options->system, "features");
    json_object_update(adapter, json_object_get(run->ready, "adapter"));
    json_object_update(host, json_object_get(run->ready, "host"));
    json_t *report = report_new(suite, adapter, host, run->results);
    json_decref(suite);
    json_decref(adapter);
    json_decref(host);
    return report;
}

static bool write_reports(const struct options *options, const json_t *report)
{
    char *message = NULL;
    bool written = (!options->json || report_json(report, options->json, &message)) &&
                   (!options->junit || report_junit(report, options->junit, &message));
    if (!written) {
        complain(STATUS_HOST, message);
    }
    if (options->tap) {
        report_tap(report, stdout);
        return written;
    }
    struct text before = {0}, behind = {0};
    make_repeat(options, &before, &behind);
    const struct repeat repeat = {before.data, behind.data};
    const char *term = getenv("TERM");
    bool colour =
        uv_guess_handle(1) == UV_TTY && !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
    report_terminal(report, &repeat, colour, stdout);
    text_clear(&before);
    text_clear(&behind);
    return written;
}

/* ---- Known failures ------------------------------------------------------ */

/* Reads the file that --known names; with --known-fix one that is not there is empty. */
static bool read_known(const struct options *options, struct known **known_ret)
{
    char *message = NULL;
    struct text text = {0};
    int status = text_add_file(&text, options->known);
    bool read = status == 0 || (status == UV_ENOENT && options->known_fix);
    if (!read) {
        message = text_format("cannot read the known failures in %s; --known-fix makes the file",
                              options->known);
    } else {
        read = known_parse(options->known, text.data ? text.data : "", known_ret, &message);
    }
    text_clear(&text);
    if (!read) {
        complain(STATUS_USAGE, message);
    }
    return read;
}

/* Whether the results are what the file says, or were made so. */
static bool hold_against_known(const struct options *options, const struct known *known,
                               const struct suite *suite, const json_t *report)
{
    const json_t *cases = json_object_get(report, "cases");
    bool filtered = *options->filters != NULL;
    if (!options->known_fix) {
        return known_check(known, suite, cases, filtered, stderr) == 0;
    }
    char *message = NULL, *fixed = known_fixed(known, suite, cases);
    bool written = report_write_file(options->known, fixed, &message);
    free(fixed);
    if (!written) {
        complain(STATUS_HOST, message);
    }
    return written;
}

/* ---- The exit status ----------------------------------------------------- */

static enum status verdict(const json_t *report, const struct pool_result *run, bool as_known)
{
    const json_t *cases = json_object_get(report, "cases");
    bool failed = !as_known;
    const json_t *defect = NULL;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *result = json_array_get(cases, i);
        failed = failed || (result_fate(result) == FATE_FAILED &&
                            !json_is_true(json_object_get(result, "known")));
        if (!defect && *case_text(result, "defect")) {
            defect = result;
        }
    }
    if (defect) {
        fprintf(stderr,
                "pidproof: case %s could not be run, and that is not the adapter's fault: "
                "%s\n",
                case_id(defect), case_text(defect, "defect"));
    }
    if (run->status != STATUS_OK) {
        fprintf(stderr, "pidproof: %s\n", run->message);
        return run->status;
    }
    if (failed) {
        return STATUS_DOES_NOT_CONFORM;
    }
    size_t skipped = report_count(report, FATE_NOT_ESTABLISHED);
    if (skipped && skipped + report_count(report, FATE_UNSUPPORTED) == json_array_size(cases)) {
        fprintf(stderr, "pidproof: this host could establish none of these situations, so nothing "
                        "was judged; `pidproof doctor` says what it lacks\n");
        return STATUS_HOST;
    }
    return defect ? STATUS_HOST : STATUS_OK;
}

/* Runs the chosen cases and reports. */
static enum status run(const struct options *options, const struct suite *suite,
                       const json_t *const *cases, size_t count, const struct known *known)
{
    struct progress progress = {.shown = uv_guess_handle(2) == UV_TTY};
    struct pool_result result;
    uint64_t started = uv_hrtime();
    pool_run(options, cases, count, show_progress, &progress, &result);
    double seconds = (double)(uv_hrtime() - started) / 1e9;
    int interrupted = result.interrupted;
    enum status status = result.status;
    if (interrupted) {
        fprintf(stderr, "pidproof: interrupted after %zu of %zu cases\n",
                json_array_size(result.results), count);
    } else if (json_array_size(result.results) == 0) {
        fprintf(stderr, "pidproof: %s\n", result.message ? result.message : "nothing was run");
        if (status == STATUS_ADAPTER) {
            fprintf(stderr, "`pidproof smoke -- %s` shows what an adapter answers, step by step.\n",
                    options->rest[0]);
        }
    } else {
        json_t *report = make_report(options, &result);
        bool as_known = !known || hold_against_known(options, known, suite, report);
        if (options->known_fix && as_known) {
            status = write_reports(options, report) ? STATUS_OK : STATUS_HOST;
        } else {
            status =
                write_reports(options, report) ? verdict(report, &result, as_known) : STATUS_HOST;
        }
        json_decref(report);
        /* Not on stdout: two runs that judge the same print the same there. */
        fprintf(stderr, "%zu cases in %.1f s\n", json_array_size(result.results), seconds);
    }
    pool_result_clear(&result);
    if (interrupted) {
        native_end_by(interrupted);
    }
    return status;
}

int command_conform(const struct options *options)
{
    if (options->known_fix && (!options->known || *options->filters)) {
        return complain(
            STATUS_USAGE,
            text_format(options->known ? "--known-fix needs a whole run: leave --filter out"
                                       : "--known-fix rewrites a file: name it with --known FILE"));
    }
    struct suite suite;
    char *message = NULL;
    if (!suite_load(&suite, options->cases, &message)) {
        return complain(STATUS_USAGE, message);
    }
    struct known *known = NULL;
    const json_t **cases = calloc(suite.count + 1, sizeof *cases);
    size_t count = 0;
    enum status status = STATUS_USAGE;
    message = cases ? choose(options, &suite, cases, &count) : text_format("no memory");
    if (message) {
        complain(status, message);
    } else if (!options->known ||
               (read_known(options, &known) &&
                (options->known_fix || known_check_names(known, &suite, stderr) == 0))) {
        status = run(options, &suite, cases, count, known);
    }
    known_free(known);
    free(cases);
    suite_clear(&suite);
    return (int)status;
}
