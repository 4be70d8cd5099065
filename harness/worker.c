/* Serves cases to the main process, see worker.h. */
#include "worker.h"

#include "run.h"
#include "site.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DONE = 0, ADAPTER_BROKEN = 3, HOST_BROKEN = 4 };

/* Takes `message`. */
static void say(json_t *message)
{
    /* Not refs_dump(): what `$raw` spells may be no JSON that anybody can read back. */
    char *line = json_dumps(message, JSON_COMPACT);

    json_decref(message);
    puts(line);
    fflush(stdout);
    free(line);
}

static int say_broken(enum site_status status, const char *message)
{
    bool host = status == SITE_HOST_BROKEN;

    say(json_pack("{s:s, s:s}", "broken", host ? "host" : "adapter", "message", message));
    return host ? HOST_BROKEN : ADAPTER_BROKEN;
}

/* NULL at the end of input. */
static char *read_line(void)
{
    struct text line = {0};
    char chunk[8192];

    while (fgets(chunk, sizeof chunk, stdin)) {
        size_t length = strlen(chunk);
        text_add(&line, chunk, length);
        if (chunk[length - 1] == '\n')
            return text_take(&line);
    }
    text_clear(&line);
    return NULL;
}

static int serve(struct site *site)
{
    char *message = NULL;

    for (char *line; (line = read_line());) {
        json_t *request = json_loads(line, JSON_ALLOW_NUL, NULL);
        const json_t *case_ = json_object_get(request, "case");
        const char *profile = json_string_value(json_object_get(request, "profile"));

        free(line);
        if (!case_) {
            json_decref(request);
            return say_broken(SITE_HOST_BROKEN, "the worker was sent a line that holds no case");
        }
        say(run_case(site, case_, profile ? profile : "all"));
        json_decref(request);
        enum site_status status = site_recover(site, &message);
        if (status != SITE_UP) {
            int exit_status = say_broken(status, message);
            free(message);
            return exit_status;
        }
    }
    return DONE;
}

int worker_main(const struct worker_options *options)
{
    struct site site;
    char *message = NULL;

    enum site_status status = site_open(&site, options, &message);
    int exit_status;
    if (status != SITE_UP) {
        exit_status = say_broken(status, message);
        free(message);
    } else {
        say(json_pack("{s:{s:O?, s:O}}", "ready", "adapter", site.hello, "host", site.host));
        exit_status = serve(&site);
    }
    site_close(&site);
    return exit_status;
}
