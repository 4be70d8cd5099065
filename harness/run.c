/* One case, see run.h. */
#include "run.h"

#include "judge.h"
#include "refs.h"
#include "suite.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

struct run {
    struct site *site;
    const json_t *case_;
    const char *profile;

    json_t *scope;     /* what references stand for */
    json_t *situation; /* what the launcher witnessed */
    json_t *questions; /* what was asked, in order */

    struct adapter *adapter; /* NULL: none was needed yet */
    json_t *how;             /* how this case's own one is started; NULL: the shared one */
    json_t *handles;         /* open ones */
    json_t *watches;
    json_t *before, *after; /* the audit */

    /* The outcome; static text, NULL: pass so far. */
    const char *outcome;
    enum direction direction;
    char *message; /* of a failure; else why it was not established */
    char *needs;
    char *defect;
    char *complaint; /* what the adapter said on stderr */
};

/* ---- The outcome -------------------------------------------------------------- */

/*
 * The first thing that went wrong is the outcome, and harm goes before everything: a
 * crash that took a bystander along is not "a crash". Takes `message`.
 */
static void conclude(struct run *run, const char *outcome, enum direction direction, char *message)
{
    if (run->outcome && (direction != DIRECTION_HARM || run->direction == DIRECTION_HARM)) {
        free(message);
        return;
    }
    free(run->message);
    run->outcome = outcome;
    run->direction = direction;
    run->message = message;
}

static void conclude_trouble(struct run *run, struct trouble *trouble)
{
    bool not_asked =
        !strcmp(trouble->outcome, "not-established") || !strcmp(trouble->outcome, "unsupported");

    if (not_asked && !run->outcome) {
        free(run->needs);
        run->needs = trouble->needs;
        trouble->needs = NULL;
    }
    conclude(run, trouble->outcome,
             strcmp(trouble->outcome, "fail") ? DIRECTION_NONE : DIRECTION_WRONG_REASON,
             trouble->message);
    trouble->message = NULL;
    trouble_clear(trouble);
}

static void conclude_judgement(struct run *run, struct judgement *judgement)
{
    if (judgement->direction != DIRECTION_NONE)
        conclude(run, "fail", judgement->direction, text_format("%s", judgement->message));
    judgement_clear(judgement);
}

/* Takes `why`. Nothing that was asked afterwards could be trusted. */
static void conclude_defect(struct run *run, char *why)
{
    if (!run->defect)
        run->defect = text_format("%s", why);
    conclude(run, "not-established", DIRECTION_NONE, why);
}

/* ---- The launcher ------------------------------------------------------------- */

static void add_witness(struct run *run, const char *operation, const json_t *arguments,
                        const json_t *witness)
{
    for (size_t i = 0; i < json_array_size(witness); i++) {
        json_t *seen = json_deep_copy(json_array_get(witness, i));
        json_t *as = json_object_get(arguments, "as");
        json_object_set_new(seen, "op", json_string(operation));
        json_object_set(seen, "as", as ? as : json_null());
        json_array_append_new(run->situation, seen);
    }
}

/* The facts, the caller's; NULL where there are none: then the outcome is set. */
static json_t *operate(struct run *run, const char *operation, const json_t *arguments)
{
    struct launched launched = {0};
    json_t *facts = NULL;

    if (!run->site->launcher)
        return NULL;
    enum launcher_status status = launcher_do(run->site->launcher, operation, arguments, &launched);
    add_witness(run, operation, arguments, launched.witness);
    switch (status) {
    case LAUNCHER_DONE:
        facts = json_incref(launched.facts);
        break;
    case LAUNCHER_NOT_ESTABLISHED:
        if (!run->outcome) {
            run->needs = launched.needs;
            launched.needs = NULL;
        }
        conclude(run, "not-established", DIRECTION_NONE, text_format("%s", launched.why));
        break;
    case LAUNCHER_DEFECT:
        conclude_defect(run, text_format("%s", launched.why));
        break;
    case LAUNCHER_KILLED:
        conclude(run, "fail", DIRECTION_HARM,
                 text_format("the launcher, a bystander, was killed: %s", launched.why));
        peer_end(run->site->launcher, 0);
        run->site->launcher = NULL;
        break;
    }
    launched_clear(&launched);
    return facts;
}

