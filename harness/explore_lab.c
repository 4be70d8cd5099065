/* The explorer's laboratory, see explore_lab.h. */
#include "explore_lab.h"

#include "explore_operation.h"
#include "peer.h"
#include "shape.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define LAUNCHER_TIMEOUT_S 30.0 /* a net; an operation takes milliseconds */
#define LAUNCHER_GRACE_S 5.0

struct lab {
    struct lab_options options;
    char *confine; /* the program that takes the adapter's privileges */
    uv_loop_t loop;
    struct peer *launcher;
    struct tracer *tracer;
    json_t *hello;
    json_int_t next_id;
    char *message;

    /* the world */
    bool begun;
    struct situation situation;
    json_t *record;
    json_t *files[FILE_COUNT];
    char *directory;
};

const char *lab_message(const struct lab *lab)
{
    return lab->message ? lab->message : "";
}

/* Takes over `message`. */
static enum lab_trouble fail(struct lab *lab, enum lab_trouble trouble, char *message)
{
    free(lab->message);
    lab->message = message;
    return trouble;
}

/* ---- The launcher ------------------------------------------------------- */

/* Takes over `request`. The facts are a new reference; `facts_ret` may be NULL. */
static enum lab_trouble launch(struct lab *lab, json_t *request, json_t **facts_ret)
{
    json_t *reply = NULL;
    char *message = NULL;
    json_object_set_new(request, "id", json_integer(lab->next_id++));
    char *line = json_dumps(request, JSON_COMPACT);
    enum peer_status status = peer_ask(lab->launcher, line, LAUNCHER_TIMEOUT_S, &reply, &message);
    enum lab_trouble trouble = LAB_FINE;

    if (status != PEER_OK) {
        trouble = fail(lab, LAB_HOST, text_format("launcher: %s: %s", line, message));
    } else if (json_object_get(reply, "facts")) {
        if (facts_ret)
            *facts_ret = json_incref(json_object_get(reply, "facts"));
    } else if (json_object_get(reply, "not_established")) {
        json_t *why = json_object_get(json_object_get(reply, "not_established"), "why");
        trouble = fail(lab, LAB_NOT_ESTABLISHED, text_format("%s", json_string_value(why)));
    } else {
        const char *error = json_string_value(json_object_get(reply, "error"));
        trouble = fail(lab, LAB_HOST,
                       text_format("launcher: %s: %s", line, error ? error : "no facts came"));
    }
    json_decref(reply);
    json_decref(request);
    free(line);
    free(message);
    return trouble;
}

static enum lab_trouble make_file(struct lab *lab, enum file file)
{
    if (file == FILE_NONE || lab->files[file])
        return LAB_FINE;
    bool differs = file == FILE_OTHER || file == FILE_NEW_OTHER;
    return launch(lab,
                  json_pack("{s:s, s:s, s:s}", "op", "program", "as", operation_file_name(file),
                            "content", differs ? "other bytes" : "the recorded bytes"),
                  &lab->files[file]);
}

static enum lab_trouble make_files(struct lab *lab, const enum action *actions)
{
    enum lab_trouble trouble = LAB_FINE;
    for (size_t i = 0; i < ACTIONS_MAX && actions[i] && !trouble; i++)
        trouble = make_file(lab, action_file(actions[i]));
    return trouble;
}

/* A mount namespace of its own in which other bytes stand at the recorded path. */
static enum lab_trouble hide(struct lab *lab)
{
    char who[32];
    snprintf(who, sizeof who, "p%u", lab->situation.born);
    enum lab_trouble trouble =
        launch(lab, json_pack("{s:s, s:s}", "op", "remount_private", "who", who), NULL);
    if (!trouble)
        trouble = launch(lab,
                         json_pack("{s:s, s:s, s:s, s:s}", "op", "bind_in", "who", who, "source",
                                   operation_file_name(FILE_OTHER), "target", "recorded"),
                         NULL);
    return trouble;
}

