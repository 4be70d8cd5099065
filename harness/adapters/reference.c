/*
 * The reference adapter: PROTOCOL.md over the reference library, every capability.
 * One request a line on standard input, one reply a line on standard output.
 *
 * This file is the loop and the table of methods. The methods are in
 * reference_methods.c, reference_watch.c and reference_bench.c, the JSON forms in
 * reference_json.c.
 */
#include "reference.h"
#include "reference_json.h"
#include "reference_system.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1 << 20 };

/* The error codes of JSON-RPC 2.0 that an adapter needs. */
enum {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
    RPC_INTERNAL_ERROR = -32603,
};

static const struct {
    const char *name;
    method *answer;
} methods[] = {
    {"hello", hello},
    {"noop", noop},
    {"boot_id", boot_id},
    {"sha256_file", sha256_file},
    {"capture", capture},
    {"verify", verify},
    {"handle_pid", handle_pid},
    {"is_alive", is_alive},
    {"process_is_alive", process_is_alive},
    {"wait", wait_for_exit},
    {"terminate", terminate},
    {"force_kill", force_kill},
    {"terminate_handle", terminate_handle},
    {"force_kill_handle", force_kill_handle},
    {"watch", watch_handles},
    {"watch_gone", watch_gone},
    {"watch_close", watch_close},
    {"close", close_handle},
    {"bench", bench},
};

static method *find_method(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (strcmp(methods[i].name, name) == 0)
            return methods[i].answer;
    return NULL;
}

/*
 * A line as JSON; NULL where it is none. Three kinds of line are not what they seem, and
 * are still answered under the id that they came with [REC-4]: one that says a thing
 * twice, which `*flaw` then says; one with an integer that no integer type holds, whose
 * numbers all become reals, which nothing takes for a process number; and one with a
 * number that not even a real holds, which is made smaller.
 */
static json_t *decode(char *line, const char **flaw)
{
    static const struct {
        size_t flags;
        const char *flaw;
    } attempts[] = {
        {JSON_REJECT_DUPLICATES, NULL},
        {JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL},
        {JSON_DECODE_INT_AS_REAL, "has a member that stands twice"},
    };
    json_t *request = NULL;

    do
        for (size_t i = 0; request == NULL && i < sizeof attempts / sizeof attempts[0]; i++) {
            request = json_loads(line, attempts[i].flags | JSON_ALLOW_NUL, NULL);
            *flaw = attempts[i].flaw;
        }
    while (request == NULL && json_clip_numbers(line));
    return request;
}

static json_t *rpc_error(int code, const char *message)
{
    return json_pack("{s:{s:i, s:s}}", "error", "code", code, "message", message);
}

/* The reply to one request, without its id: {"result": …} or {"error": …}. */
static json_t *answer(const json_t *request, const char *flaw)
{
    const char *name = json_string_value(json_object_get(request, "method"));
    const char *wrong = NULL;
    json_t *result;

    if (request == NULL)
        return rpc_error(RPC_PARSE_ERROR, "the line is not JSON");
    if (name == NULL)
        return rpc_error(RPC_INVALID_REQUEST, "the request names no method");
    method *method = find_method(name);
    if (method == NULL)
        return rpc_error(RPC_METHOD_NOT_FOUND, "no such method");
    if (flaw != NULL && method != verify)
        return rpc_error(RPC_INVALID_PARAMS, flaw);

    result = flaw != NULL ? json_refused_input(PIDPROOF_INVALID_RECORD, NULL, flaw)
                          : method(json_object_get(request, "params"), &wrong);
    if (wrong != NULL)
        return rpc_error(RPC_INVALID_PARAMS, wrong);
    return result == NULL ? rpc_error(RPC_INTERNAL_ERROR, "out of memory")
                          : json_pack("{s:o}", "result", result);
}

/* Writes one line; false where nobody reads any more. */
static bool reply(FILE *out, const json_t *request, const char *flaw)
{
    json_t *line = answer(request, flaw);
    json_t *id = json_object_get(request, "id");

    if (json_is_real(id)) /* the integer it was, see decode() */
        json_object_set_new(line, "id", json_integer((json_int_t)json_real_value(id)));
    else
        json_object_set_new(line, "id", id == NULL ? json_null() : json_incref(id));
    json_object_set_new(line, "jsonrpc", json_string("2.0"));
    bool written =
        json_dumpf(line, out, JSON_COMPACT) == 0 && putc('\n', out) != EOF && fflush(out) == 0;
    json_decref(line);
    return written;
}

/*
 * The stream that the environment names by its descriptor, else the standard one;
 * NULL where it names none. [capability fd-moves]
 */
static FILE *announced(const char *variable, FILE *standard, const char *mode)
{
    const char *text = getenv(variable);
    char *end;

    if (text == NULL)
        return standard;
    long number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || number < 0 || number > INT_MAX)
        return NULL;
    return system_stream((int)number, mode);
}

static bool serve(FILE *in, FILE *out)
{
    static char line[LINE_MAX_BYTES + 2]; /* and \n and NUL */
    bool replied = true;

    while (replied && fgets(line, sizeof line, in) != NULL) {
        const char *flaw;
        json_t *request = decode(line, &flaw);
        replied = reply(out, request, flaw);
        json_decref(request);
    }
    return replied;
}

int main(void)
{
    system_bytes();
    FILE *in = announced("PIDPROOF_IN_FD", stdin, "r");
    FILE *out = announced("PIDPROOF_OUT_FD", stdout, "w");
    pidproof_error error = {0};

    if (in == NULL || out == NULL) {
        fputs("reference: PIDPROOF_IN_FD or PIDPROOF_OUT_FD names no open descriptor\n", stderr);
        return EXIT_FAILURE;
    }
    if (pidproof_verifier_new(&verifier, &error) != PIDPROOF_OK) {
        char text[256];
        fprintf(stderr, "reference: no verifier: %s\n",
                pidproof_error_format(&error, text, sizeof text));
        pidproof_error_clear(&error);
        return EXIT_FAILURE;
    }
    bool served = serve(in, out);
    watches_close();
    for (size_t i = 0; i < handles.count; i++)
        pidproof_handle_close(handles.things[i]);
    free(handles.things);
    pidproof_verifier_free(verifier);
    return served ? EXIT_SUCCESS : EXIT_FAILURE;
}