/* ---- The adapter -------------------------------------------------------------- */

static bool ensure_adapter(struct run *run)
{
    struct site *site = run->site;
    struct trouble trouble = {0};

    if (run->adapter)
        return true;
    if (!run->how && site->adapter) {
        run->adapter = site->adapter;
    } else if (!adapter_start(&site->loop, site->options, run->how, &run->adapter, &trouble)) {
        conclude_trouble(run, &trouble);
        return false;
    }
    if (!run->how)
        site->adapter = run->adapter;
    json_object_set(run->scope, "adapter", (json_t *)adapter_facts(run->adapter));
    run->before = adapter_look(run->adapter, &site->bystander);
    return true;
}

/* Whether something was left to do that failed; the trouble is the case's then. */
static void ask_plainly(struct run *run, const char *method, json_t *params)
{
    struct trouble trouble = {0};
    json_t *result = NULL;

    if (!adapter_usable(run->adapter) ||
        adapter_ask(run->adapter, method, params, run->site->options->timeout_s, &result, &trouble))
        json_decref(result);
    else
        conclude_trouble(run, &trouble);
    json_decref(params);
}

/* Closes what the case left open, looks at what is left then, and lets the adapter go. */
static void leave_adapter(struct run *run)
{
    size_t i;
    json_t *number;

    if (!run->adapter)
        return;
    json_array_foreach(run->watches, i, number)
        ask_plainly(run, "watch_close", json_pack("{s:O}", "watch", number));
    json_array_foreach(run->handles, i, number)
        ask_plainly(run, "close", json_pack("{s:O}", "handle", number));
    ask_plainly(run, "noop", NULL);
    json_array_clear(run->watches);
    json_array_clear(run->handles);

    json_decref(run->after);
    run->after = adapter_look(run->adapter, &run->site->bystander);
    struct judgement judgement = judge_audit(run->before, run->after);
    conclude_judgement(run, &judgement);

    free(run->complaint);
    run->complaint = adapter_take_stderr(run->adapter);
    if (run->how || !adapter_usable(run->adapter)) {
        if (run->site->adapter == run->adapter)
            run->site->adapter = NULL;
        adapter_end(run->adapter);
    }
    run->adapter = NULL;
}

static void replace_adapter(struct run *run, json_t *how)
{
    leave_adapter(run);
    json_decref(run->how);
    run->how = json_incref(how);
    json_decref(run->before);
    run->before = NULL;
    if (!run->outcome)
        ensure_adapter(run);
}

/* ---- Steps -------------------------------------------------------------------- */

static json_t *without(const json_t *object, const char *member)
{
    json_t *copy = json_copy((json_t *)object);
    json_object_del(copy, member);
    return copy;
}

static void remember(struct run *run, const json_t *step, json_t *facts)
{
    const char *as = json_string_value(json_object_get(step, "as"));
    if (as)
        json_object_set(run->scope, as, facts);
}

static void do_step(struct run *run, const json_t *step)
{
    json_t *arguments = without(step, "do");
    json_t *facts = operate(run, json_string_value(json_object_get(step, "do")), arguments);

    if (facts)
        remember(run, step, facts);
    json_decref(facts);
    json_decref(arguments);
}

static json_t *add_question(struct run *run, const char *kind, const json_t *step)
{
    json_t *question = json_object();
    json_object_set(question, kind, json_object_get(step, kind));
    json_object_set(question, "allow", json_object_get(step, "allow"));
    json_object_set_new(question, "right", json_false());
    json_array_append_new(run->questions, question);
    return question;
}

