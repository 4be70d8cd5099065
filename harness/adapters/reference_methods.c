/*
 * The methods that look at processes and ask, signal or close handles.
 */
#include "reference.h"
#include "reference_json.h"

#include <stdlib.h>
#include <string.h>

pidproof_verifier *verifier;
struct table handles;

bool table_add(struct table *table, void *thing, json_int_t *number_ret)
{
    void **things = realloc(table->things, (table->count + 1) * sizeof *things);
    if (things == NULL)
        return false;
    things[table->count++] = thing;
    table->things = things;
    *number_ret = (json_int_t)table->count;
    return true;
}

void **table_find(const struct table *table, const json_t *number)
{
    json_int_t value = json_integer_value(number);
    if (value < 1 || (size_t)value > table->count || table->things[value - 1] == NULL)
        return NULL;
    return &table->things[value - 1];
}

void *wrong_params(const char **wrong, const char *why)
{
    *wrong = why;
    return NULL;
}

json_t *refuse(pidproof_error *error)
{
    json_t *result = json_refused(error);
    pidproof_error_clear(error);
    return result;
}

json_t *hello(const json_t *params, const char **wrong)
{
    if (json_integer_value(json_object_get(params, "protocol")) != 1)
        return wrong_params(wrong, "this adapter speaks protocol 1 and no other");
    json_t *capabilities = json_array();
    const char *claim = REFERENCE_CLAIMS; /* words, from CMake: what the backend has */
    while (*claim) {
        size_t length = strcspn(claim, " ");
        json_array_append_new(capabilities, json_stringn(claim, length));
        claim += length + strspn(claim + length, " ");
    }
    return json_pack("{s:i, s:s, s:s, s:s, s:o}", "protocol", 1, "name",
                     "pidproof reference library", "version", pidproof_version(), "language", "C",
                     "capabilities", capabilities);
}

json_t *noop(const json_t *params, const char **wrong)
{
    (void)params;
    (void)wrong;
    return json_object();
}

json_t *boot_id(const json_t *params, const char **wrong)
{
    char *text = NULL;
    (void)params;
    (void)wrong;
    bool known = pidproof_boot_id(&text, NULL) == PIDPROOF_OK;
    json_t *result = json_pack("{s:s}", "boot_id", known ? text : "");
    pidproof_text_free(text);
    return result;
}

json_t *sha256_file(const json_t *params, const char **wrong)
{
    const json_t *path = json_object_get(params, "path");
    uint8_t sha256[PIDPROOF_SHA256_SIZE];
    pidproof_error error = {0};

    if (!json_is_string(path) || strlen(json_string_value(path)) != json_string_length(path))
        return wrong_params(wrong, "path must be text without NUL");
    if (pidproof_sha256_file(json_string_value(path), sha256, &error) != PIDPROOF_OK)
        return refuse(&error);
    return json_sha256(sha256);
}

json_t *capture(const json_t *params, const char **wrong)
{
    const json_t *number = json_object_get(params, "pid");
    pidproof_record *record;
    pidproof_error error = {0};
    uint32_t pid;

    if (number == NULL)
        return wrong_params(wrong, "pid is missing");
    if (!json_pid_read(number, &pid))
        return json_refused_input(PIDPROOF_INVALID_PID, "pid", "is no process number");
    if (pidproof_capture(verifier, pid, &record, &error) != PIDPROOF_OK)
        return refuse(&error);
    json_t *result = json_captured(record);
    pidproof_record_free(record);
    return result;
}

json_t *verify(const json_t *params, const char **wrong)
{
    const json_t *json = json_object_get(params, "record");
    struct json_record record;
    pidproof_handle *handle = NULL;
    pidproof_error error = {0};
    json_int_t number;

    if (json == NULL)
        return wrong_params(wrong, "record is missing");
    json_t *refusal = json_record_read(json, &record);
    if (refusal != NULL)
        return refusal;
    pidproof_reason reason = pidproof_verify(verifier, &record.record, &handle, &error);
    json_record_clear(&record);
    if (reason != PIDPROOF_OK)
        return refuse(&error);
    if (!table_add(&handles, handle, &number)) {
        pidproof_handle_close(handle);
        return NULL;
    }
    return json_accepted(number, pidproof_handle_evidence(handle));
}

