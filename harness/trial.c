/* One run of one case, see trial.h. */
#include "trial.h"

#include "judge.h"
#include "refs.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* ---- The launcher ------------------------------------------------------------- */

static void add_witness(struct trial *trial, const char *operation, const json_t *arguments,
                        const json_t *witness)
{
    for (size_t i = 0; i < json_array_size(witness); i++) {
        json_t *seen = json_deep_copy(json_array_get(witness, i));
        json_t *as = json_object_get(arguments, "as");
        json_object_set_new(seen, "op", json_string(operation));
        json_object_set(seen, "as", as ? as : json_null());
        json_array_append_new(trial->situation, seen);
    }
}

/* The facts, the caller's; NULL where there are none: then the outcome is set. */
static json_t *operate(struct trial *trial, const char *operation, const json_t *arguments)
{
    struct launched launched = {0};
    json_t *facts = NULL;

    if (!trial->site->launcher)
        return NULL;
    enum launcher_status status =
        launcher_do(trial->site->launcher, operation, arguments, &launched);
    add_witness(trial, operation, arguments, launched.witness);
    switch (status) {
    case LAUNCHER_DONE:
        facts = json_incref(launched.facts);
        break;
    case LAUNCHER_NOT_ESTABLISHED:
        case_outcome_lacks(&trial->outcome, "not-established", launched.needs, launched.why);
        launched.needs = launched.why = NULL;
        break;
    case LAUNCHER_DEFECT:
        case_outcome_defect(&trial->outcome, text_format("%s", launched.why));
        break;
    case LAUNCHER_KILLED:
        case_outcome_set(&trial->outcome, "fail", DIRECTION_HARM,
                         text_format("the launcher, a bystander, was killed: %s", launched.why));
        peer_end(trial->site->launcher, 0);
        trial->site->launcher = NULL;
        break;
    }
    launched_clear(&launched);
    return facts;
}

/* ---- The adapter -------------------------------------------------------------- */

static bool ensure_adapter(struct trial *trial)
{
    struct site *site = trial->site;
    struct trouble trouble = {0};

    if (trial->adapter)
        return true;
    if (!trial->how && site->adapter) {
        trial->adapter = site->adapter;
    } else if (!adapter_start(&site->loop, site->options, trial->how, &trial->adapter, &trouble)) {
        case_outcome_trouble(&trial->outcome, &trouble);
        return false;
    }
    if (!trial->how)
        site->adapter = trial->adapter;
    json_object_set(trial->scope, "adapter", (json_t *)adapter_facts(trial->adapter));
    trial->before = adapter_look(trial->adapter, &site->bystander);
    return true;
}

/* Whether something was left to do that failed; the trouble is the case's then. */
static void ask_plainly(struct trial *trial, const char *method, json_t *params)
{
    struct trouble trouble = {0};
    json_t *result = NULL;

    if (!adapter_usable(trial->adapter) ||
        adapter_ask(trial->adapter, method, params, trial->site->options->timeout_s, &result,
                    &trouble))
        json_decref(result);
    else
        case_outcome_trouble(&trial->outcome, &trouble);
    json_decref(params);
}

/* Closes what the case left open, looks at what is left then, and lets the adapter go. */
static void leave_adapter(struct trial *trial)
{
    size_t i;
    json_t *number;

    if (!trial->adapter)
        return;
    json_array_foreach(trial->watches, i, number)
        ask_plainly(trial, "watch_close", json_pack("{s:O}", "watch", number));
    json_array_foreach(trial->handles, i, number)
        ask_plainly(trial, "close", json_pack("{s:O}", "handle", number));
    ask_plainly(trial, "noop", NULL);
    json_array_clear(trial->watches);
    json_array_clear(trial->handles);

    json_decref(trial->after);
    trial->after = adapter_look(trial->adapter, &trial->site->bystander);
    struct judgement judgement = judge_audit(trial->before, trial->after);
    case_outcome_judgement(&trial->outcome, &judgement);

    free(trial->complaint);
    trial->complaint = adapter_take_stderr(trial->adapter);
    if (trial->how || !adapter_usable(trial->adapter)) {
        if (trial->site->adapter == trial->adapter)
            trial->site->adapter = NULL;
        adapter_end(trial->adapter);
    }
    trial->adapter = NULL;
}

