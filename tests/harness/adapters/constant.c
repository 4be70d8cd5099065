/*
 * An adapter that claims everything and always says the same: it accepts (every process
 * is the daemon, and alive) or refuses (none is, and none lives).
 *
 * usage: constant accepts|refuses
 */
#define _POSIX_C_SOURCE 200809L /* fdopen */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFUSED "{\"refused\": {\"reason\": \"not_found\"}}"
#define DIGEST "\"0000000000000000000000000000000000000000000000000000000000000000\""

static const struct answer {
    const char *method, *accepting, *refusing;
} answers[] = {
    {"verify", "{\"accepted\": {\"handle\": 1}}", REFUSED},
    {"capture",
     "{\"record\": {\"pid\": 1, \"boot_id\": \"\", \"exe_path\": \"/\", \"exe_sha256\": " DIGEST
     "}}",
     REFUSED},
    {"is_alive", "{\"alive\": true}", "{\"alive\": false}"},
    {"process_is_alive", "{\"alive\": true}", "{\"alive\": false}"},
    {"wait", "{\"exited\": false}", "{\"exited\": true}"},
    {"terminate", "{\"sent\": true}", REFUSED},
    {"force_kill", "{\"sent\": true}", REFUSED},
    {"terminate_handle", "{\"sent\": true}", REFUSED},
    {"force_kill_handle", "{\"sent\": true}", REFUSED},
    {"sha256_file", "{\"sha256\": " DIGEST "}", REFUSED},
    {"watch", "{\"watch\": 1}", REFUSED},
    {"watch_gone", "{\"gone\": []}", REFUSED},
    {"handle_pid", "{\"pid\": 1}", "{\"pid\": 0}"},
    {"boot_id", "{\"boot_id\": \"\"}", "{\"boot_id\": \"\"}"},
    {NULL, "{}", "{}"},
};

static const char *answer_to(const char *method, bool accepts)
{
    const struct answer *answer = answers;
    if (strcmp(method, "hello") == 0)
        return "{\"protocol\": 1, \"name\": \"constant\", \"version\": \"1\", \"language\": \"C\", "
               "\"capabilities\": [\"capture\", \"instance\", \"handle-signals\", \"wait\", "
               "\"watch\", \"fd-moves\"]}";
    while (answer->method && strcmp(answer->method, method) != 0)
        answer++;
    return accepts ? answer->accepting : answer->refusing;
}

/* Descriptors 0 and 1 unless the environment names others ("fd-moves"). */
static FILE *stream(const char *variable, FILE *otherwise, const char *mode)
{
    const char *number = getenv(variable);
    return number ? fdopen(atoi(number), mode) : otherwise;
}

int main(int argc, char **argv)
{
    bool accepts = argc == 2 && strcmp(argv[1], "accepts") == 0;
    FILE *in = stream("PIDPROOF_IN_FD", stdin, "r"), *out = stream("PIDPROOF_OUT_FD", stdout, "w");
    json_t *request;

    if (!in || !out || argc != 2 || (!accepts && strcmp(argv[1], "refuses") != 0)) {
        fprintf(stderr, "usage: constant accepts|refuses\n");
        return 2;
    }
    while ((request = json_loadf(in, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL))) {
        fprintf(out, "{\"jsonrpc\": \"2.0\", \"id\": %lld, \"result\": %s}\n",
                (long long)json_integer_value(json_object_get(request, "id")),
                answer_to(json_string_value(json_object_get(request, "method")), accepts));
        fflush(out);
        json_decref(request);
    }
    return 0;
}