static void expect_step(struct run *run, const json_t *step)
{
    json_t *arguments = json_copy((json_t *)step);
    json_t *question = add_question(run, "expect", step);

    json_object_del(arguments, "expect");
    json_object_del(arguments, "allow");
    json_object_del(arguments, "otherwise");
    json_object_set(question, "params", arguments);
    json_t *facts = operate(run, json_string_value(json_object_get(step, "expect")), arguments);
    if (facts) {
        struct judgement judgement = judge_expectation(step, facts);
        json_object_set(question, "answer", facts);
        json_object_set_new(question, "right", json_boolean(judgement.direction == DIRECTION_NONE));
        conclude_judgement(run, &judgement);
        remember(run, step, facts);
    }
    json_decref(facts);
    json_decref(arguments);
}

/* What was accepted or refused can be referred to directly, as `${v.handle}`. */
static void remember_answer(struct run *run, const json_t *step, const json_t *result)
{
    json_t *facts = json_copy((json_t *)result);

    json_object_update(facts, json_object_get(result, "accepted"));
    json_object_update(facts, json_object_get(result, "refused"));
    remember(run, step, facts);
    json_decref(facts);
}

static void drop_number(json_t *numbers, const json_t *number)
{
    for (size_t i = json_array_size(numbers); i-- > 0;) {
        if (json_equal(json_array_get(numbers, i), number))
            json_array_remove(numbers, i);
    }
}

static void track_handles(struct run *run, const char *method, const json_t *params,
                          const json_t *result)
{
    json_t *handle = json_object_get(json_object_get(result, "accepted"), "handle");
    json_t *watch = json_object_get(result, "watch");

    if (handle)
        json_array_append(run->handles, handle);
    if (watch)
        json_array_append(run->watches, watch);
    if (!strcmp(method, "close"))
        drop_number(run->handles, json_object_get(params, "handle"));
    if (!strcmp(method, "watch_close"))
        drop_number(run->watches, json_object_get(params, "watch"));
}

/* An adapter that does not claim `instance` is not sent one. */
static json_t *params_for(const struct run *run, const json_t *step)
{
    json_t *params = json_deep_copy(json_object_get(step, "params"));

    if (!params)
        return json_object();
    if (!adapter_claims(adapter_hello(run->adapter), "instance"))
        json_object_del(json_object_get(params, "record"), "instance");
    return params;
}

static double deadline_of(const struct run *run, const json_t *step)
{
    const json_t *own = json_object_get(step, "deadline_s");
    const json_t *general = json_object_get(run->case_, "deadline_s");

    if (json_is_number(own))
        return json_number_value(own);
    return json_is_number(general) ? json_number_value(general) : run->site->options->timeout_s;
}

static void ask_step(struct run *run, const json_t *step)
{
    const char *method = json_string_value(json_object_get(step, "ask"));
    struct trouble trouble = {0};
    json_t *result = NULL;

    if (!ensure_adapter(run))
        return;
    json_t *params = params_for(run, step);
    json_t *question = add_question(run, "ask", step);
    json_object_set(question, "params", params);
    if (adapter_ask(run->adapter, method, params, deadline_of(run, step), &result, &trouble)) {
        struct judgement judgement = judge_answer(step, result);
        json_object_set(question, "answer", result);
        json_object_set_new(question, "right", json_boolean(judgement.direction == DIRECTION_NONE));
        conclude_judgement(run, &judgement);
        track_handles(run, method, params, result);
        remember_answer(run, step, result);
    } else {
        conclude_trouble(run, &trouble);
    }
    json_decref(result);
    json_decref(params);
}

/* Whether a step speaks of the adapter before anything was asked. */
static bool mentions_adapter(const json_t *step)
{
    char *spelled = refs_dump(step);
    bool mentions = strstr(spelled, "${adapter.") != NULL;
    free(spelled);
    return mentions;
}