static void replace_adapter(struct trial *trial, json_t *how)
{
    leave_adapter(trial);
    json_decref(trial->how);
    trial->how = json_incref(how);
    json_decref(trial->before);
    trial->before = NULL;
    if (!trial->outcome.name)
        ensure_adapter(trial);
}

/* ---- Steps -------------------------------------------------------------------- */

static json_t *without(const json_t *object, const char *member)
{
    json_t *copy = json_copy((json_t *)object);
    json_object_del(copy, member);
    return copy;
}

static void remember(struct trial *trial, const json_t *step, json_t *facts)
{
    const char *as = json_string_value(json_object_get(step, "as"));
    if (as)
        json_object_set(trial->scope, as, facts);
}

static void do_step(struct trial *trial, const json_t *step)
{
    json_t *arguments = without(step, "do");
    json_t *facts = operate(trial, json_string_value(json_object_get(step, "do")), arguments);

    if (facts)
        remember(trial, step, facts);
    json_decref(facts);
    json_decref(arguments);
}

static json_t *add_question(struct trial *trial, const char *kind, const json_t *step)
{
    json_t *question = json_object();
    json_object_set(question, kind, json_object_get(step, kind));
    json_object_set(question, "allow", json_object_get(step, "allow"));
    json_object_set_new(question, "right", json_false());
    json_array_append_new(trial->questions, question);
    return question;
}

static void expect_step(struct trial *trial, const json_t *step)
{
    json_t *arguments = json_copy((json_t *)step);
    json_t *question = add_question(trial, "expect", step);

    json_object_del(arguments, "expect");
    json_object_del(arguments, "allow");
    json_object_del(arguments, "otherwise");
    json_object_set(question, "params", arguments);
    json_t *facts = operate(trial, json_string_value(json_object_get(step, "expect")), arguments);
    if (facts) {
        struct judgement judgement = judge_expectation(step, facts);
        json_object_set(question, "answer", facts);
        json_object_set_new(question, "right", json_boolean(judgement.direction == DIRECTION_NONE));
        case_outcome_judgement(&trial->outcome, &judgement);
        remember(trial, step, facts);
    }
    json_decref(facts);
    json_decref(arguments);
}

/* What was accepted or refused can be referred to directly, as `${v.handle}`. */
static void remember_answer(struct trial *trial, const json_t *step, const json_t *result)
{
    json_t *facts = json_copy((json_t *)result);

    json_object_update(facts, json_object_get(result, "accepted"));
    json_object_update(facts, json_object_get(result, "refused"));
    remember(trial, step, facts);
    json_decref(facts);
}

static void drop_number(json_t *numbers, const json_t *number)
{
    for (size_t i = json_array_size(numbers); i-- > 0;) {
        if (json_equal(json_array_get(numbers, i), number))
            json_array_remove(numbers, i);
    }
}

static void track_handles(struct trial *trial, const char *method, const json_t *params,
                          const json_t *result)
{
    json_t *handle = json_object_get(json_object_get(result, "accepted"), "handle");
    json_t *watch = json_object_get(result, "watch");

    if (handle)
        json_array_append(trial->handles, handle);
    if (watch)
        json_array_append(trial->watches, watch);
    if (!strcmp(method, "close"))
        drop_number(trial->handles, json_object_get(params, "handle"));
    if (!strcmp(method, "watch_close"))
        drop_number(trial->watches, json_object_get(params, "watch"));
}

/* An adapter that does not claim `instance` is not sent one. */
static json_t *params_for(const struct trial *trial, const json_t *step)
{
    json_t *params = json_deep_copy(json_object_get(step, "params"));

    if (!params)
        return json_object();
    if (!adapter_claims(adapter_hello(trial->adapter), "instance"))
        json_object_del(json_object_get(params, "record"), "instance");
    return params;
}

static double deadline_of(const struct trial *trial, const json_t *step)
{
    const json_t *own = json_object_get(step, "deadline_s");
    const json_t *general = json_object_get(trial->case_, "deadline_s");

    if (json_is_number(own))
        return json_number_value(own);
    return json_is_number(general) ? json_number_value(general) : trial->site->options->timeout_s;
}