enum lab_trouble lab_act(struct lab *lab, enum action action)
{
    enum lab_trouble trouble = make_file(lab, action_file(action));
    if (!trouble && action == EXEC_HIDDEN)
        trouble = hide(lab);
    json_t **facts = action == MOVE && !lab->files[FILE_MOVED] ? &lab->files[FILE_MOVED] : NULL;
    if (!trouble)
        trouble = launch(lab, operation_of(&lab->situation, action), facts);
    if (!trouble)
        situation_apply(&lab->situation, action);
    return trouble;
}

/* ---- Worlds ------------------------------------------------------------- */

/* What is recorded: the daemon's own facts, by the link, with the token of its instance. */
static enum lab_trouble write_record(struct lab *lab, const struct start *start, json_t *facts)
{
    enum lab_trouble trouble = LAB_FINE;
    lab->record = json_deep_copy(json_object_get(facts, "record"));
    if (start->by_link) {
        json_t *link = NULL;
        trouble = launch(
            lab, json_pack("{s:s, s:s, s:s}", "op", "symlink", "as", "link", "target", "recorded"),
            &link);
        if (!trouble)
            json_object_set(lab->record, "exe_path", json_object_get(link, "path"));
        json_decref(link);
    }
    if (!trouble && start->with_token) {
        json_t *captured = NULL;
        trouble = lab_ask(lab, "capture", json_pack("{s:I}", "pid", lab_number(lab)), NULL, NULL,
                          NULL, &captured);
        json_t *token = json_object_get(json_object_get(captured, "record"), "instance");
        if (!trouble && !token)
            trouble = fail(lab, LAB_NOT_ESTABLISHED,
                           text_format("the adapter's capture gave no instance token"));
        if (!trouble)
            json_object_set(lab->record, "instance", token);
        json_decref(captured);
    }
    return trouble;
}

enum lab_trouble lab_begin(struct lab *lab, const struct start *start,
                           const struct change *const *planned, size_t planned_count)
{
    json_t *facts = NULL;
    enum lab_trouble trouble =
        launch(lab, json_pack("{s:s, s:s}", "op", "begin", "case", "explore"), &facts);
    if (trouble)
        return trouble;
    lab->begun = true;
    lab->directory = strdup(json_string_value(json_object_get(facts, "dir")));
    json_decref(facts);
    facts = NULL;

    trouble = make_file(lab, FILE_RECORDED);
    if (!trouble)
        trouble = make_files(lab, start->actions);
    for (size_t i = 0; i < planned_count && !trouble; i++)
        trouble = make_files(lab, planned[i]->actions);
    if (!trouble)
        trouble = launch(
            lab, json_pack("{s:s, s:s, s:s}", "op", "spawn", "as", "p1", "program", "recorded"),
            &facts);
    if (!trouble)
        trouble = write_record(lab, start, facts);
    json_decref(facts);

    lab->situation = situation_first(start);
    for (size_t i = 0; i < ACTIONS_MAX && start->actions[i] && !trouble; i++)
        trouble = lab_act(lab, start->actions[i]);
    return trouble;
}

enum lab_trouble lab_end(struct lab *lab, json_t **stray_ret)
{
    json_t *facts = NULL;
    enum lab_trouble trouble = LAB_FINE;
    *stray_ret = NULL;
    if (lab->begun)
        trouble = launch(lab, json_pack("{s:s}", "op", "end"), &facts);
    if (facts)
        *stray_ret = json_incref(json_object_get(facts, "stray"));
    json_decref(facts);
    lab->begun = false;
    json_decref(lab->record);
    lab->record = NULL;
    for (size_t i = 0; i < sizeof lab->files / sizeof *lab->files; i++) {
        json_decref(lab->files[i]);
        lab->files[i] = NULL;
    }
    free(lab->directory);
    lab->directory = NULL;
    return trouble;
}

const struct situation *lab_situation(const struct lab *lab)
{
    return &lab->situation;
}

json_t *lab_record(const struct lab *lab)
{
    return lab->record;
}

