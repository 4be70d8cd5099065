/* One worker of the explorer, see explore_sweep.h. */
#include "explore_sweep.h"

#include "adapter.h"
#include "explore_run.h"
#include "explore_tell.h"
#include "text.h"
#include "vocabulary.h"

#include <stdlib.h>
#include <string.h>

#define ATTEMPTS 6 /* how often a run whose calls differ from the plan is repeated */

/* One question in one start: what the adapter does when nothing happens. */
struct unit {
    const struct question *question;
    const struct start *start;
    struct shapes shapes;
    struct trace trace;
    struct situation situation;                    /* that the start makes */
    unsigned long planned_changes, planned_faults; /* of all workers */
    unsigned long left_out;                        /* changes, see `only_adding_up` */
};

struct sweeper {
    const struct sweep_options *options;
    FILE *reports;
    struct runner *runner;
    unsigned long order; /* of the next experiment of the plan */
    unsigned long interleavings, faults, pairs, pairs_possible;
    bool broken;
};

/* ---- Names --------------------------------------------------------------- */

/* Whether a list like "a,b" has this name; "all" has every one. */
static bool listed(const char *list, const char *name)
{
    size_t length = strlen(name);
    if (strcmp(list, "all") == 0)
        return true;
    for (const char *at = list; (at = strstr(at, name)); at += length)
        if ((at == list || at[-1] == ',') && (at[length] == ',' || !at[length]))
            return true;
    return false;
}

static bool is_change(const char *name)
{
    return change_by_name(name) != NULL;
}

static bool is_fault(const char *name)
{
    return error_from_name(name) != 0 || strcmp(name, "short") == 0;
}

static bool is_question(const char *name)
{
    return question_by_name(name) != NULL;
}

static bool check_names(const char *list, const char *option, bool (*known)(const char *),
                        char **message_ret)
{
    if (strcmp(list, "all") == 0 || strcmp(list, "none") == 0)
        return true;
    char *copy = text_format("%s", list), *rest = NULL;
    bool fine = *list != 0;
    for (char *name = strtok_r(copy, ",", &rest); name && fine; name = strtok_r(NULL, ",", &rest))
        if (!known(name)) {
            *message_ret =
                text_format("%s: there is no '%s'; EXPLORER.md lists what there is", option, name);
            free(copy);
            return false;
        }
    free(copy);
    if (!fine)
        *message_ret = text_format("%s: which? 'all', or names separated by commas", option);
    return fine;
}

bool sweep_options_check(const struct sweep_options *options, char **message_ret)
{
    struct experiment experiment;
    char *why = NULL;
    if (options->replay && !experiment_parse(options->replay, &experiment, &why)) {
        *message_ret = text_format("--replay %s: %s; a token is QUESTION/START/CHANGE@STOP as a "
                                   "finding prints it",
                                   options->replay, why);
        free(why);
        return false;
    }
    return check_names(options->changes, "--changes", is_change, message_ret) &&
           check_names(options->faults, "--faults", is_fault, message_ret) &&
           check_names(options->asked, "--op", is_question, message_ret);
}

static void give_up(struct sweeper *sweeper, const char *what, const char *message)
{
    sweeper->broken = true;
    tell_broken(sweeper->reports, what, message);
}

/* ---- Experiments --------------------------------------------------------- */

static bool is_leak(const struct verdict *verdict)
{
    return strcmp(verdict->wrong, "leak") == 0;
}

/*
 * Made again and again, in fresh worlds, while the calls before the change differ from the
 * plan; in the end by a fresh adapter, for a runtime may have learnt from an error: one that
 * was told that a call is not there (ENOSYS) never makes it again.
 */
static void make(struct sweeper *sweeper, const struct experiment *what,
                 const struct shapes *expected, struct verdict *verdict_ret)
{
    runner_make(sweeper->runner, what, expected, verdict_ret);
    for (int i = 1; i < ATTEMPTS && verdict_ret->status == RUN_STRAYED; i++) {
        verdict_clear(verdict_ret);
        if (i == ATTEMPTS / 2 && !runner_renew(sweeper->runner, verdict_ret))
            return;
        runner_make(sweeper->runner, what, expected, verdict_ret);
    }
}

