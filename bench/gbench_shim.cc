/*
 * Google Benchmark behind the C interface of gbench_shim.h: the only C++ here.
 */
#include "gbench_shim.h"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <condition_variable>
#include <mutex>

using std::chrono::steady_clock;

struct gbench_state {
    benchmark::State &state;
    const gbench_case &of;
    steady_clock::time_point began;
};

/*
 * What several threads took together: from the first that began to the last that ended. The mean
 * of their own times would be less where one of them had to wait, since the other then ran alone.
 */
static class
{
  public:
    /* Returns when all threads have come. */
    double took(int threads, steady_clock::time_point began, steady_clock::time_point ended)
    {
        std::unique_lock<std::mutex> lock(mutex);
        first = here == 0 ? began : std::min(first, began);
        last = here == 0 ? ended : std::max(last, ended);
        const unsigned long round = rounds;
        if (++here == threads) {
            here = 0;
            rounds++;
            everybody.notify_all();
        } else {
            everybody.wait(lock, [this, round] { return rounds != round; });
        }
        return std::chrono::duration<double>(last - first).count();
    }

  private:
    std::mutex mutex;
    std::condition_variable everybody;
    int here = 0;
    unsigned long rounds = 0;
    steady_clock::time_point first, last;
} together;

int64_t gbench_begin(gbench_state *state)
{
    /* One batch of everything: Google Benchmark starts its clock here … */
    const bool running = state->state.KeepRunningBatch(state->state.max_iterations);
    state->began = steady_clock::now();
    return running ? state->state.max_iterations : 0;
}

void gbench_end(gbench_state *state)
{
    const steady_clock::time_point ended = steady_clock::now();
    /* … and, the batch being used up, stops it here. */
    if (!state->state.error_occurred())
        while (state->state.KeepRunningBatch(state->state.max_iterations)) {
        }
    if (state->of.threads > 1)
        state->state.SetIterationTime(together.took(state->of.threads, state->began, ended));
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
            gbench_state wrapped = {state, *one, {}};
            one->run(&wrapped, one->argument);
        };
        benchmark::internal::Benchmark *added = benchmark::RegisterBenchmark(one->name, run);
        if (one->threads > 0)
            added->Threads(one->threads);
        if (one->iterations > 0)
            added->Iterations(one->iterations);
        if (one->manual_time || one->threads > 1)
            added->UseManualTime();
        else
            added->UseRealTime();
    }
}

size_t gbench_run(void)
{
    return benchmark::RunSpecifiedBenchmarks();
}