json_int_t lab_number(const struct lab *lab)
{
    return json_integer_value(json_object_get(lab->record, "pid"));
}

const json_t *lab_file(const struct lab *lab, enum file file)
{
    return lab->files[file];
}

const char *lab_directory(const struct lab *lab)
{
    return lab->directory;
}

enum lab_trouble lab_await(struct lab *lab, int within_ms, json_t **facts_ret)
{
    char who[32];
    snprintf(who, sizeof who, "p%u", lab->situation.born);
    return launch(lab,
                  json_pack("{s:s, s:s, s:i}", "op", "await", "who", who, "within_ms", within_ms),
                  facts_ret);
}

enum lab_trouble lab_notice_death(struct lab *lab, int within_ms)
{
    json_t *facts = NULL;
    enum lab_trouble trouble = lab_await(lab, within_ms, &facts);
    if (!trouble && json_is_true(json_object_get(facts, "exited")))
        situation_apply(&lab->situation, KILL_UNREAPED);
    json_decref(facts);
    return trouble;
}

enum lab_trouble lab_untouched(struct lab *lab, json_t **facts_ret)
{
    char who[32];
    snprintf(who, sizeof who, "p%u", lab->situation.born);
    return launch(lab, json_pack("{s:s, s:s}", "op", "untouched", "who", who), facts_ret);
}

/* ---- The adapter -------------------------------------------------------- */

static enum lab_trouble adapter_gone(struct lab *lab, const char *line, enum tracer_status status)
{
    char *how = tracer_how_it_ended(lab->tracer);
    char *said = tracer_stderr(lab->tracer);
    enum lab_trouble trouble = status == TRACER_EXITED    ? LAB_CRASH
                               : status == TRACER_TIMEOUT ? LAB_TIMEOUT
                                                          : LAB_HOST;
    fail(lab, trouble,
         trouble == LAB_TIMEOUT
             ? text_format("no answer within %g s to %s", lab->options.timeout_s, line)
             : text_format("%s; it was asked %s%s%s", how, line, *said ? "; its stderr ends: " : "",
                           said));
    free(how);
    free(said);
    return trouble;
}

/* Checks a reply. The result is a new reference. */
static enum lab_trouble check_reply(struct lab *lab, const char *method, json_int_t id,
                                    const char *reply, json_t **result_ret)
{
    json_t *object = json_loads(reply, 0, NULL);
    json_t *result = json_object_get(object, "result"), *error = json_object_get(object, "error");
    enum lab_trouble trouble = LAB_FINE;

    if (!object) {
        trouble = fail(lab, LAB_PROTOCOL,
                       text_format("expected one JSON object on the line, got: %.200s", reply));
    } else if (json_integer_value(json_object_get(object, "id")) != id) {
        trouble = fail(lab, LAB_PROTOCOL,
                       text_format("expected id %lld, got: %.200s", (long long)id, reply));
    } else if (error) {
        trouble = fail(lab, LAB_ERROR, text_format("%.300s", reply));
    } else {
        char *wrong = shape_wrong(method, result);
        if (wrong)
            trouble = fail(lab, LAB_PROTOCOL, wrong);
        else
            *result_ret = json_incref(result);
    }
    json_decref(object);
    return trouble;
}

enum lab_trouble lab_ask(struct lab *lab, const char *method, json_t *params,
                         stop_function *at_stop, void *context, struct trace *trace_ret,
                         json_t **result_ret)
{
    json_int_t id = lab->next_id++;
    json_t *request = json_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "2.0", "id", id, "method",
                                method, "params", params);
    char *line = json_dumps(request, JSON_COMPACT), *reply = NULL;
    json_decref(request);
    *result_ret = NULL;

    enum tracer_status status =
        tracer_ask(lab->tracer, line, lab->options.timeout_s, at_stop, context, trace_ret, &reply);
    enum lab_trouble trouble = status == TRACER_OK ? check_reply(lab, method, id, reply, result_ret)
                                                   : adapter_gone(lab, line, status);
    free(reply);
    free(line);
    return trouble;
}

