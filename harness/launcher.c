/* The launcher as the engine sees it, see launcher.h. */
#include "launcher.h"

#include "refs.h"
#include "text.h"

#include <stdlib.h>

/* A net: a thousand processes in a row or a gigabyte to hash are among the operations. */
#define OPERATION_TIMEOUT_S 120

void launched_clear(struct launched *launched)
{
    json_decref(launched->facts);
    json_decref(launched->witness);
    free(launched->why);
    free(launched->needs);
    *launched = (struct launched){0};
}

struct peer *launcher_start(uv_loop_t *loop, const struct worker_options *options,
                            const char *scratch, char **message_ret)
{
    char *program = text_format("%s/launcher", options->fixtures);
    char *programs = options->windows ? text_format("%s", options->windows)
                                      : text_format("%s/programs", options->fixtures);
    char *args[] = {(char *)options->python,
                    program,
                    "serve",
                    "--programs",
                    programs,
                    "--scratch",
                    (char *)scratch,
                    options->windows   ? "--windows"
                    : options->as_unix ? "--unix"
                                       : NULL,
                    NULL};
    struct peer *peer = NULL;

    if (!peer_start(loop, &(struct peer_options){.args = args}, &peer, message_ret))
        peer = NULL;
    free(programs);
    free(program);
    return peer;
}

static char *member_text(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text ? text_format("%s", text) : NULL;
}

static enum launcher_status understand(json_t *reply, struct launched *launched)
{
    json_t *refusal = json_object_get(reply, "not_established");
    json_t *facts = json_object_get(reply, "facts");

    launched->witness = json_incref(json_object_get(reply, "witness"));
    if (json_is_object(facts)) {
        launched->facts = json_incref(facts);
        return LAUNCHER_DONE;
    }
    if (refusal) {
        launched->why = member_text(refusal, "why");
        launched->needs = member_text(refusal, "needs");
        if (!launched->why)
            launched->why = text_format("the launcher does not say why");
        return LAUNCHER_NOT_ESTABLISHED;
    }
    launched->why = member_text(reply, "error");
    if (!launched->why)
        launched->why = text_format("the launcher answered neither facts nor why not");
    return LAUNCHER_DEFECT;
}

enum launcher_status launcher_do(struct peer *launcher, const char *operation,
                                 const json_t *arguments, struct launched *launched_ret)
{
    json_t *request = arguments ? json_copy((json_t *)arguments) : json_object();
    json_t *reply = NULL;
    char *message = NULL;

    *launched_ret = (struct launched){0};
    json_object_set_new(request, "op", json_string(operation));
    char *line = refs_dump(request);
    json_decref(request);
    enum peer_status status = peer_ask(launcher, line, OPERATION_TIMEOUT_S, &reply, &message);
    free(line);
    if (status == PEER_OK) {
        enum launcher_status done = understand(reply, launched_ret);
        json_decref(reply);
        return done;
    }
    char *complaint = peer_take_stderr(launcher);
    launched_ret->why = text_format("launcher, %s: %s%s%s", operation, message,
                                    *complaint ? "; on stderr: " : "", complaint);
    free(complaint);
    free(message);
    return peer_end_signal(launcher) ? LAUNCHER_KILLED : LAUNCHER_DEFECT;
}

bool launcher_daemon(struct peer *launcher, json_int_t size, json_t **facts_ret, char **message_ret)
{
    const struct {
        const char *operation;
        json_t *arguments;
    } operations[] = {
        {"begin", json_pack("{s:s}", "case", "one daemon")},
        {"program", size ? json_pack("{s:s, s:I}", "as", "file", "size", size)
                         : json_pack("{s:s}", "as", "file")},
        {"spawn", json_pack("{s:s, s:s}", "as", "d", "program", "file")},
    };
    enum { OPERATIONS = sizeof operations / sizeof *operations };
    json_t *facts = NULL;
    bool done = true;

    for (size_t i = 0; i < OPERATIONS; i++) {
        struct launched launched = {0};
        if (done && launcher_do(launcher, operations[i].operation, operations[i].arguments,
                                &launched) != LAUNCHER_DONE) {
            done = false;
            *message_ret = text_format("%s", launched.why);
        }
        json_decref(facts);
        facts = json_incref(launched.facts);
        launched_clear(&launched);
        json_decref(operations[i].arguments);
    }
    if (done)
        *facts_ret = facts;
    else
        json_decref(facts);
    return done;
}