static void ask_step(struct trial *trial, const json_t *step)
{
    const char *method = json_string_value(json_object_get(step, "ask"));
    struct trouble trouble = {0};
    json_t *result = NULL;

    if (!ensure_adapter(trial))
        return;
    json_t *params = params_for(trial, step);
    json_t *question = add_question(trial, "ask", step);
    json_object_set(question, "params", params);
    if (adapter_ask(trial->adapter, method, params, deadline_of(trial, step), &result, &trouble)) {
        struct judgement judgement = judge_answer(step, result);
        json_object_set(question, "answer", result);
        json_object_set_new(question, "right", json_boolean(judgement.direction == DIRECTION_NONE));
        case_outcome_judgement(&trial->outcome, &judgement);
        track_handles(trial, method, params, result);
        remember_answer(trial, step, result);
    } else {
        case_outcome_trouble(&trial->outcome, &trouble);
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

static void run_step(struct trial *trial, const json_t *raw)
{
    const char *profile = json_string_value(json_object_get(raw, "profile"));
    char *message = NULL;

    if (profile && !strcmp(profile, "hardened") && !strcmp(trial->profile, "core"))
        return;
    if (mentions_adapter(raw) && !ensure_adapter(trial))
        return;
    json_t *step = refs_resolve(raw, trial->scope, &message);
    if (!step) {
        case_outcome_defect(&trial->outcome, message);
        return;
    }
    if (json_object_get(step, "do"))
        do_step(trial, step);
    else if (json_object_get(step, "ask"))
        ask_step(trial, step);
    else if (json_object_get(step, "expect"))
        expect_step(trial, step);
    else
        replace_adapter(trial, json_object_get(step, "adapter"));
    json_decref(step);
}

/* ---- Whole ------------------------------------------------------------------ */

static bool begin(struct trial *trial)
{
    json_t *arguments = json_pack("{s:O}", "case", json_object_get(trial->case_, "id"));
    json_t *facts = operate(trial, "begin", arguments);
    char *message = NULL;

    json_decref(arguments);
    if (!facts)
        return false;
    json_object_set(trial->scope, "case", facts);
    json_object_set(trial->scope, "host", facts);
    json_decref(facts);

    const json_t *how = json_object_get(trial->case_, "adapter");
    trial->how = how ? refs_resolve(how, trial->scope, &message) : NULL;
    if (how && !trial->how)
        case_outcome_defect(&trial->outcome, message);
    return !how || trial->how;
}

static void end(struct trial *trial)
{
    leave_adapter(trial);
    json_t *facts = operate(trial, "end", NULL);
    json_t *stray = json_object_get(facts, "stray");

    if (stray) {
        json_t *nothing = json_pack("{s:[]}", "stray");
        json_t *seen = json_pack("{s:O}", "stray", stray);
        struct judgement judgement = judge_audit(nothing, seen);
        case_outcome_judgement(&trial->outcome, &judgement);
        if (trial->after)
            json_object_set(trial->after, "stray", stray);
        json_decref(seen);
        json_decref(nothing);
    }
    json_decref(facts);
}

void trial_run(struct trial *trial, const json_t *values)
{
    const json_t *steps = json_object_get(trial->case_, "steps");

    trial->scope = values ? json_deep_copy(values) : json_object();
    trial->situation = json_array();
    trial->questions = json_array();
    trial->handles = json_array();
    trial->watches = json_array();
    if (begin(trial)) {
        for (size_t i = 0; i < json_array_size(steps) && !trial->outcome.name; i++)
            run_step(trial, json_array_get(steps, i));
    }
    end(trial);
}

void trial_clear(struct trial *trial)
{
    json_decref(trial->scope);
    json_decref(trial->situation);
    json_decref(trial->questions);
    json_decref(trial->how);
    json_decref(trial->handles);
    json_decref(trial->watches);
    json_decref(trial->before);
    json_decref(trial->after);
    free(trial->complaint);
    case_outcome_clear(&trial->outcome);
}
