/*
 * The rest of the interface: records, the boot id, capture.
 */
#include "bench.h"

static void record_parse(struct gbench_state *state, int64_t argument)
{
    const pidproof_record *record = target_of_size(512 * KIB);
    char *text = NULL;
    size_t length = 0;
    pidproof_error error = {0};
    int64_t failed = 0;

    (void)argument;
    if (record == NULL || pidproof_record_format(record, &text, &length, &error) != PIDPROOF_OK)
        bench_refused(state, &error);
    for (int64_t left = bench_begin(state); left > 0; left--) {
        pidproof_record *parsed = NULL;
        failed += pidproof_record_parse(text, length, &parsed, NULL) != PIDPROOF_OK;
        pidproof_record_free(parsed);
    }
    gbench_end(state);
    if (failed != 0)
        gbench_fail(state, "the record was not parsed");
    pidproof_text_free(text);
}

static void record_format(struct gbench_state *state, int64_t argument)
{
    const pidproof_record *record = target_of_size(512 * KIB);
    int64_t failed = record == NULL;

    (void)argument;
    for (int64_t left = bench_begin(state); left > 0; left--) {
        char *text = NULL;
        failed += pidproof_record_format(record, &text, NULL, NULL) != PIDPROOF_OK;
        pidproof_text_free(text);
    }
    gbench_end(state);
    if (failed != 0)
        gbench_fail(state, "the record was not formatted");
}

static void boot_id(struct gbench_state *state, int64_t argument)
{
    int64_t failed = 0;

    (void)argument;
    for (int64_t left = bench_begin(state); left > 0; left--) {
        char *text = NULL;
        failed += pidproof_boot_id(&text, NULL) != PIDPROOF_OK;
        pidproof_text_free(text);
    }
    gbench_end(state);
    if (failed != 0)
        gbench_fail(state, "there is no boot id");
}

/* With the shared verifier, which knows the digest. */
static void capture(struct gbench_state *state, int64_t size)
{
    const pidproof_record *record = target_of_size(size);
    pidproof_handle *warm = bench_handle(state, size);
    int64_t failed = 0;

    pidproof_handle_close(warm);
    for (int64_t left = bench_begin(state); left > 0; left--) {
        pidproof_record *captured = NULL;
        failed += pidproof_capture(bench_verifier(), record->pid, &captured, NULL) != PIDPROOF_OK;
        pidproof_record_free(captured);
    }
    gbench_end(state);
    if (failed != 0)
        gbench_fail(state, "the target was not captured");
}

static const struct gbench_case cases[] = {
    {.name = "record/parse", .run = record_parse},
    {.name = "record/format", .run = record_format},
    {.name = "boot_id", .run = boot_id},
    {.name = "capture/512KiB", .run = capture, .argument = 512 * KIB},
};

const struct bench_table bench_record = BENCH_TABLE(cases);
