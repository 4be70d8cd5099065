/* One running adapter and its canary, see adapter.h. */
#include "adapter.h"

#include "audit.h"
#include "confine.h"
#include "native.h"
#include "refs.h"
#include "shape.h"
#include "text.h"
#include "vocabulary.h"

#include <stdlib.h>
#include <string.h>

#define CANARY_TIMEOUT_S 20 /* a net: one that is dead has closed its pipe */
#define METHOD_NOT_FOUND (-32601)

struct adapter {
    struct peer *peer;
    struct canary canary;
    json_t *hello;
    json_t *facts;
    int pid;
    int child; /* that it was given, and whose end is nobody's leak; 0: none */
    json_int_t last_id;
    bool broken; /* a trouble left the two ends out of step */
};

void trouble_clear(struct trouble *trouble)
{
    free(trouble->message);
    free(trouble->needs);
    *trouble = (struct trouble){0};
}

/* Takes `message` and `needs`. */
static bool troubled(struct trouble *trouble, const char *outcome, char *needs, char *message)
{
    trouble_clear(trouble);
    *trouble = (struct trouble){.outcome = outcome, .message = message, .needs = needs};
    return false;
}

/* ---- Questions -------------------------------------------------------------- */

static bool no_reply(struct adapter *adapter, const char *method, enum peer_status status,
                     char *why, struct trouble *trouble)
{
    const char *how = peer_how_it_ended(adapter->peer);
    bool ended_well = how && !strcmp(how, "exit status 0");
    const char *outcome = status == PEER_TIMEOUT                 ? "timeout"
                          : status == PEER_EXITED && !ended_well ? "crash"
                                                                 : "protocol";

    adapter->broken = true;
    char *message = text_format("%s: %s", method, why);
    free(why);
    return troubled(trouble, outcome, NULL, message);
}

static char *spelled(const json_t *value)
{
    char *whole = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);
    char *cut = text_format("%.200s", whole ? whole : "nothing");
    free(whole);
    return cut;
}

/* A JSON-RPC error is never a verdict. */
static bool got_error(struct adapter *adapter, const char *method, const json_t *error,
                      struct trouble *trouble)
{
    const struct word *word = word_find(ask_words, method);
    const char *capability = word ? word->capability : NULL;
    json_int_t code = json_integer_value(json_object_get(error, "code"));

    if (code == METHOD_NOT_FOUND && capability && adapter_claims(adapter->hello, capability))
        return troubled(trouble, "fail", NULL,
                        text_format("%s: claims the capability '%s' and does not have the method",
                                    method, capability));
    if (code == METHOD_NOT_FOUND && (capability || !word))
        return troubled(trouble, "unsupported", capability ? text_format("%s", capability) : NULL,
                        text_format("%s: not there, and not claimed", method));
    char *came = spelled(error);
    char *message =
        text_format("%s: the adapter broke: %s (a refusal is a \"result\")", method, came);
    free(came);
    return troubled(trouble, "protocol", NULL, message);
}

static bool understand(struct adapter *adapter, const char *method, const json_t *reply,
                       json_t **result_ret, struct trouble *trouble)
{
    json_t *id = json_object_get(reply, "id");
    json_t *result = json_object_get(reply, "result");
    const json_t *error = json_object_get(reply, "error");
    const char *version = json_string_value(json_object_get(reply, "jsonrpc"));
    char *came = spelled(reply);
    char *wrong = NULL;

    if (!json_is_integer(id) || json_integer_value(id) != adapter->last_id)
        wrong =
            text_format("expected \"id\" to be %lld, came %s", (long long)adapter->last_id, came);
    else if (!version || strcmp(version, "2.0") != 0)
        wrong = text_format("expected \"jsonrpc\" to be \"2.0\", came %s", came);
    else if (!result == !error)
        wrong = text_format("expected \"result\" or \"error\", came %s", came);
    else if (error && !json_is_integer(json_object_get(error, "code")))
        wrong = text_format("expected \"error\" to have an integer \"code\", came %s", came);
    free(came);
    if (wrong)
        adapter->broken = true;
    else if (error)
        return got_error(adapter, method, error, trouble);
    else
        wrong = shape_wrong(method, result);
    if (wrong) {
        char *message = text_format("%s: %s", method, wrong);
        free(wrong);
        return troubled(trouble, "protocol", NULL, message);
    }
    *result_ret = json_incref(result);
    return true;
}

bool adapter_ask(struct adapter *adapter, const char *method, const json_t *params,
                 double timeout_s, json_t **result_ret, struct trouble *trouble)
{
    char *spelled_params = params ? refs_dump(params) : text_format("{}");
    char *line = text_format("{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"%s\",\"params\":%s}",
                             (long long)++adapter->last_id, method, spelled_params);
    json_t *reply = NULL;
    char *why = NULL;

    enum peer_status status = peer_ask(adapter->peer, line, timeout_s, &reply, &why);
    free(line);
    free(spelled_params);
    if (status != PEER_OK)
        return no_reply(adapter, method, status, why, trouble);
    bool understood = understand(adapter, method, reply, result_ret, trouble);
    json_decref(reply);
    return understood;
}

/* ---- Starting and ending ---------------------------------------------------- */

