/*
 * The method `bench`: times the library from inside, so that the pipe costs nothing.
 */
#include "reference.h"
#include "reference_json.h"
#include "reference_system.h"

#include <string.h>

static json_t *timed(int64_t start_ns, json_int_t iterations)
{
    return json_pack("{s:I, s:I}", "elapsed_ns", (json_int_t)(system_now_ns() - start_ns),
                     "iterations", iterations);
}

static json_t *bench_is_alive(const json_t *params, json_int_t iterations, const char **wrong)
{
    pidproof_handle *handle = named_handle(params, wrong);
    pidproof_error error = {0};
    bool alive;

    if (handle == NULL)
        return NULL;
    int64_t start_ns = system_now_ns();
    for (json_int_t i = 0; i < iterations; i++)
        if (pidproof_handle_is_alive(handle, &alive, &error) != PIDPROOF_OK)
            return refuse(&error);
    return timed(start_ns, iterations);
}

static json_t *bench_process_is_alive(const json_t *params, json_int_t iterations,
                                      const char **wrong)
{
    volatile bool alive; /* the answer must be worked out, though nobody looks at it */
    uint32_t pid;

    if (!json_pid_read(json_object_get(params, "pid"), &pid))
        return wrong_params(wrong, "pid must be a process number");
    int64_t start_ns = system_now_ns();
    for (json_int_t i = 0; i < iterations; i++)
        alive = pidproof_process_is_alive(pid);
    (void)alive;
    return timed(start_ns, iterations);
}

/* One iteration verifies and closes what it got. */
static json_t *bench_verify(const json_t *params, json_int_t iterations, const char **wrong)
{
    const json_t *json = json_object_get(params, "record");
    pidproof_reason reason = PIDPROOF_OK;
    pidproof_error error = {0};
    struct json_record record;

    if (json == NULL)
        return wrong_params(wrong, "record is missing");
    json_t *refusal = json_record_read(json, &record);
    if (refusal != NULL)
        return refusal;
    int64_t start_ns = system_now_ns();
    for (json_int_t i = 0; reason == PIDPROOF_OK && i < iterations; i++) {
        pidproof_handle *handle = NULL;
        reason = pidproof_verify(verifier, &record.record, &handle, &error);
        pidproof_handle_close(handle);
    }
    json_t *result = reason == PIDPROOF_OK ? timed(start_ns, iterations) : refuse(&error);
    json_record_clear(&record);
    return result;
}

json_t *bench(const json_t *params, const char **wrong)
{
    const char *what = json_string_value(json_object_get(params, "what"));
    json_int_t iterations = json_integer_value(json_object_get(params, "iterations"));

    if (iterations < 1)
        return wrong_params(wrong, "iterations must be an integer above 0");
    if (what != NULL && strcmp(what, "is_alive") == 0)
        return bench_is_alive(params, iterations, wrong);
    if (what != NULL && strcmp(what, "process_is_alive") == 0)
        return bench_process_is_alive(params, iterations, wrong);
    if (what != NULL && strcmp(what, "verify") == 0)
        return bench_verify(params, iterations, wrong);
    return wrong_params(wrong, "what must be is_alive, process_is_alive or verify");
}
