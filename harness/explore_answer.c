/* What is asked beside the question, and what is wrong with the answers: see explore_answer.h. */
#include "explore_answer.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

/* ---- Asking ------------------------------------------------------------- */

void run_conclude(struct run *run, const char *wrong, const char *clause, char *why)
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
        run_conclude(run, direction_name(opinion.direction), opinion.clause, opinion.why);
    else
        opinion_clear(&opinion);
}

/* The adapter or the host failed where no failure was meant to be. */
void run_give_up(struct run *run, enum lab_trouble trouble)
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
    run_conclude(run, wrong[trouble], "ATOM-4", message);
}

/* A question beside the one that is explored. NULL: it failed, and that was concluded. */
static json_t *ask(struct run *run, const char *method, json_t *params)
{
    json_t *result = NULL;
    enum lab_trouble trouble = lab_ask(run->lab, method, params, NULL, NULL, NULL, &result);
    if (trouble)
        run_give_up(run, trouble);
    return result;
}

void run_forget(struct run *run, const char *method, const char *name, json_int_t *number)
{
    if (*number)
        json_decref(ask(run, method, json_pack("{s:I}", name, *number)));
    *number = 0;
}

static json_int_t accepted_handle(const json_t *result)
{
    return json_integer_value(json_object_get(json_object_get(result, "accepted"), "handle"));
}

json_t *run_parameters(const struct run *run)
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
void run_prepare(struct run *run)
{
    const struct question *question = run->experiment->question;
    if (question->about != ABOUT_HANDLE && question->about != ABOUT_WATCH)
        return;
    json_t *result = ask(run, "verify", json_pack("{s:O}", "record", lab_record(run->lab)));
    run->handle = accepted_handle(result);
    if (result && !run->handle) {
        char *answer = json_dumps(result, JSON_COMPACT);
        run_conclude(run, "false-refuse", "LIVE-1",
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
            run_give_up(run, trouble);
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
static bool liveness_in(const json_t *result, bool *alive_ret)
{
    const json_t *alive = json_object_get(result, "alive"),
                 *exited = json_object_get(result, "exited");
    const json_t *gone = json_object_get(result, "gone");
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
    if (result && liveness_in(result, &alive)) {
        if (reported_before && alive)
            alive = false; /* a watch reports an exit once */
        else if (reported_before)
            run_conclude(run, "wrong-reason", "WATCH-1",
                         text_format("the same exit was reported twice"));
        apply(run, judge_liveness(&now, process, alive, NULL));
    }
    json_decref(result);
}

static void judge_living(struct run *run, const json_t *result)
{
    const struct question *question = run->experiment->question;
    unsigned process = question->about == ABOUT_NUMBER ? 0 : 1;
    bool alive = true, told = liveness_in(result, &alive);
    if (told)
        apply(run, judge_liveness(&run->verdict->reached, process, alive, failure_of(run)));
    else if (!failure_of(run))
        run_conclude(run, "false-refuse", "LIVE-1",
                     text_format("no call failed, and it could not say whether the process lives"));
    bool reported = question->about == ABOUT_WATCH && told && !alive;
    ask_again(run, question->method, run_parameters(run), process, reported);
}

static void judge_watching(struct run *run, const json_t *result)
{
    run->watch = json_integer_value(json_object_get(result, "watch"));
    if (run->watch)
        ask_again(run, "watch_gone", json_pack("{s:I}", "watch", run->watch), 1, false);
    else if (!failure_of(run))
        run_conclude(run, "false-refuse", "WATCH-1",
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
            run_conclude(run, "false-accept", "SIG-1",
                         text_format("it says sent; nothing arrived"));
    } else if (!sent || (by_handle && now->holder != 1)) {
        trouble = lab_untouched(run->lab, &facts);
        if (!trouble && (json_array_size(json_object_get(facts, "signals")) > 0 ||
                         json_is_false(json_object_get(facts, "alive"))))
            run_conclude(
                run, "harm", by_handle ? "SIG-6" : "SIG-4",
                text_format(sent ? "the signal reached another process than that of the handle"
                                 : "it says that nothing was sent; the process was signalled"));
    }
    json_decref(facts);
    if (trouble)
        run_give_up(run, trouble);
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

void run_judge(struct run *run, const json_t *result)
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
void run_ask_once_more(struct run *run)
{
    struct failure failure = run->failure;
    bool made = run->fault_made;
    run->fault_made = false;
    json_t *result = ask(run, run->experiment->question->method, run_parameters(run));
    if (result) {
        run_judge(run, result);
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
