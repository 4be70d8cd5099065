/*
 * All adapters are asked about one daemon, in turn: A B A B …, round by round, so that
 * whatever the machine does meanwhile it does to all of them.
 *
 * Outside the sandbox: its file system lives in memory, and what an implementation may
 * remember of a file depends on where that is. Nothing is asked that signals anybody.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter.h"
#include "bench.h"
#include "site.h"
#include "text.h"
#include "worker.h"

/* What one sample takes at least; one question of many that takes longer is one sample. */
#define SAMPLE_NS 20e6

/* The size of the daemon's executable. */
#define PROGRAM_BYTES (1024 * 1024)

/* An adapter that is measured. */
struct runner {
    struct adapter *adapter;
    struct worker_options options;
    json_t *params[BENCH_QUESTIONS];
};

struct lane {
    struct bench *bench;
    struct bench_adapter *of;
    struct runner *runner;
    size_t question;
};

static struct bench_figure *figure_of(const struct lane *lane)
{
    return &lane->of->figures[lane->question];
}

/* ---- One question -------------------------------------------------------- */

/* Takes `why`. An adapter that cannot be asked on is broken, and has no figure at all. */
static void give_up(const struct lane *lane, char *why)
{
    struct bench_figure *figure = figure_of(lane);
    free(figure->none);
    figure->none = why;
    if (adapter_usable(lane->runner->adapter)) {
        return;
    }
    for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
        if (!lane->of->figures[q].none) {
            lane->of->figures[q].none = text_format("it broke before");
        }
    }
}

/* One question and its answer; NULL, given up, where there is none. */
static json_t *ask(const struct lane *lane, const char *method, const json_t *params)
{
    struct trouble trouble = {0};
    json_t *result = NULL;
    if (!adapter_ask(lane->runner->adapter, method, params, lane->bench->options->timeout_s,
                     &result, &trouble)) {
        give_up(lane, text_format("%s", trouble.message));
        result = NULL;
    }
    trouble_clear(&trouble);
    return result;
}

/* Whether the answer is what it must be of a daemon that lives. Takes `answer`. */
static bool is_right(const struct lane *lane, json_t *answer)
{
    bool right =
        answer && (lane->question == BENCH_VERIFY ? json_object_get(answer, "accepted") != NULL
                                                  : json_is_true(json_object_get(answer, "alive")));
    if (answer && !right) {
        char *came = json_dumps(answer, JSON_COMPACT);
        give_up(lane, text_format("of the living daemon it said %.200s", came ? came : "nothing"));
        free(came);
    }
    json_decref(answer);
    return right;
}

/* ---- Samples ------------------------------------------------------------- */

/*
 * Inside the adapter: nanoseconds for all the questions; 0 where that was given up. The
 * time that it tells is held against the time that passed here.
 */
static double sample_inside(const struct lane *lane, json_int_t questions)
{
    json_t *params = json_copy(lane->runner->params[lane->question]);
    json_object_set_new(params, "what", json_string(bench_questions[lane->question]));
    json_object_set_new(params, "iterations", json_integer(questions));
    uint64_t start = uv_hrtime();
    json_t *result = ask(lane, "bench", params);
    double passed = (double)(uv_hrtime() - start);
    json_decref(params);
    if (!result) {
        return 0;
    }
    double told = (double)json_integer_value(json_object_get(result, "elapsed_ns"));
    json_int_t done = json_integer_value(json_object_get(result, "iterations"));
    bool refused = json_object_get(result, "refused") != NULL;
    json_decref(result);
    if (refused) {
        give_up(lane, text_format("it refused the living daemon"));
    } else if (done != questions) {
        give_up(lane, text_format("bench: asked for %lld iterations, it says it did %lld",
                                  (long long)questions, (long long)done));
    } else if (told < 0 || told > passed * 1.01) {
        give_up(lane, text_format("bench: it says that %.0f ns passed inside, while outside it "
                                  "were %.0f",
                                  told, passed));
    } else {
        figure_of(lane)->doubtful += told < passed / 2;
        return told;
    }
    return 0;
}

/* Nanoseconds that so many noops take; 0 where that was given up. */
static double round_trips(const struct lane *lane, json_int_t count)
{
    uint64_t start = uv_hrtime();
    for (json_int_t i = 0; i < count; i++) {
        json_t *result = ask(lane, "noop", NULL);
        if (!result) {
            return 0;
        }
        json_decref(result);
    }
    return (double)(uv_hrtime() - start);
}