static bool greet(struct adapter *adapter, double timeout_s, struct trouble *trouble)
{
    json_t *params = json_pack("{s:i, s:s}", "protocol", 1, "suite", PIDPROOF_VERSION);
    json_t *nothing = NULL;

    bool greeted = adapter_ask(adapter, "hello", params, timeout_s, &adapter->hello, trouble);
    json_decref(params);
    if (!greeted)
        return false;
    json_int_t protocol = json_integer_value(json_object_get(adapter->hello, "protocol"));
    if (protocol != 1)
        return troubled(trouble, "protocol", NULL,
                        text_format("hello: it speaks protocol %lld, this suite speaks 1",
                                    (long long)protocol));
    if (!adapter_ask(adapter, "noop", NULL, timeout_s, &nothing, trouble))
        return false;
    json_decref(nothing);
    return true;
}

bool adapter_start(uv_loop_t *loop, const struct worker_options *options, const json_t *how,
                   struct adapter **adapter_ret, struct trouble *trouble)
{
    struct confined confined = {0};
    char *needs = NULL, *message = NULL;

    switch (confine_start(loop, options, how, &confined, &needs, &message)) {
    case CONFINE_LACKING:
        return troubled(trouble, "not-established", needs, message);
    case CONFINE_BROKEN:
        return troubled(trouble, "crash", NULL, message);
    case CONFINE_FAILED:
        return troubled(trouble, "host", NULL, message);
    case CONFINE_DONE:
        break;
    }
    struct adapter *adapter = calloc(1, sizeof *adapter);
    if (!adapter)
        abort();
    adapter->peer = confined.adapter;
    adapter->pid = confined.pid;
    adapter->child = confined.child_pid;
    adapter->canary = (struct canary){.peer = confined.canary, .pid = confined.canary_pid};

    bool started = greet(adapter, options->timeout_s, trouble);
    if (started && !confine_running(&confined, how, &message))
        started = troubled(trouble, "not-established", NULL, message);
    if (!started) {
        char *complaint = adapter_take_stderr(adapter);
        if (*complaint) {
            char *longer = text_format("%s. On stderr: %s", trouble->message, complaint);
            free(trouble->message);
            trouble->message = longer;
        }
        free(complaint);
        adapter_end(adapter);
        return false;
    }
    char *exe_path = audit_exe_path(adapter->pid);
    adapter->facts = json_pack("{s:i}", "pid", adapter->pid);
    if (adapter->child)
        json_object_set_new(adapter->facts, "child", json_integer(adapter->child));
    if (exe_path)
        json_object_set_new(adapter->facts, "exe_path", json_string(exe_path));
    free(exe_path);
    *adapter_ret = adapter;
    return true;
}

static bool canary_answers(struct canary *canary, json_t **signals_ret)
{
    json_t *reply = NULL;
    char *message = NULL;

    if (!canary->peer || canary->spent)
        return false;
    bool answered = peer_ask(canary->peer, "", CANARY_TIMEOUT_S, &reply, &message) == PEER_OK;
    free(message);
    if (answered)
        *signals_ret = json_incref(json_object_get(reply, "signals"));
    json_decref(reply);
    canary->spent = !answered;
    return answered;
}

/*
 * The group's number is nobody else's as long as one of its members lives: the adapter,
 * which the peer knows about, or else the canary, which says so itself.
 */
void adapter_end(struct adapter *adapter)
{
    json_t *signals = NULL;

    if (!adapter)
        return;
    int group = peer_pid(adapter->peer);
    peer_end(adapter->peer, adapter->broken ? 0 : 1);
    if (canary_answers(&adapter->canary, &signals))
        native_kill(group);
    json_decref(signals);
    peer_end(adapter->canary.peer, 0);
    json_decref(adapter->hello);
    json_decref(adapter->facts);
    free(adapter);
}

/* ---- Looking ----------------------------------------------------------------- */

const json_t *adapter_hello(const struct adapter *adapter)
{
    return adapter->hello;
}

bool adapter_claims(const json_t *hello, const char *capability)
{
    const json_t *claimed = json_object_get(hello, "capabilities");

    for (size_t i = 0; i < json_array_size(claimed); i++) {
        if (!strcmp(json_string_value(json_array_get(claimed, i)), capability))
            return true;
    }
    return false;
}

const json_t *adapter_facts(const struct adapter *adapter)
{
    return adapter->facts;
}

bool adapter_usable(const struct adapter *adapter)
{
    return !adapter->broken && !adapter->canary.spent;
}

char *adapter_take_stderr(struct adapter *adapter)
{
    return peer_take_stderr(adapter->peer);
}

int adapter_child(const struct adapter *adapter)
{
    return peer_pid(adapter->peer);
}

/* SIGSTOP cannot be blocked: a canary that says nothing and is stopped got one. */
static void look_at_canary(json_t *canaries, struct canary *canary, const char *name)
{
    json_t *signals = NULL, *names = json_array();
    bool alive = true;

    if (!canary->peer) {
        json_decref(names);
        return;
    }
    if (canary_answers(canary, &signals)) {
        for (size_t i = 0; i < json_array_size(signals); i++)
            json_array_append(names, json_object_get(json_array_get(signals, i), "signal"));
    } else if (audit_stopped(canary->pid)) {
        json_array_append_new(names, json_string("SIGSTOP"));
    } else {
        alive = false;
    }
    json_decref(signals);
    json_array_append_new(
        canaries, json_pack("{s:s, s:b, s:o}", "name", name, "alive", alive, "signals", names));
}

json_t *adapter_look(struct adapter *adapter, struct canary *bystander)
{
    json_t *seen = adapter->broken ? json_object() : audit_look(adapter->pid, adapter->child);
    json_t *canaries = json_array();

    look_at_canary(canaries, &adapter->canary, "in the adapter's group");
    look_at_canary(canaries, bystander, "in another session");
    json_object_set_new(seen, "canaries", canaries);
    return seen;
}
