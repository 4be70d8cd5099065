/*
 * Verification: of a daemon whose digest is remembered, of one that must be read in
 * full, and each way to be refused. Nobody else has a pidfd of the target open.
 */
#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <string.h>

/* Verifies and closes again; the handle is part of what a verification costs. */
static void verify(struct gbench_state *state, pidproof_verifier *verifier, int64_t size)
{
    const pidproof_record *record = bench_target(state, size);
    pidproof_handle *handle = bench_handle(state, size); /* warms the shared verifier */
    pidproof_error error = {0};
    int64_t refused = 0;

    pidproof_handle_close(handle);
    for (int64_t left = bench_begin(state); left > 0; left--) {
        handle = NULL;
        refused += pidproof_verify(verifier, record, &handle, &error) != PIDPROOF_OK;
        pidproof_handle_close(handle);
    }
    gbench_end(state);
    if (refused != 0)
        bench_refused(state, &error);
    pidproof_error_clear(&error);
}

static void verify_warm(struct gbench_state *state, int64_t size)
{
    verify(state, bench_verifier(), size);
}

static void verify_cold(struct gbench_state *state, int64_t size)
{
    verify(state, NULL, size);
    gbench_bytes_each(state, size);
}

/* The same record with the instance token in it, as capture gives it. */
static void verify_instance(struct gbench_state *state, int64_t size)
{
    const pidproof_record *record = target_of_size(size);
    pidproof_record *captured = NULL;
    pidproof_error error = {0};
    int64_t refused = 0;

    if (record == NULL ||
        pidproof_capture(bench_verifier(), record->pid, &captured, &error) != PIDPROOF_OK)
        bench_refused(state, &error);
    for (int64_t left = bench_begin(state); left > 0; left--) {
        pidproof_handle *handle = NULL;
        refused += pidproof_verify(bench_verifier(), captured, &handle, NULL) != PIDPROOF_OK;
        pidproof_handle_close(handle);
    }
    gbench_end(state);
    if (refused != 0)
        gbench_fail(state, "the target was refused");
    pidproof_record_free(captured);
}

enum { ZOMBIE = -1 }; /* beside the reasons: refused as not found */

/*
 * A record that is wrong in one way, so that this reason is the answer. Left out are the
 * reasons that only a system gives which withholds something: unreadable, unhashable, …
 */
static void verify_refused(struct gbench_state *state, int64_t wanted)
{
    const int64_t reason = wanted == ZOMBIE ? PIDPROOF_NOT_FOUND : wanted;
    const pidproof_record *right = target_of_size(512 * KIB);
    const char *other_path = target_path(64 * KIB);
    pidproof_record record = {0}, *other = NULL;
    pidproof_error error = {0};
    uint32_t gone = 0;
    int64_t wrong = 0;

    if (right == NULL || other_path == NULL)
        gbench_fail(state, "no target");
    else
        record = *right;
    switch (wanted) {
    case PIDPROOF_INVALID_RECORD:
        record.exe_path = "not/absolute";
        break;
    case PIDPROOF_INVALID_PID:
        record.pid = 0;
        break;
    case PIDPROOF_BOOT_ID_MISMATCH:
        record.boot_id = "00000000-0000-0000-0000-000000000000";
        break;
    case PIDPROOF_NOT_FOUND:
    case ZOMBIE:
        record.pid = gone = target_start();
        target_kill(gone);
        if (wanted != ZOMBIE)
            target_reap(gone);
        break;
    case PIDPROOF_INSTANCE_MISMATCH:
        gone = target_start(); /* somebody else's instance */
        if (gone != 0 && pidproof_capture(NULL, gone, &other, &error) == PIDPROOF_OK)
            record.instance = other->instance;
        break;
    case PIDPROOF_EXE_PATH_MISMATCH:
        record.exe_path = other_path;
        break;
    case PIDPROOF_EXE_SHA256_MISMATCH:
        record.exe_sha256[PIDPROOF_SHA256_SIZE - 1] ^= 1;
        break;
    default:
        gbench_fail(state, "no record is made for that reason");
    }
    for (int64_t left = bench_begin(state); left > 0; left--) {
        pidproof_handle *handle = NULL;
        wrong +=
            pidproof_verify(bench_verifier(), &record, &handle, &error) != (pidproof_reason)reason;
        pidproof_handle_close(handle);
    }
    gbench_end(state);
    if (wrong != 0)
        gbench_fail(state, "refused for another reason, or accepted");
    pidproof_error_clear(&error);
    pidproof_record_free(other);
    if (wanted != PIDPROOF_NOT_FOUND) { /* that one's number is anybody's by now */
        target_kill(gone);
        target_reap(gone);
    }
}

static const struct gbench_case cases[] = {
    {.name = "verify/warm/64KiB", .run = verify_warm, .argument = 64 * KIB},
    {.name = "verify/warm/512KiB", .run = verify_warm, .argument = 512 * KIB},
    {.name = "verify/warm/512KiB", .run = verify_warm, .argument = 512 * KIB, .threads = 2},
    {.name = "verify/warm/16MiB", .run = verify_warm, .argument = 16 * MIB},
    {.name = "verify/warm/256MiB", .run = verify_warm, .argument = 256 * MIB},
    {.name = "verify/warm/1GiB", .run = verify_warm, .argument = 1 * GIB},
    {.name = "verify/instance/512KiB", .run = verify_instance, .argument = 512 * KIB},
    {.name = "verify/cold/64KiB", .run = verify_cold, .argument = 64 * KIB},
    {.name = "verify/cold/512KiB", .run = verify_cold, .argument = 512 * KIB},
    {.name = "verify/cold/16MiB", .run = verify_cold, .argument = 16 * MIB},
    {.name = "verify/cold/256MiB", .run = verify_cold, .argument = 256 * MIB},
    {.name = "verify/cold/1GiB", .run = verify_cold, .argument = 1 * GIB},
    {.name = "verify/refused/invalid_record",
     .run = verify_refused,
     .argument = PIDPROOF_INVALID_RECORD},
    {.name = "verify/refused/invalid_pid", .run = verify_refused, .argument = PIDPROOF_INVALID_PID},
    {.name = "verify/refused/boot_id_mismatch",
     .run = verify_refused,
     .argument = PIDPROOF_BOOT_ID_MISMATCH},
    {.name = "verify/refused/not_found", .run = verify_refused, .argument = PIDPROOF_NOT_FOUND},
    {.name = "verify/refused/zombie", .run = verify_refused, .argument = ZOMBIE},
    {.name = "verify/refused/instance_mismatch",
     .run = verify_refused,
     .argument = PIDPROOF_INSTANCE_MISMATCH},
    {.name = "verify/refused/exe_path_mismatch",
     .run = verify_refused,
     .argument = PIDPROOF_EXE_PATH_MISMATCH},
    {.name = "verify/refused/exe_sha256_mismatch",
     .run = verify_refused,
     .argument = PIDPROOF_EXE_SHA256_MISMATCH},
};

const struct bench_table bench_verify = BENCH_TABLE(cases);