/*
 * Through the pipe: *took_ret is what the questions took beyond noops, which can be less
 * than nothing. What is verified is closed again, like inside.
 */
static bool sample_outside(const struct lane *lane, json_int_t questions, double *took_ret)
{
    const char *method = bench_questions[lane->question];
    json_int_t trips = 0;
    uint64_t start = uv_hrtime();
    for (json_int_t i = 0; i < questions; i++) {
        json_t *answer = ask(lane, method, lane->runner->params[lane->question]);
        json_t *handle =
            json_incref(json_object_get(json_object_get(answer, "accepted"), "handle"));
        trips++;
        if (!is_right(lane, answer)) {
            json_decref(handle);
            return false;
        }
        if (handle) {
            json_t *close = json_pack("{s:o}", "handle", handle);
            json_t *closed = ask(lane, "close", close);
            json_decref(close);
            json_decref(closed);
            trips++;
            if (!closed) {
                return false;
            }
        }
    }
    double took = (double)(uv_hrtime() - start);
    double noops = round_trips(lane, trips);
    *took_ret = took - noops;
    return noops > 0;
}

/* ---- Before the rounds --------------------------------------------------- */

/*
 * Finds how many questions make a sample, which warms up what can be warm. An adapter
 * without the method, or one that does not know this question, is timed from outside.
 */
static void calibrate(const struct lane *lane)
{
    struct bench_figure *figure = figure_of(lane);
    figure->questions = 1;
    if (!adapter_claims(lane->of->hello, "bench")) {
        figure->outside = text_format("it has no method `bench`");
    }
    while (!figure->none) {
        /* The time that passes here: what an adapter tells may be wrong. */
        uint64_t start = uv_hrtime();
        double ignored;
        if (!figure->outside) {
            sample_inside(lane, figure->questions);
        } else if (!sample_outside(lane, figure->questions, &ignored)) {
            return;
        }
        double took = (double)(uv_hrtime() - start);
        if (figure->none && figure->questions == 1 && adapter_usable(lane->runner->adapter)) {
            figure->outside = figure->none; /* what it said instead of a time */
            figure->none = NULL;
            continue;
        }
        if (took >= SAMPLE_NS || figure->questions > 100 * 1000 * 1000) {
            figure->doubtful = 0;
            return;
        }
        /* At most tenfold: the first times are those of an adapter that is still cold. */
        double times = 1.2 * SAMPLE_NS / took;
        figure->questions = 1 + (json_int_t)((double)figure->questions * (times > 10 ? 10 : times));
    }
}

/* What is asked: about the daemon, by record, by handle and by number. */
static void make_params(const struct lane *lane, const json_t *daemon)
{
    struct runner *runner = lane->runner;
    json_t *record = json_deep_copy(json_object_get(daemon, "record"));
    if (!adapter_claims(lane->of->hello, "instance")) {
        json_object_del(record, "instance");
    }
    runner->params[BENCH_VERIFY] = json_pack("{s:o}", "record", record);
    runner->params[BENCH_PROCESS_IS_ALIVE] =
        json_pack("{s:O}", "pid", json_object_get(daemon, "pid"));
    const struct lane is_alive = {lane->bench, lane->of, runner, BENCH_IS_ALIVE};
    if (figure_of(&is_alive)->none || !figure_of(&is_alive)->wanted) {
        return;
    }
    json_t *answer = ask(&is_alive, "verify", runner->params[BENCH_VERIFY]);
    json_t *handle = json_object_get(json_object_get(answer, "accepted"), "handle");
    runner->params[BENCH_IS_ALIVE] = json_pack("{s:O*}", "handle", handle);
    if (answer && !handle) {
        give_up(&is_alive, text_format("it does not accept the daemon, so there is no handle"));
    }
    json_decref(answer);
}

static void start(const struct lane *lane, uv_loop_t *loop, const json_t *daemon)
{
    struct trouble trouble = {0};
    struct runner *runner = lane->runner;
    runner->options.adapter = lane->of->command;
    if (adapter_start(loop, &runner->options, NULL, &runner->adapter, &trouble)) {
        make_params(lane, daemon);
    } else {
        for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
            if (!lane->of->figures[q].none) {
                lane->of->figures[q].none =
                    text_format("it could not be started once more: %s", trouble.message);
            }
        }
    }
    trouble_clear(&trouble);
}

