/* One experiment, see explore_run.h. */
#include "explore_run.h"

#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_MS 5000 /* a net: how long a signalled process may take to die */

static const struct question question_table[] = {
    {"verify", "verify", NULL, NULL, ABOUT_RECORD, false, false},
    {"is_alive", "is_alive", NULL, "daemon", ABOUT_HANDLE, false, false},
    {"process_is_alive", "process_is_alive", NULL, "daemon gone zombie", ABOUT_NUMBER, false, true},
    {"wait", "wait", "wait", "daemon", ABOUT_HANDLE, false, false},
    {"terminate", "terminate", NULL, "daemon gone", ABOUT_NUMBER, true, false},
    {"force_kill", "force_kill", NULL, "daemon gone", ABOUT_NUMBER, true, false},
    {"terminate_handle", "terminate_handle", "handle-signals", "daemon", ABOUT_HANDLE, true, false},
    {"force_kill_handle", "force_kill_handle", "handle-signals", "daemon", ABOUT_HANDLE, true,
     false},
    {"capture", "capture", "capture", "daemon gone replaced", ABOUT_NUMBER, false, false},
    {"watch", "watch", "watch", "daemon", ABOUT_HANDLE, false, false},
    {"watch_gone", "watch_gone", "watch", "daemon", ABOUT_WATCH, false, false},
};

const struct question *questions(size_t *count_ret)
{
    *count_ret = sizeof question_table / sizeof *question_table;
    return question_table;
}

const struct question *question_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof question_table / sizeof *question_table; i++)
        if (strcmp(question_table[i].name, name) == 0)
            return &question_table[i];
    return NULL;
}

void shapes_clear(struct shapes *shapes)
{
    for (size_t i = 0; i < shapes->count; i++)
        free(shapes->texts[i]);
    free(shapes->texts);
    *shapes = (struct shapes){0};
}

bool shapes_equal(const struct shapes *a, const struct shapes *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->texts[i], b->texts[i]) != 0)
            return false;
    return true;
}

void verdict_clear(struct verdict *verdict)
{
    free(verdict->why);
    free(verdict->answer);
    trace_clear(&verdict->trace);
    shapes_clear(&verdict->shapes);
    *verdict = (struct verdict){0};
}

/* ---- Tokens ------------------------------------------------------------- */

char *experiment_token(const struct experiment *experiment)
{
    struct text text = {0};
    text_addf(&text, "%s/%s/", experiment->question->name, experiment->start->name);
    for (size_t i = 0; i < experiment->step_count; i++)
        text_addf(&text, "%s%s@%zu", i ? "+" : "", experiment->steps[i].change->name,
                  experiment->steps[i].stop + 1);
    if (experiment->fault)
        text_addf(&text, "%s@%zu", experiment->fault, experiment->fault_stop + 1);
    else if (experiment->step_count == 0)
        text_addf(&text, "nothing");
    return text_take(&text);
}

/* One of "CHANGE@STOP", "ERROR@STOP", "short@STOP", "nothing". */
static bool parse_event(char *event, struct experiment *experiment, char **message_ret)
{
    if (strcmp(event, "nothing") == 0)
        return true;
    char *at = strchr(event, '@'), *end = NULL;
    long stop = at ? strtol(at + 1, &end, 10) : 0;
    if (stop < 1 || *end) {
        *message_ret = text_format("'%s' is not CHANGE@STOP, where STOP counts from 1", event);
        return false;
    }
    *at = 0;
    const struct change *change = change_by_name(event);
    if (change && experiment->step_count < STEPS_MAX) {
        experiment->steps[experiment->step_count++] = (struct step){(size_t)stop - 1, change};
        return true;
    }
    size_t count;
    if (!change && !experiment->fault && calls(&count)) {
        int number = error_from_name(event);
        experiment->fault = number                        ? error_name(number)
                            : strcmp(event, "short") == 0 ? "short"
                                                          : NULL;
        experiment->fault_stop = (size_t)stop - 1;
        if (experiment->fault)
            return true;
    }
    *message_ret = text_format("'%s' is neither a change nor an error that is known here", event);
    return false;
}

