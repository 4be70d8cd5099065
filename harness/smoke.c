/*
 * `smoke`: does this adapter speak the protocol? Every method is asked once about a
 * daemon that lives. Whether the answers are right is not looked at: conform does that.
 */
#include "worker.h"

#include "refs.h"
#include "shape.h"
#include "site.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPEAKS = 0, SPEAKS_NOT = 1, ADAPTER_BROKEN = 3, HOST_BROKEN = 4 };

struct question {
    const char *method;
    const char *params;     /* with references, as in a case */
    const char *as;         /* what the answer is called; NULL: nobody refers to it */
    const char *capability; /* asked only of who claims it; NULL: of everybody */
};

static const struct question questions[] = {
    {"noop", "{}", NULL, NULL},
    {"boot_id", "{}", NULL, NULL},
    {"sha256_file", "{\"path\": \"${d.exe_path}\"}", NULL, NULL},
    {"process_is_alive", "{\"pid\": \"${d.pid}\"}", NULL, NULL},
    {"capture", "{\"pid\": \"${d.pid}\"}", NULL, "capture"},
    {"verify", "{\"record\": {\"$of\": \"${d.record}\", \"pid\": 0}}", NULL, NULL},
    {"verify", "{\"record\": \"${d.record}\"}", "v", NULL},
    {"handle_pid", "{\"handle\": \"${v.accepted.handle}\"}", NULL, NULL},
    {"is_alive", "{\"handle\": \"${v.accepted.handle}\"}", NULL, NULL},
    {"wait", "{\"handle\": \"${v.accepted.handle}\", \"timeout_ms\": 0}", NULL, "wait"},
    {"watch", "{\"handles\": [\"${v.accepted.handle}\"]}", "w", "watch"},
    {"watch_gone", "{\"watch\": \"${w.watch}\"}", NULL, "watch"},
    {"watch_close", "{\"watch\": \"${w.watch}\"}", NULL, "watch"},
    {"bench", "{\"what\": \"is_alive\", \"handle\": \"${v.accepted.handle}\", \"iterations\": 10}",
     NULL, "bench"},
    {"terminate_handle", "{\"handle\": \"${v.accepted.handle}\"}", NULL, "handle-signals"},
    {"force_kill_handle", "{\"handle\": \"${v.accepted.handle}\"}", NULL, "handle-signals"},
    {"terminate", "{\"pid\": \"${d.pid}\"}", NULL, NULL},
    {"force_kill", "{\"pid\": \"${d.pid}\"}", NULL, NULL},
    {"close", "{\"handle\": \"${v.accepted.handle}\"}", NULL, NULL},
};

struct smoke {
    struct site site;
    json_t *scope;
    int well, wrong, not_asked;
};

static void line(const char *verdict, const char *method, const char *what)
{
    printf("%-9s  %-18s  %s\n", verdict, method, what);
}

/* A fresh one knows none of the handles. */
static bool ensure_adapter(struct smoke *smoke, struct trouble *trouble)
{
    struct site *site = &smoke->site;

    if (site->adapter && adapter_usable(site->adapter))
        return true;
    if (site->adapter) {
        char *complaint = adapter_take_stderr(site->adapter);
        if (*complaint)
            printf("           it said on stderr: %s\n", complaint);
        free(complaint);
        adapter_end(site->adapter);
        site->adapter = NULL;
        json_object_del(smoke->scope, "v");
        json_object_del(smoke->scope, "w");
    }
    return adapter_start(&site->loop, site->options, NULL, &site->adapter, trouble);
}

static void judge_form(struct smoke *smoke, const char *method, const json_t *result)
{
    char *spelled = refs_dump(result);
    char *unknown = shape_unknown(method, result);

    smoke->well++;
    line("ok", method, spelled);
    if (unknown)
        printf("           unknown to the protocol, and ignored: %s\n", unknown);
    free(unknown);
    free(spelled);
}

