/*
 * Plays `pidproof worker` for test_pool: speaks the protocol of worker.h and does
 * what the adapter's name says. Builds no world and asks nobody.
 *
 * usage: stub_worker worker [OPTION...] -- BEHAVIOUR
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "text.h"

static void say(json_t *message)
{
    json_dumpf(message, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(message);
}

static json_t *result_of(const json_t *case_)
{
    json_t *result = json_pack("{s:s, s:n, s:n, s:[], s:[], s:i}", "outcome", "pass", "direction",
                               "message", "situation", "questions", "duration_ms", 1);
    static const char *const copied[] = {"id", "title", "harm", "clauses", "level", "profile"};
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        json_object_set(result, copied[i], json_object_get(case_, copied[i]));
    }
    return result;
}

/* A directory that one of several workers of a pool makes, the first one; and removes. */
static char *mark;

static bool is_first(const char *program)
{
    uv_fs_t request;
    mark = text_format("%s.first-%d", program, (int)uv_os_getppid());
    return uv_fs_mkdir(NULL, &request, mark, 0700, NULL) == 0;
}

int main(int argc, char **argv)
{
    const char *behaviour = argv[argc - 1];
    if (strcmp(behaviour, "ends-at-once") == 0) {
        return 7;
    }
    if (strcmp(behaviour, "broken-adapter") == 0) {
        say(json_pack("{s:s, s:s}", "broken", "adapter", "message", "it said no hello"));
        return 0;
    }
    if (strcmp(behaviour, "broken-host") == 0) {
        say(json_pack("{s:s, s:s}", "broken", "host", "message", "no python"));
        return 0;
    }
    if (strcmp(behaviour, "babbles") == 0) {
        puts("hello, I am a worker");
        fflush(stdout);
    } else {
        bool marks = strcmp(behaviour, "sees-another-host") == 0;
        bool users = !marks || is_first(argv[0]);
        if (!users) {
            free(mark);
            mark = NULL;
        }
        say(json_pack("{s:{s:{s:s}, s:{s:{s:b}}}}", "ready", "adapter", "name", behaviour, "host",
                      "features", "users", (int)users));
    }
    json_t *message;
    while ((message = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, NULL))) {
        const json_t *case_ = json_object_get(message, "case");
        const char *id = json_string_value(json_object_get(case_, "id"));
        if (strcmp(behaviour, "dies-on-b") == 0 && strcmp(id, "x/b") == 0) {
            abort();
        }
        if (strcmp(behaviour, "always-dies") == 0) {
            exit(3);
        }
        if (strcmp(behaviour, "sees-another-host") == 0) {
            json_decref(message);
            continue; /* busy until it is told to end, so that both live at once */
        }
        if (strcmp(behaviour, "answers-nonsense") == 0) {
            say(json_pack("{s:s}", "id", "another/case"));
        } else {
            say(result_of(case_));
        }
        json_decref(message);
    }
    if (mark) {
        uv_fs_t request;
        uv_fs_rmdir(NULL, &request, mark, NULL);
        free(mark);
    }
    return 0;
}