static void run_step(struct run *run, const json_t *raw)
{
    const char *profile = json_string_value(json_object_get(raw, "profile"));
    char *message = NULL;

    if (profile && !strcmp(profile, "hardened") && !strcmp(run->profile, "core"))
        return;
    if (mentions_adapter(raw) && !ensure_adapter(run))
        return;
    json_t *step = refs_resolve(raw, run->scope, &message);
    if (!step) {
        conclude_defect(run, message);
        return;
    }
    if (json_object_get(step, "do"))
        do_step(run, step);
    else if (json_object_get(step, "ask"))
        ask_step(run, step);
    else if (json_object_get(step, "expect"))
        expect_step(run, step);
    else
        replace_adapter(run, json_object_get(step, "adapter"));
    json_decref(step);
}

/* ---- One run ------------------------------------------------------------------ */

static bool begin(struct run *run)
{
    json_t *arguments = json_pack("{s:O}", "case", json_object_get(run->case_, "id"));
    json_t *facts = operate(run, "begin", arguments);
    char *message = NULL;

    json_decref(arguments);
    if (!facts)
        return false;
    json_object_set(run->scope, "case", facts);
    json_object_set(run->scope, "host", facts);
    json_decref(facts);

    const json_t *how = json_object_get(run->case_, "adapter");
    run->how = how ? refs_resolve(how, run->scope, &message) : NULL;
    if (how && !run->how)
        conclude_defect(run, message);
    return !how || run->how;
}

static void end(struct run *run)
{
    leave_adapter(run);
    json_t *facts = operate(run, "end", NULL);
    json_t *stray = json_object_get(facts, "stray");

    if (stray) {
        json_t *nothing = json_pack("{s:[]}", "stray");
        json_t *seen = json_pack("{s:O}", "stray", stray);
        struct judgement judgement = judge_audit(nothing, seen);
        conclude_judgement(run, &judgement);
        if (run->after)
            json_object_set(run->after, "stray", stray);
        json_decref(seen);
        json_decref(nothing);
    }
    json_decref(facts);
}

/* `values`: what `${name}` of a sweep stands for in this run. */
static void run_once(struct run *run, const json_t *values)
{
    const json_t *steps = json_object_get(run->case_, "steps");

    run->scope = json_deep_copy(values);
    run->situation = json_array();
    run->questions = json_array();
    run->handles = json_array();
    run->watches = json_array();
    if (begin(run)) {
        for (size_t i = 0; i < json_array_size(steps) && !run->outcome; i++)
            run_step(run, json_array_get(steps, i));
    }
    end(run);
}

static void run_clear(struct run *run)
{
    json_decref(run->scope);
    json_decref(run->situation);
    json_decref(run->questions);
    json_decref(run->how);
    json_decref(run->handles);
    json_decref(run->watches);
    json_decref(run->before);
    json_decref(run->after);
    free(run->message);
    free(run->needs);
    free(run->defect);
    free(run->complaint);
}

/* ---- Before anything is done -------------------------------------------------- */

static void check_needs(struct run *run)
{
    const json_t *needs = json_object_get(run->case_, "needs");

    for (size_t i = 0; i < json_array_size(needs) && !run->outcome; i++) {
        const char *need = json_string_value(json_array_get(needs, i));
        const char *why;
        if (site_has(run->site, need, &why))
            continue;
        run->needs = text_format("%s", need);
        conclude(run, "not-established", DIRECTION_NONE, text_format("%s", why));
    }
}

static void require(struct run *run, const char *capability)
{
    if (run->outcome || adapter_claims(run->site->hello, capability))
        return;
    run->needs = text_format("%s", capability);
    conclude(run, "unsupported", DIRECTION_NONE,
             text_format("the adapter does not claim '%s'", capability));
}

static void check_capabilities(struct run *run)
{
    const json_t *capabilities = json_object_get(run->case_, "capabilities");
    const json_t *steps = json_object_get(run->case_, "steps");
    const json_t *own = json_object_get(run->case_, "adapter");

    for (size_t i = 0; i < json_array_size(capabilities); i++)
        require(run, json_string_value(json_array_get(capabilities, i)));
    if (json_object_get(own, "close"))
        require(run, "fd-moves");
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *replacement = json_object_get(json_array_get(steps, i), "adapter");
        if (json_object_get(replacement, "close"))
            require(run, "fd-moves");
    }
}

