/*
 * The report of a run, one JSON object (REPORT.md), and the forms it is shown in.
 */
#ifndef PIDPROOF_REPORT_H
#define PIDPROOF_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* What a result counts as. */
enum fate {
    FATE_PASSED,
    FATE_FAILED, /* fail, crash, timeout, protocol */
    FATE_ADVICE, /* a SHOULD case that failed, neither false-accept nor harm: does not gate */
    FATE_UNSUPPORTED,
    FATE_NOT_ESTABLISHED,
    FATES
};

enum fate result_fate(const json_t *result);

/* Whether its direction is false-accept or harm. */
bool result_is_critical(const json_t *result);

/*
 * Makes the report out of what it is about and the results, which are sorted by
 * id and counted. Borrows all of them; json_decref() what comes back.
 */
json_t *report_new(json_t *suite, json_t *adapter, json_t *host, json_t *results);

/* How many cases of the report have this fate. */
size_t report_count(const json_t *report, enum fate fate);

/*
 * Writes a text file whole or not at all: beside its place, then renamed. False
 * with a message in `*message_ret` (free() it), and the file is what it was.
 */
bool report_write_file(const char *path, const char *text, char **message_ret);

/* Likewise the report as JSON (REPORT.md) and as JUnit XML. */
bool report_json(const json_t *report, const char *path, char **message_ret);
bool report_junit(const json_t *report, const char *path, char **message_ret);

/* The Test Anything Protocol, version 13. */
void report_tap(const json_t *report, FILE *out);

/*
 * For people: each failure, what was not established, a table by area, and last
 * the line `N passed, N failed, N skipped`. `repeat` is the command to which a
 * case is added as `--filter ID`: what stands before that, and behind.
 */
struct repeat {
    const char *before, *behind;
};
void report_terminal(const json_t *report, const struct repeat *repeat, bool colour, FILE *out);

#endif