/*
 * Makes one experiment and reports what came of it. A finding is made once more: does it
 * come again? A leak has to: what is kept once, and not again, is a runtime's own. The
 * verdict is the caller's. False where nothing can go on.
 */
static bool experiment(struct sweeper *sweeper, const struct experiment *what,
                       const struct shapes *expected, unsigned long order,
                       struct verdict *verdict_ret)
{
    struct verdict second = {0};
    make(sweeper, what, expected, verdict_ret);
    switch (verdict_ret->status) {
    case RUN_CLEAN:
        return true;
    case RUN_FINDING:
        make(sweeper, what, expected, &second);
        if (is_leak(verdict_ret) && second.status == RUN_CLEAN) {
            verdict_clear(verdict_ret);
            *verdict_ret = second;
            return true;
        }
        tell_finding(sweeper->reports, what, verdict_ret, order,
                     second.status == RUN_FINDING && second.wrong == verdict_ret->wrong);
        verdict_clear(&second);
        return true;
    case RUN_STRAYED:
        tell_unmade(sweeper->reports, what, order, "strayed",
                    expected ? "the calls before the change are not the same from run to run"
                             : "the call that the token names was not made");
        return true;
    case RUN_NOT_ESTABLISHED:
        tell_unmade(sweeper->reports, what, order, "not-established", verdict_ret->why);
        return true;
    case RUN_HOST_FAILED:
        give_up(sweeper, "host", verdict_ret->why);
        break;
    }
    return false;
}

/* Whether the next experiment of the plan is this worker's. */
static bool mine(struct sweeper *sweeper, unsigned long *order_ret)
{
    *order_ret = sweeper->order++;
    return *order_ret % sweeper->options->jobs == sweeper->options->share;
}

/* ---- Units --------------------------------------------------------------- */

/* Whether this adapter can be asked this question in this start, and the question applies there. */
static bool is_asked(const struct sweeper *sweeper, const struct question *question,
                     const struct start *start)
{
    const json_t *hello = lab_hello(runner_lab(sweeper->runner));
    bool has_token = adapter_claims(hello, "instance") && adapter_claims(hello, "capture");
    return (!question->capability || adapter_claims(hello, question->capability)) &&
           (!question->starts || words_have(question->starts, start->name)) &&
           (!start->with_token || has_token);
}

/* Whether two runs in which nothing happens came to the same. */
static bool alike(const struct verdict *a, const struct verdict *b)
{
    if (a->status != b->status)
        return false;
    return a->status == RUN_FINDING ? a->wrong == b->wrong : shapes_equal(&a->shapes, &b->shapes);
}

/* Made, and wrong in a way that needs no second time: all but a leak, see experiment(). */
static bool is_wrong(const struct verdict *verdict)
{
    return verdict->status == RUN_FINDING && !is_leak(verdict);
}

/*
 * What the adapter does when nothing happens: made until two runs in a row are alike. Every
 * worker makes it; the first one reports what it finds, also what did not come again.
 * Whether to go on with it.
 */
static bool observe(struct sweeper *sweeper, struct unit *unit)
{
    struct experiment nothing = {.question = unit->question, .start = unit->start};
    struct verdict before = {0}, now = {0};
    bool first = sweeper->options->share == 0, settled = false;
    unsigned long order = sweeper->order++;

    for (int i = 0; i < ATTEMPTS && !settled; i++) {
        verdict_clear(&before);
        before = now;
        runner_make(sweeper->runner, &nothing, NULL, &now);
        if (now.status != RUN_CLEAN && now.status != RUN_FINDING)
            break;
        settled = i > 0 && alike(&before, &now);
        if (!settled && is_wrong(&before) && first)
            tell_finding(sweeper->reports, &nothing, &before, order, false);
    }
    if (now.status == RUN_HOST_FAILED)
        give_up(sweeper, "host", now.why);
    else if (now.status == RUN_NOT_ESTABLISHED && first)
        tell_unmade(sweeper->reports, &nothing, order, "not-established", now.why);
    else if (first && (settled ? now.status == RUN_FINDING : is_wrong(&now)))
        tell_finding(sweeper->reports, &nothing, &now, order, settled);
    else if (first && !settled)
        tell_unmade(sweeper->reports, &nothing, order, "strayed",
                    "what it does is not the same from run to run, though nothing happens");
    bool go_on = settled && now.status == RUN_CLEAN;
    if (go_on) {
        unit->shapes = now.shapes;
        unit->trace = now.trace;
        unit->situation = now.reached.instants[0];
        now.shapes = (struct shapes){0};
        now.trace = (struct trace){0};
    }
    verdict_clear(&before);
    verdict_clear(&now);
    return go_on;
}