static void ask(struct smoke *smoke, const struct question *question)
{
    const char *method = question->method;
    struct trouble trouble = {0};
    json_t *result = NULL;
    char *message = NULL;

    if (question->capability && !adapter_claims(smoke->site.hello, question->capability)) {
        char *why = text_format("the capability '%s' is not claimed", question->capability);
        line("-", method, why);
        free(why);
        return;
    }
    if (!ensure_adapter(smoke, &trouble)) {
        smoke->wrong++;
        line("WRONG", method, trouble.message);
        trouble_clear(&trouble);
        return;
    }
    json_t *wanted = json_loads(question->params, 0, NULL);
    json_t *resolved = refs_resolve(wanted, smoke->scope, &message);
    if (!resolved) {
        smoke->not_asked++;
        line("not asked", method, "no earlier answer gave the number that it takes");
        free(message);
    } else if (adapter_ask(smoke->site.adapter, method, resolved, smoke->site.options->timeout_s,
                           &result, &trouble)) {
        judge_form(smoke, method, result);
        if (question->as)
            json_object_set(smoke->scope, question->as, result);
    } else {
        smoke->wrong++;
        line("WRONG", method, trouble.message);
    }
    trouble_clear(&trouble);
    json_decref(result);
    json_decref(resolved);
    json_decref(wanted);
}

/* -32601 is how an adapter says what it lacks; without it capabilities mean nothing. */
static void ask_unknown(struct smoke *smoke)
{
    static const char method[] = "no_such_method";
    struct trouble trouble = {0};
    json_t *result = NULL;

    bool answered = ensure_adapter(smoke, &trouble) &&
                    adapter_ask(smoke->site.adapter, method, NULL, smoke->site.options->timeout_s,
                                &result, &trouble);
    if (!answered && !strcmp(trouble.outcome, "unsupported")) {
        smoke->well++;
        line("ok", method, "error -32601");
    } else {
        smoke->wrong++;
        line("WRONG", method,
             answered ? "expected the error -32601, came a result" : trouble.message);
    }
    json_decref(result);
    trouble_clear(&trouble);
}

static int look_closely(struct smoke *smoke)
{
    char *message = NULL;
    char *hello = refs_dump(smoke->site.hello);
    json_t *daemon = NULL;

    line("ok", "hello", hello);
    char *unknown = shape_unknown("hello", smoke->site.hello);
    if (unknown)
        printf("           unknown to the protocol, and ignored: %s\n", unknown);
    free(unknown);
    free(hello);
    smoke->well++;
    if (!launcher_daemon(smoke->site.launcher, 0, &daemon, &message)) {
        printf("pidproof: no daemon to ask about could be started: %s\n", message);
        free(message);
        return HOST_BROKEN;
    }
    json_object_set_new(smoke->scope, "d", daemon);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        ask(smoke, &questions[i]);
    ask_unknown(smoke);

    bool speaks = !smoke->wrong && !smoke->not_asked;
    printf("\n%d well-formed, %d wrong, %d not asked: %s\n", smoke->well, smoke->wrong,
           smoke->not_asked,
           speaks ? "it speaks the protocol. Whether the answers are right: pidproof conform"
                  : "it does not speak the protocol yet (harness/PROTOCOL.md)");
    return speaks ? SPEAKS : SPEAKS_NOT;
}

int smoke_main(const struct worker_options *options)
{
    struct smoke smoke = {.scope = json_object()};
    char *message = NULL;
    int exit_status = SPEAKS;

    switch (site_open(&smoke.site, options, &message)) {
    case SITE_UP:
        exit_status = look_closely(&smoke);
        break;
    case SITE_HOST_BROKEN:
        exit_status = HOST_BROKEN;
        break;
    case SITE_ADAPTER_BROKEN:
        exit_status = ADAPTER_BROKEN;
        break;
    }
    if (message)
        printf("pidproof: %s\n", message);
    free(message);
    fflush(stdout);
    site_close(&smoke.site);
    json_decref(smoke.scope);
    return exit_status;
}