int lab_descriptors(struct lab *lab)
{
    json_t *result = NULL;
    enum lab_trouble trouble = lab_ask(lab, "noop", json_object(), NULL, NULL, NULL, &result);
    json_decref(result);
    return trouble ? -1 : tracer_descriptors(lab->tracer);
}

/* What is missing of the fixtures is not the adapter's fault. */
static bool can_be_executed(struct lab *lab, const char *path)
{
    enum { EXECUTABLE = 1 }; /* X_OK of POSIX */
    uv_fs_t request;
    int error = uv_fs_access(&lab->loop, &request, path, EXECUTABLE, NULL);
    uv_fs_req_cleanup(&request);
    if (error)
        fail(lab, LAB_HOST,
             text_format("cannot execute '%s': %s; say where launcher/ and programs/ are with "
                         "--fixtures DIR",
                         path, uv_strerror(error)));
    return !error;
}

static enum lab_trouble start_adapter(struct lab *lab)
{
    size_t count = 0;
    char *message = NULL;
    json_t *hello = NULL;
    if (!can_be_executed(lab, lab->confine))
        return LAB_HOST;
    while (lab->options.adapter[count])
        count++;
    char **arguments = calloc(count + 3, sizeof *arguments);
    if (!arguments)
        return fail(lab, LAB_HOST, text_format("no memory"));
    arguments[0] = lab->confine;
    arguments[1] = (char[]){"--"};
    memcpy(arguments + 2, lab->options.adapter, count * sizeof *arguments);
    bool started = tracer_start(arguments, &lab->tracer, &message);
    free(arguments);
    if (!started)
        return fail(lab, LAB_HOST, message);

    enum lab_trouble trouble =
        lab_ask(lab, "hello", json_pack("{s:i, s:s}", "protocol", 1, "suite", "1.0.0"), NULL, NULL,
                NULL, &hello);
    if (!trouble) {
        json_decref(lab->hello);
        lab->hello = hello;
    }
    return trouble;
}

enum lab_trouble lab_restart_adapter(struct lab *lab)
{
    tracer_end(lab->tracer);
    lab->tracer = NULL;
    return start_adapter(lab);
}

const json_t *lab_hello(const struct lab *lab)
{
    return lab->hello;
}

/* ---- All of it ---------------------------------------------------------- */

enum lab_trouble lab_open(const struct lab_options *options, struct lab **lab_ret,
                          char **message_ret)
{
    struct lab *lab = calloc(1, sizeof *lab);
    char *launcher = text_format("%s/launcher", options->fixtures);
    char *programs = text_format("%s/programs", options->fixtures);
    char *arguments[] = {(char *)options->python,  launcher, (char[]){"serve"},
                         (char[]){"--programs"},   programs, (char[]){"--scratch"},
                         (char *)options->scratch, NULL};
    enum lab_trouble trouble = LAB_HOST;

    if (!lab) {
        *message_ret = text_format("no memory");
        goto done;
    }
    lab->options = *options;
    lab->next_id = 1;
    lab->confine = text_format("%s/confine", programs);
    uv_loop_init(&lab->loop);
    if (peer_start(&lab->loop, &(struct peer_options){.args = arguments}, &lab->launcher,
                   message_ret))
        trouble = start_adapter(lab);
    else
        fail(lab, LAB_HOST, *message_ret);
    if (trouble) {
        *message_ret = text_format("%s", lab_message(lab));
        lab_close(lab);
    } else {
        *lab_ret = lab;
    }
done:
    free(launcher);
    free(programs);
    return trouble;
}

void lab_close(struct lab *lab)
{
    json_t *stray = NULL;
    if (!lab)
        return;
    tracer_end(lab->tracer);
    if (lab->launcher)
        lab_end(lab, &stray);
    json_decref(stray);
    peer_end(lab->launcher, LAUNCHER_GRACE_S);
    uv_loop_close(&lab->loop);
    json_decref(lab->hello);
    free(lab->confine);
    free(lab->message);
    free(lab);
}
