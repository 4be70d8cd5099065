/*
 * Google Benchmark behind the C interface of gbench_shim.h: the only C++ here.
 */
#include "gbench_shim.h"

#include <benchmark/benchmark.h>

struct gbench_state {
    benchmark::State &state;
};

int64_t gbench_begin(gbench_state *state)
{
    /* One batch of everything: Google Benchmark starts its clock here … */
    return state->state.KeepRunningBatch(state->state.max_iterations) ? state->state.max_iterations
                                                                      : 0;
}

void gbench_end(gbench_state *state)
{
    /* … and, the batch being used up, stops it here. */
    if (!state->state.error_occurred())
        while (state->state.KeepRunningBatch(state->state.max_iterations)) {
        }
}

void gbench_fail(gbench_state *state, const char *message)
{
    state->state.SkipWithError(message);
}

void gbench_took(gbench_state *state, double seconds)
{
    state->state.SetIterationTime(seconds);
}

void gbench_bytes_each(gbench_state *state, int64_t bytes)
{
    state->state.SetBytesProcessed(state->state.iterations() * bytes);
}

void gbench_counter(gbench_state *state, const char *name, double value)
{
    state->state.counters[name] = value;
}

int gbench_thread(const gbench_state *state)
{
    return state->state.thread_index();
}

void gbench_context(const char *key, const char *value)
{
    benchmark::AddCustomContext(key, value);
}

void gbench_use(const void *pointer)
{
    benchmark::DoNotOptimize(pointer);
    benchmark::ClobberMemory();
}

bool gbench_options(int *argc, char **argv)
{
    benchmark::Initialize(argc, argv);
    return !benchmark::ReportUnrecognizedArguments(*argc, argv);
}

void gbench_add(const gbench_case *cases, size_t count)
{
    for (const gbench_case *one = cases; one != cases + count; one++) {
        auto run = [one](benchmark::State &state) {
            gbench_state wrapped = {state};
            one->run(&wrapped, one->argument);
        };
        benchmark::internal::Benchmark *added = benchmark::RegisterBenchmark(one->name, run);
        if (one->threads > 0)
            added->Threads(one->threads);
        if (one->iterations > 0)
            added->Iterations(one->iterations);
        if (one->manual_time)
            added->UseManualTime();
        else
            added->UseRealTime();
    }
}

size_t gbench_run(void)
{
    return benchmark::RunSpecifiedBenchmarks();
}