bool experiment_parse(const char *token, struct experiment *experiment_ret, char **message_ret)
{
    struct experiment experiment = {0};
    char *copy = text_format("%s", token), *rest = NULL;
    char *name = strtok_r(copy, "/", &rest), *start = strtok_r(NULL, "/", &rest);
    bool fine = false;

    if (!name || !(experiment.question = question_by_name(name)))
        *message_ret = text_format("it names no question");
    else if (!start || !(experiment.start = start_by_name(start)))
        *message_ret = text_format("it names no start");
    else if (!rest || !*rest)
        *message_ret = text_format("it says nothing that happens");
    else
        fine = true;
    for (char *event = fine ? strtok_r(NULL, "+", &rest) : NULL; event && fine;
         event = strtok_r(NULL, "+", &rest))
        fine = parse_event(event, &experiment, message_ret);
    free(copy);
    if (fine)
        *experiment_ret = experiment;
    return fine;
}

/* ---- Running ------------------------------------------------------------ */

struct runner {
    struct lab *lab;
    const struct start *standing; /* the start of a world that nothing has changed since */
};

/* An experiment under way. */
struct run {
    struct runner *runner;
    struct lab *lab;
    const struct experiment *experiment;
    const struct shapes *expected;
    struct verdict *verdict;
    size_t steps_made;
    bool strayed, fault_made;
    bool signals_now, signalled; /* a call that signals: the one it stands at, one before */
    struct failure failure;
    enum lab_trouble trouble; /* of the launcher, while the adapter was stopped */
    json_int_t handle, watch; /* 0: none */
};

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