/* ---- The result --------------------------------------------------------------- */

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *list_or_empty(json_t *list)
{
    return list ? json_incref(list) : json_array();
}

static json_t *result_of(const struct run *run, uint64_t started)
{
    static const char *const copied[] = {"id", "title", "harm", "clauses", "level", "profile"};
    const char *outcome = run->outcome ? run->outcome : "pass";
    bool not_asked = !strcmp(outcome, "not-established") || !strcmp(outcome, "unsupported");
    bool failed = run->outcome && !not_asked;
    json_t *result = json_object();

    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        json_t *value = json_object_get(run->case_, copied[i]);
        json_object_set(result, copied[i], value ? value : json_null());
    }
    json_object_set_new(result, "outcome", json_string(outcome));
    json_object_set_new(result, "direction", text_or_null(direction_name(run->direction)));
    json_object_set_new(result, "message", text_or_null(failed ? run->message : NULL));
    json_object_set_new(result, "situation", list_or_empty(run->situation));
    json_object_set_new(result, "questions", list_or_empty(run->questions));
    json_object_set_new(result, "audit",
                        run->before && run->after
                            ? json_pack("{s:O, s:O}", "before", run->before, "after", run->after)
                            : json_null());
    json_object_set_new(
        result, "stderr",
        text_or_null(failed && run->complaint && *run->complaint ? run->complaint : NULL));
    json_object_set_new(result, "why", text_or_null(not_asked ? run->message : NULL));
    json_object_set_new(result, "needs", text_or_null(not_asked ? run->needs : NULL));
    json_object_set_new(result, "defect", text_or_null(run->defect));
    json_object_set_new(result, "duration_ms", json_real((double)(uv_hrtime() - started) / 1e6));
    return result;
}

/* A failure goes before a run that could not be established, and that before a pass. */
static int weight(const struct run *run)
{
    if (!run->outcome)
        return 0;
    return !strcmp(run->outcome, "not-established") || !strcmp(run->outcome, "unsupported") ? 1 : 2;
}

/* Runs the case once for each value; what is kept is the first run that weighs most. */
static struct run sweep(const struct run *start)
{
    const char *name = NULL;
    json_t *values = NULL;
    json_t *none = json_pack("[n]");
    struct run kept = *start;
    bool any = false;

    /* The schema allows one name. */
    json_object_foreach(json_object_get(start->case_, "sweep"), name, values) break;
    for (size_t i = 0; i < json_array_size(values ? values : none); i++) {
        struct run run = *start;
        json_t *scope = json_object();
        if (values)
            json_object_set(scope, name, json_array_get(values, i));
        run_once(&run, scope);
        json_decref(scope);
        if (values && weight(&run) == 2) {
            char *value = json_dumps(json_array_get(values, i), JSON_ENCODE_ANY | JSON_COMPACT);
            char *message = text_format("with %s = %.80s: %s", name, value, run.message);
            free(value);
            free(run.message);
            run.message = message;
        }
        if (any && weight(&run) <= weight(&kept) && weight(&kept) > 0) {
            run_clear(&run);
        } else {
            if (any)
                run_clear(&kept);
            kept = run;
            any = true;
        }
        if (weight(&kept) == 2 || !start->site->launcher)
            break;
    }
    json_decref(none);
    return kept;
}

json_t *run_case(struct site *site, const json_t *case_, const char *profile)
{
    uint64_t started = uv_hrtime();
    struct run run = {.site = site, .case_ = case_, .profile = profile};

    check_needs(&run);
    check_capabilities(&run);
    if (!run.outcome)
        run = sweep(&run);
    json_t *result = result_of(&run, started);
    run_clear(&run);
    return result;
}
