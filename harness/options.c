/*
 * Parses a command's options and prints its --help, both from one table.
 */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "native.h"
#include "text.h"
#include "vocabulary.h"

static const struct {
    const char *name;
    const char *value; /* NULL: a switch */
    const char *help;
} table[] = {
    {"filter", "GLOB",
     "only cases whose id fits; * stays within a segment, ** crosses; repeatable"},
    {"profile", "NAME", "core, hardened or all (all)"},
    {"json", "FILE", "also write the whole report as JSON, see harness/REPORT.md"},
    {"as-json", NULL, "print JSON"},
    {"junit", "FILE", "also write a JUnit report"},
    {"tap", NULL, "print TAP instead of the report for people"},
    {"jobs", "N", "workers side by side, each in a sandbox of its own (number of processors)"},
    {"timeout", "SECONDS", "deadline of one question (10)"},
    {"known", "FILE", "known failures, see harness/PROTOCOL.md"},
    {"known-fix", NULL, "rewrite that file to what came"},
    {"cases", "DIR", "also your own cases, every *.json below DIR"},
    {"fixtures", "DIR", "where launcher/ and programs/ are (beside this program)"},
    {"windows", "DIR",
     "the adapter is a program of Windows, started through Wine: run the cases of Windows, on "
     "processes made from the daemon.exe and spawner.exe in DIR"},
    {"unix", NULL,
     "build situations by what every Unix has, as on macOS and the BSDs, and run the cases that "
     "they have too"},
    {"python", "PROGRAM",
     "interpreter for the launcher, 3.9 or later (python3; on Windows python)"},
    {"changes", "NAMES", "changes of the world, separated by commas, all or none (what races)"},
    {"faults", "NAMES", "errors that calls fail with, separated by commas, all or none (all)"},
    {"op", "NAMES", "questions, separated by commas, or all (all)"},
    {"depth", "N", "2: also two changes within one question (1)"},
    {"budget", "N", "with --depth 2: the most pairs that are made, 0 for all (2000)"},
    {"replay", "TOKEN", "only this one, as a finding prints it"},
    {"rounds", "N", "samples of each figure, 6 or more (25)"},
    {"no-sandbox", NULL, "stay in this process's namespaces; costs the cases that need them"},
};

enum { OPTIONS = sizeof table / sizeof *table };

/* `list --json` is a switch where `conform --json` takes a file. */
static const char *shown_name(size_t i)
{
    return strcmp(table[i].name, "as-json") == 0 ? "json" : table[i].name;
}

/* OPTIONS where the command has none of that name; `word` is --NAME, of this length. */
static size_t find_option(const struct command *command, const char *word, size_t length)
{
    size_t i = 0;
    for (; i < OPTIONS; i++) {
        const char *name = shown_name(i);
        if (words_have(command->takes, table[i].name) && strncmp(word, "--", 2) == 0 &&
            strlen(name) + 2 == length && strncmp(word + 2, name, length - 2) == 0) {
            break;
        }
    }
    return i;
}

static void print_help(const struct command *command)
{
    printf("usage: pidproof %s%s%s%s\n\n%s\n", command->name, *command->takes ? " [OPTION]..." : "",
           *command->arguments ? " " : "", command->arguments, command->help);
    for (size_t i = 0; i < OPTIONS; i++) {
        if (words_have(command->takes, table[i].name)) {
            char option[40];
            snprintf(option, sizeof option, "--%s%s%s", shown_name(i), table[i].value ? " " : "",
                     table[i].value ? table[i].value : "");
            printf("  %-20s %s\n", option, table[i].help);
        }
    }
}

static bool parse_number(const char *text, double least, double most, double *number_ret)
{
    char *end;
    errno = 0;
    double number = strtod(text, &end);
    if (errno || end == text || *end || !(number >= least && number <= most)) {
        return false;
    }
    *number_ret = number;
    return true;
}

static bool add_filter(struct options *options, const char *glob)
{
    size_t count = 0;
    while (options->filters[count]) {
        count++;
    }
    const char **filters = realloc(options->filters, (count + 2) * sizeof *filters);
    if (!filters) {
        return false;
    }
    filters[count] = glob;
    filters[count + 1] = NULL;
    options->filters = filters;
    return true;
}

/* Sets the option; false where its value is no good. */
static bool set(struct options *options, const char *name, const char *value)
{
    double number = 0;
    const struct {
        const char *name;
        const char **text;
    } texts[] = {
        {"json", &options->json},         {"junit", &options->junit},
        {"known", &options->known},       {"cases", &options->cases},
        {"fixtures", &options->fixtures}, {"python", &options->python},
        {"windows", &options->windows},   {"changes", &options->changes},
        {"faults", &options->faults},     {"op", &options->asked},
        {"replay", &options->replay},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].text = value;
            return *value != '\0';
        }
    }
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        {"as-json", &options->as_json},     {"tap", &options->tap},
        {"known-fix", &options->known_fix}, {"no-sandbox", &options->no_sandbox},
        {"unix", &options->as_unix},
    };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (strcmp(name, flags[i].name) == 0) {
            *flags[i].flag = true;
            return true;
        }
    }
    if (strcmp(name, "filter") == 0) {
        return add_filter(options, value);
    }
    if (strcmp(name, "profile") == 0) {
        options->profile = value;
        return words_have("core hardened all", value);
    }
    if (strcmp(name, "jobs") == 0) {
        bool good = parse_number(value, 1, 256, &number);
        options->jobs = (unsigned)number;
        return good && options->jobs == number;
    }
    if (strcmp(name, "rounds") == 0) {
        bool good = parse_number(value, 6, 1000, &number);
        options->rounds = (unsigned)number;
        return good && options->rounds == number;
    }
    if (strcmp(name, "depth") == 0) {
        bool good = parse_number(value, 1, 2, &number);
        options->depth = (unsigned)number;
        return good && options->depth == number;
    }
    if (strcmp(name, "budget") == 0) {
        bool good = parse_number(value, 0, 1e9, &number);
        options->budget = (unsigned long)number;
        return good && (double)options->budget == number;
    }
    return parse_number(value, 0.01, 3600, &options->timeout_s);
}