/* ---- The rounds ---------------------------------------------------------- */

static void sample(const struct lane *lane, size_t round)
{
    struct bench_figure *figure = figure_of(lane);
    double took = 0;
    if (figure->outside) {
        sample_outside(lane, figure->questions, &took);
    } else {
        took = sample_inside(lane, figure->questions);
    }
    figure->samples_ns[round] = took / (double)figure->questions;
}

typedef void visit(const struct lane *lane, size_t round);

/* Every question of every adapter that still can have a figure, adapters innermost. */
static void in_turn(struct bench *bench, struct runner *runners, visit *visit, size_t round)
{
    for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
        for (size_t i = 0; i < bench->count; i++) {
            const struct lane lane = {bench, &bench->adapters[i], &runners[i], q};
            if (figure_of(&lane)->wanted && !figure_of(&lane)->none) {
                visit(&lane, round);
            }
        }
    }
}

static void prepare(const struct lane *lane, size_t round)
{
    (void)round;
    figure_of(lane)->samples_ns = calloc(lane->bench->rounds, sizeof(double));
    if (!figure_of(lane)->samples_ns) {
        give_up(lane, text_format("no memory for its samples"));
    } else {
        calibrate(lane);
    }
}

/* A busy machine delays a reply at times; most of the time it does not. */
static void doubt(const struct lane *lane, size_t rounds)
{
    if (figure_of(lane)->doubtful > rounds / 2) {
        give_up(lane, text_format("bench: most of the time it says that less than half of the time "
                                  "passed that passed outside"));
    }
}

/* So that the table can say what the pipe costs. */
static void time_noops(const struct lane *lane, size_t round)
{
    enum { NOOPS = 100 };
    if (!lane->of->noop_ns) {
        lane->of->noop_ns = calloc(lane->bench->rounds, sizeof(double));
    }
    if (lane->of->noop_ns && lane->of->noop_ns[round] == 0) {
        lane->of->noop_ns[round] = round_trips(lane, NOOPS) / NOOPS;
    }
}

static void measure(struct bench *bench, struct site *site, struct runner *runners,
                    const json_t *daemon)
{
    for (size_t i = 0; i < bench->count; i++) {
        const struct lane lane = {bench, &bench->adapters[i], &runners[i], 0};
        runners[i].options = *site->options;
        start(&lane, &site->loop, daemon);
    }
    in_turn(bench, runners, prepare, 0);
    for (size_t round = 0; round < bench->rounds; round++) {
        in_turn(bench, runners, sample, round);
        in_turn(bench, runners, time_noops, round);
    }
    in_turn(bench, runners, doubt, bench->rounds);
    for (size_t i = 0; i < bench->count; i++) {
        adapter_end(runners[i].adapter);
        for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
            json_decref(runners[i].params[q]);
        }
    }
}

void bench_measure(struct bench *bench)
{
    char *nobody[] = {NULL};
    const struct worker_options options = {
        .adapter = nobody,
        .fixtures = bench->options->fixtures,
        .python = bench->options->python,
        .timeout_s = bench->options->timeout_s,
        .sandbox = 0,
    };
    struct runner *runners = calloc(bench->count, sizeof *runners);
    struct site site;
    char *message = NULL;
    json_t *daemon = NULL;

    if (site_open(&site, &options, &message) == SITE_UP &&
        launcher_daemon(site.launcher, PROGRAM_BYTES, &daemon, &message) && runners) {
        measure(bench, &site, runners, daemon);
    } else {
        bench_complain(bench, STATUS_HOST,
                       text_format("no daemon to ask about could be started: %s",
                                   message ? message : "no memory"));
        for (size_t i = 0; i < bench->count; i++) {
            for (size_t q = 0; q < BENCH_QUESTIONS; q++) {
                if (!bench->adapters[i].figures[q].none) {
                    bench->adapters[i].figures[q].none = text_format("there was no daemon to ask "
                                                                     "about");
                }
            }
        }
    }
    free(message);
    json_decref(daemon);
    free(runners);
    site_close(&site);
}