static bool lists(const char *names, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = names; (at = strstr(at, name)); at += length)
        if ((at == names || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return true;
    return false;
}

static void make_fault(struct run *run, const struct stop *stop, struct intervention *want)
{
    const char *fault = run->experiment->fault;
    bool is_short = strcmp(fault, "short") == 0;
    run->fault_made = true;
    run->failure =
        (struct failure){.call = stop->call->name,
                         .error = is_short ? NULL : fault,
                         .subject = stop->subject,
                         .must_not_matter = is_short || (strcmp(fault, "EINTR") == 0 &&
                                                         lists(stop->call->errors, fault))};
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

/* ---- Asking ------------------------------------------------------------- */

static void conclude(struct run *run, const char *wrong, const char *clause, char *why)
{
    struct verdict *verdict = run->verdict;
    if (verdict->status != RUN_CLEAN) {
        free(why); /* the first thing that went wrong is the story */
        return;
    }
    verdict->status = RUN_FINDING;
    verdict->wrong = wrong;
    verdict->clause = clause;
    verdict->why = why;
}

/* Takes over the opinion. */
static void apply(struct run *run, struct opinion opinion)
{
    if (opinion.direction != DIRECTION_NONE)
        conclude(run, direction_name(opinion.direction), opinion.clause, opinion.why);
    else
        opinion_clear(&opinion);
}

/* The adapter or the host failed where no failure was meant to be. */
static void give_up(struct run *run, enum lab_trouble trouble)
{
    static const char *const wrong[] = {[LAB_CRASH] = "crash",
                                        [LAB_TIMEOUT] = "timeout",
                                        [LAB_PROTOCOL] = "protocol",
                                        [LAB_ERROR] = "protocol"};
    char *message = text_format("%s", lab_message(run->lab));
    if (trouble == LAB_HOST || trouble == LAB_NOT_ESTABLISHED) {
        if (run->verdict->status == RUN_CLEAN || run->verdict->status == RUN_FINDING) {
            free(run->verdict->why);
            run->verdict->why = message;
            run->verdict->status = trouble == LAB_HOST ? RUN_HOST_FAILED : RUN_NOT_ESTABLISHED;
            return;
        }
        free(message);
        return;
    }
    conclude(run, wrong[trouble], "ATOM-4", message);
}

/* A question beside the one that is explored. NULL: it failed, and that was concluded. */
static json_t *ask(struct run *run, const char *method, json_t *params)
{
    json_t *result = NULL;
    enum lab_trouble trouble = lab_ask(run->lab, method, params, NULL, NULL, NULL, &result);
    if (trouble)
        give_up(run, trouble);
    return result;
}

static void forget(struct run *run, const char *method, const char *name, json_int_t *number)
{
    if (*number)
        json_decref(ask(run, method, json_pack("{s:I}", name, *number)));
    *number = 0;
}

static json_int_t accepted_handle(const json_t *result)
{
    return json_integer_value(json_object_get(json_object_get(result, "accepted"), "handle"));
}

static json_t *parameters(const struct run *run)
{
    const struct question *question = run->experiment->question;
    switch (question->about) {
    case ABOUT_RECORD:
        return json_pack("{s:O}", "record", lab_record(run->lab));
    case ABOUT_NUMBER:
        return json_pack("{s:I}", "pid", lab_number(run->lab));
    case ABOUT_WATCH:
        return json_pack("{s:I}", "watch", run->watch);
    case ABOUT_HANDLE:
        break;
    }
    if (strcmp(question->method, "watch") == 0)
        return json_pack("{s:[I]}", "handles", run->handle);
    if (strcmp(question->method, "wait") == 0)
        return json_pack("{s:I, s:i}", "handle", run->handle, "timeout_ms", 0);
    return json_pack("{s:I}", "handle", run->handle);
}

/* What the question is about: a handle of the daemon, a watch that holds it. */
static void prepare(struct run *run)
{
    const struct question *question = run->experiment->question;
    if (question->about != ABOUT_HANDLE && question->about != ABOUT_WATCH)
        return;
    json_t *result = ask(run, "verify", json_pack("{s:O}", "record", lab_record(run->lab)));
    run->handle = accepted_handle(result);
    if (result && !run->handle) {
        char *answer = json_dumps(result, JSON_COMPACT);
        conclude(run, "false-refuse", "LIVE-1",
                 text_format("the handle that this is about was refused: %s", answer));
        free(answer);
    }
    json_decref(result);
    if (question->about == ABOUT_WATCH && run->handle) {
        result = ask(run, "watch", json_pack("{s:[I]}", "handles", run->handle));
        run->watch = json_integer_value(json_object_get(result, "watch"));
        json_decref(result);
    }
}

/* ---- Judging ------------------------------------------------------------ */

static const struct failure *failure_of(const struct run *run)
{
    return run->fault_made ? &run->failure : NULL;
}

/* What the handle of an acceptance says, before and after whatever lives there is killed. */
static void judge_handle(struct run *run)
{
    unsigned verified = reached_verified(&run->verdict->reached);
    static const enum action probes[] = {KILL, TAKE_OTHER};
    for (size_t i = 0;; i++) {
        json_t *result = ask(run, "is_alive", json_pack("{s:I}", "handle", run->handle));
        if (!result || !json_object_get(result, "alive")) {
            json_decref(result);
            return;
        }
        bool alive = json_is_true(json_object_get(result, "alive"));
        json_decref(result);
        apply(run, judge_binding(verified, lab_situation(run->lab), alive));
        bool more = i < sizeof probes / sizeof *probes && run->verdict->status == RUN_CLEAN &&
                    !run->experiment->fault &&
                    situation_permits(lab_situation(run->lab), probes[i]);
        if (!more)
            return;
        enum lab_trouble trouble = lab_act(run->lab, probes[i]);
        run->runner->standing = NULL;
        if (trouble) {
            give_up(run, trouble);
            return;
        }
    }
}

static void judge_verification(struct run *run, const json_t *result)
{
    answers answer = answer_of(result);
    run->handle = accepted_handle(result);
    apply(run, judge_verify(&run->verdict->reached, answer, failure_of(run)));
    if (run->handle && run->verdict->status == RUN_CLEAN)
        judge_handle(run);
}

/* Alive or dead, from the results of several methods; false where the result says neither. */
static bool liveness_in(const struct question *question, const json_t *result, bool *alive_ret)
{
    const json_t *alive = json_object_get(result, "alive"),
                 *exited = json_object_get(result, "exited");
    const json_t *gone = json_object_get(result, "gone");
    (void)question;
    if (alive)
        *alive_ret = json_is_true(alive);
    else if (exited)
        *alive_ret = !json_is_true(exited);
    else if (gone)
        *alive_ret = json_array_size(gone) == 0;
    else
        return false;
    return true;
}

/* Once more, when nothing moves: what it says now must be what is. */
static void ask_again(struct run *run, const char *method, json_t *params, unsigned process,
                      bool reported_before)
{
    struct reached now = {0};
    bool alive;
    reached_add(&now, lab_situation(run->lab));
    json_t *result = ask(run, method, params);
    if (result && liveness_in(NULL, result, &alive)) {
        if (reported_before && alive)
            alive = false; /* a watch reports an exit once */
        else if (reported_before)
            conclude(run, "wrong-reason", "WATCH-1",
                     text_format("the same exit was reported twice"));
        apply(run, judge_liveness(&now, process, alive, NULL));
    }
    json_decref(result);
}

static void judge_living(struct run *run, const json_t *result)
{
    const struct question *question = run->experiment->question;
    unsigned process = question->about == ABOUT_NUMBER ? 0 : 1;
    bool alive = true, told = liveness_in(question, result, &alive);
    if (told)
        apply(run, judge_liveness(&run->verdict->reached, process, alive, failure_of(run)));
    else if (!failure_of(run))
        conclude(run, "false-refuse", "LIVE-1",
                 text_format("no call failed, and it could not say whether the process lives"));
    bool reported = question->about == ABOUT_WATCH && told && !alive;
    ask_again(run, question->method, parameters(run), process, reported);
}

static void judge_watching(struct run *run, const json_t *result)
{
    run->watch = json_integer_value(json_object_get(result, "watch"));
    if (run->watch)
        ask_again(run, "watch_gone", json_pack("{s:I}", "watch", run->watch), 1, false);
    else if (!failure_of(run))
        conclude(run, "false-refuse", "WATCH-1",
                 text_format("no call failed, and there is no watch"));
}

/* Whether what was sent arrived, and arrived there only. */
static void judge_effect(struct run *run, bool sent)
{
    const struct situation *now = lab_situation(run->lab);
    json_t *facts = NULL;
    if (!situation_alive(now) || now->stopped)
        return;
    enum lab_trouble trouble = LAB_FINE;
    bool by_handle = run->experiment->question->about == ABOUT_HANDLE;
    bool must_die = sent && now->born == 1; /* else it may have been sent to the one before */
    if (must_die) {
        trouble = lab_await(run->lab, SETTLE_MS, &facts);
        run->runner->standing = NULL;
        if (!trouble && !json_is_true(json_object_get(facts, "exited")))
            conclude(run, "false-accept", "SIG-1", text_format("it says sent; nothing arrived"));
    } else if (!sent || (by_handle && now->holder != 1)) {
        trouble = lab_untouched(run->lab, &facts);
        if (!trouble && (json_array_size(json_object_get(facts, "signals")) > 0 ||
                         json_is_false(json_object_get(facts, "alive"))))
            conclude(run, "harm", by_handle ? "SIG-6" : "SIG-4",
                     text_format(sent
                                     ? "the signal reached another process than that of the handle"
                                     : "it says that nothing was sent; the process was signalled"));
    }
    json_decref(facts);
    if (trouble)
        give_up(run, trouble);
}

static void judge_sending(struct run *run, const json_t *result)
{
    bool sent = json_is_true(json_object_get(result, "sent"));
    unsigned process = run->experiment->question->about == ABOUT_HANDLE ? 1 : 0;
    apply(run, judge_signal(&run->verdict->reached, process, sent, sent ? 0 : answer_of(result),
                            failure_of(run)));
    judge_effect(run, sent);
}

static void judge_captured(struct run *run, const json_t *result)
{
    const json_t *files[FILE_COUNT];
    for (int i = 0; i < FILE_COUNT; i++)
        files[i] = lab_file(run->lab, (enum file)i);
    const json_t *record = json_object_get(result, "record");
    apply(run, judge_capture(&run->verdict->reached, files, record, record ? 0 : answer_of(result),
                             failure_of(run)));
}

static void judge_result(struct run *run, const json_t *result)
{
    const char *method = run->experiment->question->method;
    if (strcmp(method, "verify") == 0)
        judge_verification(run, result);
    else if (strcmp(method, "capture") == 0)
        judge_captured(run, result);
    else if (strcmp(method, "watch") == 0)
        judge_watching(run, result);
    else if (strncmp(method, "terminate", 9) == 0 || strncmp(method, "force_kill", 10) == 0)
        judge_sending(run, result);
    else
        judge_living(run, result);
}

/* After a failure: asked again, with nothing failing, it is right again. [ATOM-4] */
static void ask_once_more(struct run *run)
{
    struct failure failure = run->failure;
    bool made = run->fault_made;
    run->fault_made = false;
    json_t *result = ask(run, run->experiment->question->method, parameters(run));
    if (result) {
        judge_result(run, result);
        if (run->verdict->status == RUN_FINDING) {
            char *why = text_format("asked again, with nothing failing: %s", run->verdict->why);
            free(run->verdict->why);
            run->verdict->why = why;
        }
    }
    json_decref(result);
    run->failure = failure;
    run->fault_made = made;
}

/* ---- The whole ---------------------------------------------------------- */

static void question_it(struct run *run)
{
    const struct question *question = run->experiment->question;
    struct verdict *verdict = run->verdict;
    json_t *result = NULL;
    int before = lab_descriptors(run->lab);

    prepare(run);
    if (verdict->status != RUN_CLEAN)
        return;
    enum lab_trouble trouble = lab_ask(run->lab, question->method, parameters(run), at_stop, run,
                                       &verdict->trace, &result);
    if (run->trouble) { /* of the launcher: the change could not be made */
        give_up(run, run->trouble);
    } else if (run->strayed || run->steps_made < run->experiment->step_count ||
               (run->experiment->fault && !run->fault_made && !trouble)) {
        verdict->status = RUN_STRAYED;
    } else if (trouble == LAB_ERROR && run->fault_made && question->about != ABOUT_RECORD) {
        verdict->answer = text_format("%s", lab_message(run->lab)); /* "could not look" */
    } else if (trouble) {
        verdict->answer = text_format("%s", lab_message(run->lab));
        give_up(run, trouble);
    } else {
        verdict->answer = json_dumps(result, JSON_COMPACT | JSON_SORT_KEYS);
        if (!(question->answers_flag && run->fault_made))
            judge_result(run, result);
    }
    json_decref(result);
    if (verdict->status != RUN_CLEAN && verdict->status != RUN_FINDING)
        return;
    forget(run, "watch_close", "watch", &run->watch);
    forget(run, "close", "handle", &run->handle);
    int after = verdict->status == RUN_CLEAN ? lab_descriptors(run->lab) : before;
    if (after > before && before >= 0)
        conclude(run, "leak", "RES-1",
                 text_format("it has %d descriptors more than before", after - before));
    if (run->fault_made && verdict->status == RUN_CLEAN && !question->changes_world) {
        prepare(run);
        if (verdict->status == RUN_CLEAN)
            ask_once_more(run);
        forget(run, "watch_close", "watch", &run->watch);
        forget(run, "close", "handle", &run->handle);
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
        give_up(&run, trouble);
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
            give_up(&run, trouble);
        if (json_array_size(stray) > 0) {
            char *who = json_dumps(stray, JSON_COMPACT);
            conclude(&run, "harm", "RES-2", text_format("somebody else was touched: %s", who));
            free(who);
        }
        json_decref(stray);
    }
    bool broken =
        verdict_ret->status == RUN_FINDING &&
        (strcmp(verdict_ret->wrong, "crash") == 0 || strcmp(verdict_ret->wrong, "timeout") == 0 ||
         strcmp(verdict_ret->wrong, "protocol") == 0);
    if (broken && lab_restart_adapter(runner->lab) != LAB_FINE) {
        verdict_ret->status = RUN_HOST_FAILED;
        free(verdict_ret->why);
        verdict_ret->why =
            text_format("the adapter cannot be started again: %s", lab_message(runner->lab));
    }
}
