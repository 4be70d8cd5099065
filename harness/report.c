/*
 * Counting results, making the report, and files that appear whole or not at all.
 */
#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "suite.h"
#include "text.h"

enum fate result_fate(const json_t *result)
{
    const char *outcome = case_text(result, "outcome");
    if (strcmp(outcome, "pass") == 0) {
        return FATE_PASSED;
    }
    if (strcmp(outcome, "unsupported") == 0) {
        return FATE_UNSUPPORTED;
    }
    if (strcmp(outcome, "not-established") == 0) {
        return FATE_NOT_ESTABLISHED;
    }
    bool advice = strcmp(case_text(result, "level"), "SHOULD") == 0 &&
                  strcmp(outcome, "fail") == 0 && !result_is_critical(result);
    return advice ? FATE_ADVICE : FATE_FAILED;
}

bool result_is_critical(const json_t *result)
{
    const char *direction = case_text(result, "direction");
    return strcmp(direction, "false-accept") == 0 || strcmp(direction, "harm") == 0;
}

static int by_id(const void *left, const void *right)
{
    return strcmp(case_id(*(json_t *const *)left), case_id(*(json_t *const *)right));
}

static json_t *sorted(const json_t *results)
{
    size_t count = json_array_size(results);
    json_t **taken = calloc(count + 1, sizeof *taken);
    json_t *sorted = json_array();
    for (size_t i = 0; taken && i < count; i++) {
        taken[i] = json_array_get(results, i);
    }
    if (taken) {
        qsort(taken, count, sizeof *taken, by_id);
        for (size_t i = 0; i < count; i++) {
            json_array_append(sorted, taken[i]);
        }
    }
    free(taken);
    return sorted;
}

static const char *const fate_members[FATES] = {
    [FATE_PASSED] = "passed",
    [FATE_FAILED] = "failed",
    [FATE_ADVICE] = "advice",
    [FATE_UNSUPPORTED] = "unsupported",
    [FATE_NOT_ESTABLISHED] = "not_established",
};

json_t *report_new(json_t *suite, json_t *adapter, json_t *host, json_t *results)
{
    json_int_t counts[FATES] = {0};
    size_t count = json_array_size(results);
    for (size_t i = 0; i < count; i++) {
        counts[result_fate(json_array_get(results, i))]++;
    }
    json_t *totals = json_pack("{s:I}", "cases", (json_int_t)count);
    for (int fate = 0; fate < FATES; fate++) {
        json_object_set_new(totals, fate_members[fate], json_integer(counts[fate]));
    }
    return json_pack("{s:O, s:O, s:O, s:o, s:o}", "suite", suite, "adapter", adapter, "host", host,
                     "totals", totals, "cases", sorted(results));
}

size_t report_count(const json_t *report, enum fate fate)
{
    const json_t *totals = json_object_get(report, "totals");
    return (size_t)json_integer_value(json_object_get(totals, fate_members[fate]));
}

bool report_write_file(const char *path, const char *text, char **message_ret)
{
    char *beside = text_format("%s.new-%d", path, (int)uv_os_getpid());
    uv_fs_t request;
    int file = uv_fs_open(NULL, &request, beside, UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_EXCL,
                          0666, NULL);
    uv_fs_req_cleanup(&request);
    int error = file < 0 ? file : 0;
    for (size_t left = strlen(text); left && !error;) {
        uv_buf_t buffer = uv_buf_init((char *)text, (unsigned)left);
        int count = uv_fs_write(NULL, &request, file, &buffer, 1, -1, NULL);
        uv_fs_req_cleanup(&request);
        if (count < 0) {
            error = count;
        } else {
            text += count;
            left -= (size_t)count;
        }
    }
    if (file >= 0) {
        int closed = uv_fs_close(NULL, &request, file, NULL);
        uv_fs_req_cleanup(&request);
        error = error ? error : closed;
    }
    if (!error) {
        error = uv_fs_rename(NULL, &request, beside, path, NULL);
        uv_fs_req_cleanup(&request);
    }
    if (error) {
        *message_ret = text_format("cannot write %s: %s; is its directory there, writable and not "
                                   "full?",
                                   path, uv_strerror(error));
        if (file >= 0) {
            uv_fs_unlink(NULL, &request, beside, NULL);
            uv_fs_req_cleanup(&request);
        }
    }
    free(beside);
    return error == 0;
}