/* Beside the program in a build (build/harness/pidproof), or as installed (bin/). */
static bool find_beside(struct options *options)
{
    char program[4096];
    size_t length = sizeof program;
    if (uv_exepath(program, &length) != 0) {
        return false;
    }
    options->program = text_format("%s", program);
    size_t directory = 0; /* with what parts it from the name */
    for (const char *at = program; (at = strpbrk(at, native_separators)); at++) {
        directory = (size_t)(at + 1 - program);
    }
    static const char *const places[] = {"../fixtures", "../share/pidproof/fixtures"};
    for (size_t i = 0; !options->fixtures && i < sizeof places / sizeof *places; i++) {
        char *place = text_format("%.*s%s", (int)directory, program, places[i]);
        uv_fs_t look;
        if (uv_fs_realpath(NULL, &look, place, NULL) == 0) {
            options->found_fixtures = text_format("%s", (const char *)look.ptr);
            options->fixtures = options->found_fixtures;
        }
        uv_fs_req_cleanup(&look);
        free(place);
    }
    return true;
}

static void advise(const struct command *command)
{
    fprintf(stderr, "`pidproof %s --help` lists the options.\n", command->name);
}

bool options_parse(const struct command *command, int argc, char **argv,
                   struct options *options_ret, int *status_ret)
{
    struct options options = {
        .filters = calloc(1, sizeof *options.filters),
        .profile = "all",
        .python = native_python,
        .jobs = uv_available_parallelism(),
        .timeout_s = 10,
        .rounds = 25,
        .depth = 1,
        .budget = 2000,
    };
    *status_ret = STATUS_USAGE;
    int at = 1;
    /* The first thing that is no option ends them; so does --, which is none either. */
    while (at < argc && argv[at][0] == '-' && argv[at][1]) {
        const char *word = argv[at++];
        if (strcmp(word, "--") == 0) {
            break;
        }
        const char *equals = strchr(word, '='), *value = equals ? equals + 1 : NULL;
        size_t found = find_option(command, word, equals ? (size_t)(equals - word) : strlen(word));
        if (strcmp(word, "--help") == 0) {
            print_help(command);
            *status_ret = STATUS_OK;
        } else if (found == OPTIONS || (value && !table[found].value)) {
            fprintf(stderr,
                    found == OPTIONS ? "pidproof %s: there is no option %s\n"
                                     : "pidproof %s: %s: it takes no value\n",
                    command->name, word);
            advise(command);
        } else if (table[found].value && !value && !(value = argv[at++])) {
            fprintf(stderr, "pidproof %s: %s needs a value\n", command->name, word);
            advise(command);
        } else if (!set(&options, table[found].name, value)) {
            fprintf(stderr, "pidproof %s: '%s' is no value for --%s: %s\n", command->name, value,
                    table[found].name, table[found].help);
        } else {
            continue;
        }
        options_clear(&options);
        return false;
    }
    options.rest = argv + at;
    options.system = options.windows ? "windows" : options.as_unix ? "unix" : PIDPROOF_SYSTEM;
    /* Whatever runs through Wine shares one server, which a sandbox would shut out. */
    options.no_sandbox = options.no_sandbox || options.windows;
    bool adapter = strncmp(command->arguments, "-- ", 3) == 0;
    if (adapter && !*options.rest) {
        fprintf(stderr,
                "pidproof %s: which adapter? Write its command behind --, as in\n"
                "  pidproof %s -- ./my-adapter\n",
                command->name, command->name);
        advise(command);
    } else if (adapter && strcmp(argv[at - 1], "--") != 0) {
        fprintf(stderr,
                "pidproof %s: '%s' stands where -- was expected. Options come first, then "
                "--, then the adapter's command.\n",
                command->name, *options.rest);
    } else if (options.windows && options.as_unix) {
        fprintf(stderr,
                "pidproof %s: situations are built for --windows or --unix, not for both; "
                "leave one out\n",
                command->name);
    } else if (!*command->arguments && *options.rest) {
        fprintf(stderr, "pidproof %s: takes no arguments, and '%s' is one\n", command->name,
                *options.rest);
        advise(command);
    } else if (!find_beside(&options)) {
        fprintf(stderr, "pidproof: cannot tell where this program is; is /proc mounted?\n");
        *status_ret = STATUS_HOST;
    } else {
        *options_ret = options;
        return true;
    }
    options_clear(&options);
    return false;
}

void options_clear(struct options *options)
{
    free(options->filters);
    free(options->program);
    free(options->found_fixtures);
    *options = (struct options){0};
}
