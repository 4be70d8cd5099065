/*
 * pidproof_bench: runs the benchmarks. Takes Google Benchmark's options; see README.md.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

static const struct bench_table *const tables[] = {
    &bench_floor, &bench_liveness, &bench_watch, &bench_verify,
    &bench_hash,  &bench_record,   &bench_exit,
};

static pidproof_verifier *verifier;

int64_t bench_begin(struct gbench_state *state)
{
    pin_thread(gbench_thread(state));
    return gbench_begin(state);
}

void bench_refused(struct gbench_state *state, pidproof_error *error)
{
    char text[256];
    gbench_fail(state, pidproof_error_format(error, text, sizeof text));
    pidproof_error_clear(error);
}

pidproof_verifier *bench_verifier(void)
{
    return verifier;
}

const pidproof_record *bench_target(struct gbench_state *state, int64_t size)
{
    const pidproof_record *record = target_of_size(size << gbench_thread(state));
    if (record == NULL)
        gbench_fail(state, "no target");
    return record;
}

uint32_t bench_pid(struct gbench_state *state)
{
    const pidproof_record *record = bench_target(state, 512 * KIB);
    return record == NULL ? 0 : record->pid;
}

pidproof_handle *bench_handle(struct gbench_state *state, int64_t size)
{
    const pidproof_record *record = bench_target(state, size);
    pidproof_handle *handle = NULL;
    pidproof_error error = {0};

    if (record != NULL && pidproof_verify(verifier, record, &handle, &error) != PIDPROOF_OK)
        bench_refused(state, &error);
    return handle;
}

int main(int argc, char **argv)
{
    if (!gbench_options(&argc, argv))
        return 2;
    if (!targets_prepare(PIDPROOF_BENCH_IDLE) ||
        pidproof_verifier_new(&verifier, NULL) != PIDPROOF_OK)
        return 4;
    gbench_context("pidproof", pidproof_version());
    gbench_context("openssl", PIDPROOF_BENCH_OPENSSL);
    gbench_context("compiler", PIDPROOF_BENCH_COMPILER);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        gbench_add(tables[i]->cases, tables[i]->count);
    for (size_t i = 0; bench_system[i] != NULL; i++)
        gbench_add(bench_system[i]->cases, bench_system[i]->count);
    size_t ran = gbench_run();
    pidproof_verifier_free(verifier);
    bench_watch_end();
    targets_end();
    return ran > 0 ? EXIT_SUCCESS : 2;
}