static void report_unit(struct sweeper *sweeper, const struct unit *unit)
{
    json_t *shapes = json_array();
    for (size_t i = 0; i < unit->shapes.count; i++)
        json_array_append_new(shapes, json_string(unit->shapes.texts[i]));
    bool complete =
        unit->trace.count > 0 && unit->trace.stops[unit->trace.count - 1].kind == STOP_REPLY;
    tell(sweeper->reports, "unit",
         json_pack("{s:s, s:s, s:o, s:b, s:I, s:I, s:I}", "question", unit->question->name, "start",
                   unit->start->name, "calls", shapes, "complete", complete, "interleavings",
                   (json_int_t)unit->planned_changes, "faults", (json_int_t)unit->planned_faults,
                   "left_out", (json_int_t)unit->left_out));
}

/* Pairs of changes: what was seen after the first one is where the second can be made. */
struct seed {
    struct experiment experiment;
    struct shapes shapes;
    struct situation situation;
    unsigned long order;
};

struct seeds {
    struct seed *all;
    size_t count;
};

static void keep_seed(struct seeds *seeds, const struct experiment *what, struct verdict *verdict,
                      unsigned long order)
{
    struct seed *all = realloc(seeds->all, (seeds->count + 1) * sizeof *all);
    if (!all)
        abort(); /* as elsewhere: a few bytes */
    seeds->all = all;
    all[seeds->count++] = (struct seed){
        *what, verdict->shapes, verdict->reached.instants[verdict->reached.count - 1], order};
    verdict->shapes = (struct shapes){0};
}

/* Whether this change, made while this unit's question is answered, is in the selection. */
static bool selected(const struct sweeper *sweeper, const struct unit *unit,
                     const struct change *change)
{
    struct situation instants[ACTIONS_MAX + 1] = {unit->situation};
    size_t count = 1;
    if (!sweeper->options->only_adding_up || unit->question->about != ABOUT_RECORD)
        return true;
    for (; count <= ACTIONS_MAX && change->actions[count - 1]; count++) {
        instants[count] = instants[count - 1];
        situation_apply(&instants[count], change->actions[count - 1]);
    }
    return situations_add_up(instants, count);
}

static bool sweep_changes(struct sweeper *sweeper, struct unit *unit, struct seeds *seeds)
{
    size_t count;
    const struct change *all = changes(&count);
    for (size_t stop = 0; stop < unit->trace.count; stop++)
        for (size_t c = 0; c < count; c++) {
            unsigned long order;
            if (!listed(sweeper->options->changes, all[c].name) ||
                !situation_permits_all(unit->situation, all[c].actions))
                continue;
            if (!selected(sweeper, unit, &all[c])) {
                unit->left_out++;
                continue;
            }
            unit->planned_changes++;
            if (!mine(sweeper, &order))
                continue;
            struct experiment what = {.question = unit->question,
                                      .start = unit->start,
                                      .steps = {{stop, &all[c]}},
                                      .step_count = 1};
            struct verdict verdict;
            bool fine = experiment(sweeper, &what, &unit->shapes, order, &verdict);
            sweeper->interleavings++;
            if (fine && sweeper->options->depth > 1 && verdict.status == RUN_CLEAN)
                keep_seed(seeds, &what, &verdict, order);
            verdict_clear(&verdict);
            if (!fine)
                return false;
        }
    return true;
}

