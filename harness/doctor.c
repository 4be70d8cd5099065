/*
 * `doctor`: what this host can establish, what that costs, how to get the rest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "pool.h"
#include "suite.h"
#include "text.h"
#include "vocabulary.h"

/* Everything the worker says of the host that is a plain value: kernel, user, … */
static void print_host(const json_t *host)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)host, name, value)
    {
        char *text = json_is_string(value)   ? text_format("%s", json_string_value(value))
                     : json_is_object(value) ? NULL
                                             : json_dumps(value, JSON_ENCODE_ANY);
        if (text) {
            printf("%-16s %s\n", name, text);
        }
        free(text);
    }
}

static void print_cost(const struct suite *suite, const char *system, const char *feature)
{
    size_t cost = 0;
    for (size_t i = 0; i < suite->count; i++) {
        if (case_names(suite->cases[i], "needs", feature) && case_is_of(suite->cases[i], system)) {
            printf("%s %s", cost++ ? "" : "    costs:", case_id(suite->cases[i]));
        }
    }
    puts(cost ? "" : "    costs no case");
}

static void print_features(const json_t *available, const struct suite *suite, const char *system)
{
    const char *name;
    json_t *value;
    size_t lacking = 0;
    json_object_foreach((json_t *)available, name, value)
    {
        if (json_is_true(value)) {
            printf("  yes  %s\n", name);
            continue;
        }
        lacking++;
        const char *how = feature_how(name);
        printf("  no   %s: %s\n", name, json_is_string(value) ? json_string_value(value) : "");
        printf("    to get it: %s\n", how ? how : "no advice for this one");
        print_cost(suite, system, name);
    }
    if (lacking)
        printf("%zu feature%s missing\n", lacking, lacking == 1 ? " is" : "s are");
    else
        printf("nothing is missing\n");
}

int command_doctor(const struct options *options)
{
    struct suite suite;
    char *message = NULL;
    if (!suite_load(&suite, options->cases, &message)) {
        fprintf(stderr, "pidproof: %s\n", message);
        free(message);
        return STATUS_USAGE;
    }
    struct pool_result run;
    pool_run(options, NULL, 0, NULL, NULL, &run);
    enum status status = run.status;
    if (run.ready) {
        const json_t *host = json_object_get(run.ready, "host");
        print_host(host);
        print_features(json_object_get(host, "features"), &suite, options->system);
    } else {
        fprintf(stderr, "pidproof: no worker can be started here: %s\n",
                run.message ? run.message : "it said nothing");
        status = STATUS_HOST;
    }
    pool_result_clear(&run);
    suite_clear(&suite);
    return (int)status;
}
