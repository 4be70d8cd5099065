/* One experiment, see explore_run.h. */
#include "explore_run.h"

#include "explore_answer.h"
#include "text.h"
#include "vocabulary.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void verdict_clear(struct verdict *verdict)
{
    free(verdict->why);
    free(verdict->answer);
    trace_clear(&verdict->trace);
    shapes_clear(&verdict->shapes);
    *verdict = (struct verdict){0};
}

enum lab_trouble runner_open(const struct lab_options *options, struct runner **runner_ret,
                             char **message_ret)
{
    struct runner *runner = calloc(1, sizeof *runner);
    if (!runner) {
        *message_ret = text_format("no memory");
        return LAB_HOST;
    }
    enum lab_trouble trouble = lab_open(options, &runner->lab, message_ret);
    if (trouble)
        free(runner);
    else
        *runner_ret = runner;
    return trouble;
}

struct lab *runner_lab(struct runner *runner)
{
    return runner->lab;
}

void runner_close(struct runner *runner)
{
    if (!runner)
        return;
    lab_close(runner->lab);
    free(runner);
}

void runner_sweep(struct runner *runner)
{
    json_t *stray = NULL;
    if (runner->standing)
        lab_end(runner->lab, &stray);
    json_decref(stray);
    runner->standing = NULL;
}

bool runner_renew(struct runner *runner, struct verdict *verdict_ret)
{
    if (lab_restart_adapter(runner->lab) == LAB_FINE)
        return true;
    verdict_ret->status = RUN_HOST_FAILED;
    free(verdict_ret->why);
    verdict_ret->why =
        text_format("the adapter cannot be started again: %s", lab_message(runner->lab));
    return false;
}

/*
 * The text of a stop without what differs from world to world: numbers, and the name of
 * the world's directory.
 */
static char *shape_of(const char *text, const char *directory)
{
    struct text shape = {0};
    size_t length = directory ? strlen(directory) : 0;
    while (*text) {
        if (length && strncmp(text, directory, length) == 0) {
            text_addf(&shape, "WORLD");
            text += length;
        } else if (isdigit((unsigned char)*text)) {
            bool hexadecimal = text[0] == '0' && text[1] == 'x';
            text_addf(&shape, "#");
            text += hexadecimal ? 2 : 0;
            while (hexadecimal ? isxdigit((unsigned char)*text) : isdigit((unsigned char)*text))
                text++;
        } else {
            text_add(&shape, text++, 1);
        }
    }
    return text_take(&shape);
}

static void remember_shape(struct run *run, const struct stop *stop)
{
    struct shapes *shapes = &run->verdict->shapes;
    char **texts = realloc(shapes->texts, (shapes->count + 1) * sizeof *texts);
    if (!texts)
        abort(); /* a pointer; without it the run cannot be compared */
    shapes->texts = texts;
    texts[shapes->count++] = shape_of(stop->text, lab_directory(run->lab));
}

static bool as_expected(const struct run *run, size_t index)
{
    const struct shapes *seen = &run->verdict->shapes;
    return !run->expected || (index < run->expected->count &&
                              strcmp(seen->texts[index], run->expected->texts[index]) == 0);
}

/* Whether the adapter has sent a signal already: then the world has changed by its own doing. */
static bool has_signalled(const struct run *run)
{
    return run->signalled && run->experiment->question->changes_world;
}

static void make_change(struct run *run, const struct change *change)
{
    if (has_signalled(run) && situation_alive(lab_situation(run->lab))) {
        run->trouble = lab_notice_death(run->lab, SETTLE_MS);
        reached_add(&run->verdict->reached, lab_situation(run->lab));
    }
    if (!situation_permits_all(*lab_situation(run->lab), change->actions))
        return; /* it is dead: nothing is left that could be changed so */
    for (size_t i = 0; i < ACTIONS_MAX && change->actions[i] && !run->trouble; i++) {
        run->trouble = lab_act(run->lab, change->actions[i]);
        reached_add(&run->verdict->reached, lab_situation(run->lab));
    }
}

static void make_fault(struct run *run, const struct stop *stop, struct intervention *want)
{
    const char *fault = run->experiment->fault;
    bool is_short = strcmp(fault, "short") == 0;
    run->fault_made = true;
    run->failure =
        (struct failure){.call = stop->call->name,
                         .error = is_short ? NULL : fault,
                         .subject = (int)stop->subject,
                         .must_not_matter = is_short || (strcmp(fault, "EINTR") == 0 &&
                                                         words_have(stop->call->errors, fault))};
    want->shorten = is_short;
    want->fail_with = is_short ? 0 : error_from_name(fault);
}