pidproof_handle *named_handle(const json_t *params, const char **wrong)
{
    void **place = table_find(&handles, json_object_get(params, "handle"));
    return place == NULL ? wrong_params(wrong, "handle names no open handle") : *place;
}

json_t *handle_pid(const json_t *params, const char **wrong)
{
    pidproof_handle *handle = named_handle(params, wrong);
    return handle == NULL ? NULL
                          : json_pack("{s:I}", "pid", (json_int_t)pidproof_handle_pid(handle));
}

json_t *is_alive(const json_t *params, const char **wrong)
{
    pidproof_handle *handle = named_handle(params, wrong);
    pidproof_error error = {0};
    bool alive;

    if (handle == NULL)
        return NULL;
    if (pidproof_handle_is_alive(handle, &alive, &error) != PIDPROOF_OK)
        return refuse(&error);
    return json_pack("{s:b}", "alive", (int)alive);
}

json_t *process_is_alive(const json_t *params, const char **wrong)
{
    const json_t *number = json_object_get(params, "pid");
    uint32_t pid;

    if (number == NULL)
        return wrong_params(wrong, "pid is missing");
    /* What no process number can hold names no process. [LIVE-8] */
    bool alive = json_pid_read(number, &pid) && pidproof_process_is_alive(pid);
    return json_pack("{s:b}", "alive", (int)alive);
}

json_t *wait_for_exit(const json_t *params, const char **wrong)
{
    const json_t *timeout_ms = json_object_get(params, "timeout_ms");
    pidproof_handle *handle = named_handle(params, wrong);
    pidproof_error error = {0};
    bool exited;

    if (handle == NULL)
        return NULL;
    if (!json_is_integer(timeout_ms))
        return wrong_params(wrong, "timeout_ms must be an integer");
    if (pidproof_handle_wait(handle, json_integer_value(timeout_ms), &exited, &error))
        return refuse(&error);
    return json_pack("{s:b}", "exited", (int)exited);
}

static json_t *signal_by_number(const json_t *params, const char **wrong,
                                pidproof_reason (*send)(uint32_t, pidproof_error *))
{
    const json_t *number = json_object_get(params, "pid");
    pidproof_error error = {0};
    uint32_t pid;

    if (number == NULL)
        return wrong_params(wrong, "pid is missing");
    if (!json_pid_read(number, &pid))
        return json_refused_input(PIDPROOF_INVALID_PID, "pid", "is no process number");
    if (send(pid, &error) != PIDPROOF_OK)
        return refuse(&error);
    return json_pack("{s:b}", "sent", 1);
}

json_t *terminate(const json_t *params, const char **wrong)
{
    return signal_by_number(params, wrong, pidproof_terminate);
}

json_t *force_kill(const json_t *params, const char **wrong)
{
    return signal_by_number(params, wrong, pidproof_force_kill);
}

static json_t *signal_by_handle(const json_t *params, const char **wrong,
                                pidproof_reason (*send)(pidproof_handle *, pidproof_error *))
{
    pidproof_handle *handle = named_handle(params, wrong);
    pidproof_error error = {0};

    if (handle == NULL)
        return NULL;
    if (send(handle, &error) != PIDPROOF_OK)
        return refuse(&error);
    return json_pack("{s:b}", "sent", 1);
}

json_t *terminate_handle(const json_t *params, const char **wrong)
{
    return signal_by_handle(params, wrong, pidproof_handle_terminate);
}

json_t *force_kill_handle(const json_t *params, const char **wrong)
{
    return signal_by_handle(params, wrong, pidproof_handle_force_kill);
}

json_t *close_handle(const json_t *params, const char **wrong)
{
    void **place = table_find(&handles, json_object_get(params, "handle"));

    if (place == NULL)
        return wrong_params(wrong, "handle names no open handle");
    watches_forget((size_t)(place - handles.things));
    pidproof_handle_close(*place);
    *place = NULL;
    return json_object();
}
