/*
 * An adapter that is wrong in the way its first argument names. It holds a lock on
 * the file that its second argument names, so that a test can tell whether it is gone.
 *
 * usage: wrong BEHAVIOUR LOCK-FILE
 */
#define _DEFAULT_SOURCE /* flock */

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char *behaviour;

static bool is(const char *name)
{
    return strcmp(behaviour, name) == 0;
}

static void reply(json_t *id, json_t *result)
{
    json_t *message = json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", result);
    json_dumpf(message, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(message);
}

static void hang(void)
{
    for (;;) {
        pause();
    }
}

static json_t *hello(void)
{
    return json_pack("{s:i, s:s, s:s, s:s, s:[]}", "protocol", 1, "name", behaviour, "version", "0",
                     "language", "C", "capabilities");
}

/* An adapter with constant answers. */
static json_t *answer(const char *method)
{
    bool yes = is("accepts");
    if (strcmp(method, "is_alive") == 0 || strcmp(method, "process_is_alive") == 0) {
        return json_pack("{s:b}", "alive", yes);
    }
    if (strcmp(method, "close") == 0) {
        return json_object();
    }
    if (!yes) {
        return json_pack("{s:{s:s}}", "refused", "reason", "not_found");
    }
    return strcmp(method, "verify") == 0 ? json_pack("{s:{s:i}}", "accepted", "handle", 1)
                                         : json_pack("{s:b}", "sent", 1);
}

/* Instead of answering; returns where an answer follows. */
static void misbehave(json_t *id)
{
    if (is("silent")) {
        hang();
    } else if (is("ignores-sigterm")) {
        signal(SIGTERM, SIG_IGN);
        hang();
    } else if (is("garbage")) {
        puts("DEBUG: verifying the daemon");
        fflush(stdout);
    } else if (is("crashes")) {
        abort();
    } else if (is("exits")) {
        exit(0);
    } else if (is("wrong-id")) {
        json_t *other = json_integer(json_integer_value(id) + 1000);
        reply(other, answer("verify"));
        json_decref(other);
    } else if (is("closes-stdout")) {
        fclose(stdout);
        hang();
    } else if (is("floods")) {
        for (;;) {
            fputs("more and more and more and more and more and more and more", stdout);
        }
    } else if (is("wrong-type")) {
        reply(id, json_pack("{s:s}", "accepted", "yes"));
    } else if (is("breaks")) {
        printf(
            "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"error\":{\"code\":-32603,\"message\":\"oops\"}}\n",
            (long long)json_integer_value(id));
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: wrong BEHAVIOUR LOCK-FILE\n");
        return 2;
    }
    behaviour = argv[1];
    int lock = open(argv[2], O_RDONLY);
    if (lock < 0 || flock(lock, LOCK_SH) != 0) {
        perror(argv[2]);
        return 2;
    }
    if (is("never-reads")) {
        hang();
    }
    json_t *request;
    while ((request = json_loadf(stdin, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL))) {
        const char *method = json_string_value(json_object_get(request, "method"));
        json_t *id = json_object_get(request, "id");
        if (strcmp(method, "noop") == 0) {
            reply(id, json_object());
        } else if (strcmp(method, "hello") != 0) {
            misbehave(id);
            reply(id, answer(method));
        } else if (is("dies-in-hello")) {
            fprintf(stderr, "wrong: no such library\n");
            return 1;
        } else if (is("garbage-in-hello")) {
            puts("hello!");
            fflush(stdout);
        } else {
            reply(id, hello());
        }
        json_decref(request);
    }
    return 0;
}