/* At each stop: is it the expected one, and is anything to be done here? */
static void at_stop(void *context, const struct stop *stop, struct intervention *want)
{
    struct run *run = context;
    const struct experiment *e = run->experiment;
    remember_shape(run, stop);
    bool signals = strstr(stop->text, ", SIGTERM") || strstr(stop->text, ", SIGKILL");
    bool before_this = run->signals_now;
    run->signals_now = signals;
    run->signalled |= before_this;
    bool pending = run->steps_made < e->step_count || (e->fault && !run->fault_made);
    if (!pending || run->strayed || run->trouble)
        return;
    if (!as_expected(run, stop->index)) {
        run->strayed = true;
        return;
    }
    if (run->steps_made < e->step_count && e->steps[run->steps_made].stop == stop->index)
        make_change(run, e->steps[run->steps_made++].change);
    if (e->fault && e->fault_stop == stop->index)
        make_fault(run, stop, want);
}

/* ---- The whole ---------------------------------------------------------- */

static void question_it(struct run *run)
{
    const struct question *question = run->experiment->question;
    struct verdict *verdict = run->verdict;
    json_t *result = NULL;
    int before = lab_descriptors(run->lab);

    run_prepare(run);
    if (verdict->status != RUN_CLEAN)
        return;
    enum lab_trouble trouble = lab_ask(run->lab, question->method, run_parameters(run), at_stop,
                                       run, &verdict->trace, &result);
    if (run->trouble) { /* of the launcher: the change could not be made */
        run_give_up(run, run->trouble);
    } else if (run->strayed || run->steps_made < run->experiment->step_count ||
               (run->experiment->fault && !run->fault_made && !trouble)) {
        verdict->status = RUN_STRAYED;
    } else if (trouble == LAB_ERROR && run->fault_made && question->about != ABOUT_RECORD) {
        verdict->answer = text_format("%s", lab_message(run->lab)); /* "could not look" */
    } else if (trouble) {
        verdict->answer = text_format("%s", lab_message(run->lab));
        run_give_up(run, trouble);
    } else {
        verdict->answer = json_dumps(result, JSON_COMPACT | JSON_SORT_KEYS);
        if (!(question->answers_flag && run->fault_made))
            run_judge(run, result);
    }
    json_decref(result);
    if (verdict->status != RUN_CLEAN && verdict->status != RUN_FINDING)
        return;
    run_forget(run, "watch_close", "watch", &run->watch);
    run_forget(run, "close", "handle", &run->handle);
    int after = verdict->status == RUN_CLEAN ? lab_descriptors(run->lab) : before;
    if (after > before && before >= 0)
        run_conclude(run, "leak", "RES-1",
                     text_format("it has %d descriptors more than before", after - before));
    if (run->fault_made && verdict->status == RUN_CLEAN && !question->changes_world) {
        run_prepare(run);
        if (verdict->status == RUN_CLEAN)
            run_ask_once_more(run);
        run_forget(run, "watch_close", "watch", &run->watch);
        run_forget(run, "close", "handle", &run->handle);
    }
}

static bool can_be_reused(const struct run *run)
{
    return run->verdict->status == RUN_CLEAN && run->experiment->step_count == 0 &&
           run->experiment->fault && !run->experiment->question->changes_world;
}

void runner_make(struct runner *runner, const struct experiment *experiment,
                 const struct shapes *expected, struct verdict *verdict_ret)
{
    *verdict_ret = (struct verdict){0};
    struct run run = {.runner = runner,
                      .lab = runner->lab,
                      .experiment = experiment,
                      .expected = expected,
                      .verdict = verdict_ret};
    const struct change *planned[STEPS_MAX];
    json_t *stray = NULL;
    enum lab_trouble trouble = LAB_FINE;

    bool reuse = runner->standing == experiment->start && can_be_reused(&run);
    if (!reuse) {
        runner_sweep(runner);
        for (size_t i = 0; i < experiment->step_count; i++)
            planned[i] = experiment->steps[i].change;
        trouble = lab_begin(runner->lab, experiment->start, planned, experiment->step_count);
    }
    if (trouble) {
        run_give_up(&run, trouble);
    } else {
        runner->standing = experiment->start;
        reached_add(&verdict_ret->reached, lab_situation(runner->lab));
        question_it(&run);
    }
    /* What happened in this world stays there. */
    if (!can_be_reused(&run) || !runner->standing) {
        runner->standing = NULL;
        trouble = lab_end(runner->lab, &stray);
        if (trouble && verdict_ret->status != RUN_HOST_FAILED)
            run_give_up(&run, trouble);
        if (json_array_size(stray) > 0) {
            char *who = json_dumps(stray, JSON_COMPACT);
            run_conclude(&run, "harm", "RES-2", text_format("somebody else was touched: %s", who));
            free(who);
        }
        json_decref(stray);
    }
    bool broken =
        verdict_ret->status == RUN_FINDING &&
        (strcmp(verdict_ret->wrong, "crash") == 0 || strcmp(verdict_ret->wrong, "timeout") == 0 ||
         strcmp(verdict_ret->wrong, "protocol") == 0);
    if (broken)
        runner_renew(runner, verdict_ret);
}