/* Calls `make` for each error of a call, those of its manual first, no error twice. */
static bool each_fault(struct sweeper *sweeper, struct unit *unit, size_t stop)
{
    const struct call *call = unit->trace.stops[stop].call;
    char *names = text_format("%s %s%s", call->errors, calls_common_errors,
                              call->traits & CALL_CAN_BE_SHORT ? " short" : "");
    char *rest = NULL, *seen = text_format(",");
    bool fine = true;
    for (char *name = strtok_r(names, " ", &rest); name && fine;
         name = strtok_r(NULL, " ", &rest)) {
        unsigned long order;
        if (listed(seen, name) || !listed(sweeper->options->faults, name))
            continue;
        char *more = text_format("%s%s,", seen, name);
        free(seen);
        seen = more;
        unit->planned_faults++;
        if (!mine(sweeper, &order))
            continue;
        struct experiment what = {
            .question = unit->question, .start = unit->start, .fault_stop = stop, .fault = name};
        struct verdict verdict;
        fine = experiment(sweeper, &what, &unit->shapes, order, &verdict);
        sweeper->faults++;
        verdict_clear(&verdict);
    }
    free(seen);
    free(names);
    return fine;
}

static bool sweep_faults(struct sweeper *sweeper, struct unit *unit)
{
    bool fine = true;
    for (size_t stop = 0; stop < unit->trace.count && fine; stop++)
        if (unit->trace.stops[stop].kind ==
            STOP_WORLD) /* the reply is the adapter's, not its answer */
            fine = each_fault(sweeper, unit, stop);
    runner_sweep(sweeper->runner);
    struct verdict verdict = {0};
    if (fine && unit->planned_faults > 0 && !runner_renew(sweeper->runner, &verdict)) {
        give_up(sweeper, "host", verdict.why); /* renewed: what it learnt from errors stays here */
        fine = false;
    }
    verdict_clear(&verdict);
    return fine;
}

static void sweep_unit(struct sweeper *sweeper, struct unit *unit, struct seeds *seeds)
{
    if (!observe(sweeper, unit))
        return;
    bool fine = sweep_changes(sweeper, unit, seeds) && sweep_faults(sweeper, unit);
    if (fine)
        report_unit(sweeper, unit);
    shapes_clear(&unit->shapes);
    trace_clear(&unit->trace);
}

/* Of all pairs of changes as many as the budget allows, spread evenly. */
static void sweep_pairs(struct sweeper *sweeper, const struct seeds *seeds)
{
    size_t count;
    const struct change *all = changes(&count);
    unsigned long budget = sweeper->options->budget / sweeper->options->jobs, possible = 0, at = 0;

    for (int counting = 1; counting >= 0; counting--) {
        unsigned long stride = budget && possible > budget ? (possible + budget - 1) / budget : 1;
        for (size_t i = 0; i < seeds->count; i++) {
            const struct seed *seed = &seeds->all[i];
            for (size_t stop = seed->experiment.steps[0].stop + 1; stop < seed->shapes.count;
                 stop++)
                for (size_t c = 0; c < count; c++) {
                    if (!listed(sweeper->options->changes, all[c].name) ||
                        !situation_permits_all(seed->situation, all[c].actions))
                        continue;
                    if (counting) {
                        possible++;
                        continue;
                    }
                    if (at++ % stride)
                        continue;
                    struct experiment what = seed->experiment;
                    what.steps[what.step_count++] = (struct step){stop, &all[c]};
                    struct verdict verdict;
                    bool fine = experiment(sweeper, &what, &seed->shapes, seed->order, &verdict);
                    verdict_clear(&verdict);
                    sweeper->pairs++;
                    if (!fine)
                        return;
                }
        }
    }
    sweeper->pairs_possible = possible;
}

static void sweep_all(struct sweeper *sweeper)
{
    size_t question_count, start_count;
    const struct question *all = questions(&question_count);
    const struct start *from = starts(&start_count);
    struct seeds seeds = {0};

    for (size_t q = 0; q < question_count; q++)
        for (size_t s = 0; s < start_count && !sweeper->broken; s++)
            if (listed(sweeper->options->asked, all[q].name) &&
                is_asked(sweeper, &all[q], &from[s])) {
                struct unit unit = {.question = &all[q], .start = &from[s]};
                sweep_unit(sweeper, &unit, &seeds);
            }
    if (!sweeper->broken)
        sweep_pairs(sweeper, &seeds);
    for (size_t i = 0; i < seeds.count; i++)
        shapes_clear(&seeds.all[i].shapes);
    free(seeds.all);
}

/* ---- One again ------------------------------------------------------------ */

/* The last stop that a token names, counting from 1. */
static size_t last_stop(const struct experiment *what)
{
    size_t last = what->fault ? what->fault_stop + 1 : 0;
    for (size_t i = 0; i < what->step_count; i++)
        if (what->steps[i].stop + 1 > last)
            last = what->steps[i].stop + 1;
    return last;
}

/* Why a token that reads well names nothing all the same; NULL, or free() it. */
static char *why_no_replay(struct sweeper *sweeper, const struct experiment *what)
{
    struct situation at_first = situation_first(what->start);
    for (size_t i = 0; i < ACTIONS_MAX && what->start->actions[i]; i++)
        situation_apply(&at_first, what->start->actions[i]);
    if (!is_asked(sweeper, what->question, what->start))
        return text_format("this adapter is not asked '%s' in that start", what->question->name);
    if (what->step_count && !situation_permits_all(at_first, what->steps[0].change->actions))
        return text_format("in that start '%s' cannot happen", what->steps[0].change->name);
    return NULL;
}

static void replay(struct sweeper *sweeper)
{
    struct experiment what;
    struct verdict verdict;
    char *message = NULL;
    size_t calls = 0;
    if (!experiment_parse(sweeper->options->replay, &what, &message)) {
        free(message); /* cannot be: sweep_options_check() */
        return;
    }
    struct experiment nothing = {.question = what.question, .start = what.start};
    message = why_no_replay(sweeper, &what);
    for (int i = 0; i < 2 && !message; i++) { /* as a sweep does: the first call is like no other */
        runner_make(sweeper->runner, &nothing, NULL, &verdict);
        calls = verdict.trace.count;
        verdict_clear(&verdict);
    }
    if (!message && what.step_count < STEPS_MAX && calls > 0 && last_stop(&what) > calls)
        message = text_format("the adapter makes %zu calls then, and no more", calls);
    if (message) {
        char *line = text_format("--replay %s: %s", sweeper->options->replay, message);
        give_up(sweeper, "usage", line);
        free(line);
        free(message);
        return;
    }
    if (experiment(sweeper, &what, NULL, 0, &verdict) && verdict.status == RUN_CLEAN)
        tell(sweeper->reports, "clean",
             json_pack("{s:s, s:o}", "answer", verdict.answer ? verdict.answer : "none", "story",
                       tell_story(&what, &verdict.trace)));
    verdict_clear(&verdict);
    sweeper->interleavings = what.step_count > 0;
    sweeper->faults = what.fault != NULL;
}

int sweep(const struct sweep_options *options, FILE *reports)
{
    struct sweeper sweeper = {.options = options, .reports = reports};
    char *message = NULL;
    enum lab_trouble trouble = runner_open(&options->lab, &sweeper.runner, &message);
    if (trouble) {
        bool host = trouble == LAB_HOST || trouble == LAB_NOT_ESTABLISHED;
        give_up(&sweeper, host ? "host" : "adapter", message);
        free(message);
        return host ? 4 : 3;
    }
    tell(sweeper.reports, "hello", json_deep_copy(lab_hello(runner_lab(sweeper.runner))));
    if (options->replay)
        replay(&sweeper);
    else
        sweep_all(&sweeper);
    runner_close(sweeper.runner);
    tell(sweeper.reports, "done",
         json_pack("{s:I, s:I, s:I, s:I}", "interleavings", (json_int_t)sweeper.interleavings,
                   "faults", (json_int_t)sweeper.faults, "pairs", (json_int_t)sweeper.pairs,
                   "pairs_possible", (json_int_t)sweeper.pairs_possible));
    return sweeper.broken ? 4 : 0;
}
