/*
 * pidproof: the table of commands, --help and --version.
 */
#include <stdio.h>
#include <string.h>

#include "native.h"
#include "options.h"
#include "worker.h"

static struct worker_options worker_options(const struct options *options)
{
    return (struct worker_options){
        .adapter = options->rest,
        .fixtures = options->fixtures,
        .windows = options->windows,
        .as_unix = options->as_unix,
        .python = options->python,
        .timeout_s = options->timeout_s,
        .sandbox = !options->no_sandbox,
    };
}

static int command_worker(const struct options *options)
{
    const struct worker_options worker = worker_options(options);
    native_be_worker();
    return worker_main(&worker);
}

static int command_smoke(const struct options *options)
{
    const struct worker_options worker = worker_options(options);
    return smoke_main(&worker);
}

#define RUNNING "timeout fixtures windows unix python no-sandbox"

static const struct command commands[] = {
    {"conform", "-- ADAPTER [ARG...]",
     "filter profile json junit tap jobs known known-fix cases " RUNNING,
     "runs the cases on an implementation",
     "Runs the cases on an implementation and reports. Ends with the line\n"
     "`N passed, N failed, N skipped`; exit 0 when everything judged came out as\n"
     "expected, 1 when the implementation does not conform. The profile is `all` where\n"
     "none is given, because an implementation is safe only when it passes that; `core`\n"
     "is what one that checks boot, number, path and digest can pass.\n"
     "\n"
     "  pidproof conform --profile core -- ./my-adapter\n"
     "  pidproof conform --filter 'look/**' --filter 'exe/*' -- python3 my_adapter.py\n"
     "  pidproof conform --known known.txt --junit report.xml -- ./my-adapter\n",
     command_conform},
    {"smoke", "-- ADAPTER [ARG...]", RUNNING, "does this adapter speak the protocol?",
     "For the author of an adapter: asks it every method once, shows what came and what\n"
     "is wrong with it. Judges the protocol, not the answers.\n",
     command_smoke},
    {"explore", "-- ADAPTER [ARG...]",
     "changes faults op depth budget replay json jobs timeout fixtures python",
     "stops the implementation at every system call and changes the world there",
     "Stops the implementation at each system call with which it looks at processes and\n"
     "files, and there changes the world, or fails the call, so that races are found by\n"
     "construction and not by luck: at every stop every error, and every change that could\n"
     "end in a false acceptance; with --changes all --faults all every change. With one of\n"
     "the two alone only these are made. harness/EXPLORER.md says what is changed and how\n"
     "answers are judged. Exit status as `conform`.\n",
     command_explore},
    {"bench", "-- ADAPTER [ARG...] [-- ADAPTER [ARG...]]...",
     "op profile filter rounds json jobs cases " RUNNING,
     "what the same questions cost, of one or several implementations",
     "Asks the same questions (verify, is_alive, process_is_alive) of every adapter, about\n"
     "one daemon, in turn: A B A B ..., so that what the machine does meanwhile it does to\n"
     "all. First each adapter runs the cases that ask them: what fails one has no figure\n"
     "for that question, because a wrong answer can be had at any speed. An adapter with\n"
     "the method `bench` (harness/PROTOCOL.md) times itself; any other is timed through\n"
     "its pipe, the round trip of a `noop` subtracted, and the table says so. Figures are\n"
     "medians and ratios to A, each with an interval that holds it in 95 of 100 runs\n"
     "(bench/README.md). Exit status as `conform`.\n"
     "\n"
     "  pidproof bench -- ./my-adapter\n"
     "  pidproof bench --profile core -- ./mine -- python3 theirs.py\n"
     "  pidproof bench --op is_alive --json out.json -- ./before -- ./after\n",
     command_bench},
    {"doctor", "", "cases " RUNNING, "what this host can establish",
     "Says which situations this host can build, which cases it costs where it cannot,\n"
     "and how to get them.\n",
     command_doctor},
    {"list", "", "filter cases as-json", "what cases there are",
     "Lists the cases by id with their clauses, level, profile and what they need.\n",
     command_list},
    {"coverage", "", "cases", "which clause has which cases",
     "Prints every clause of SPEC.md with the number of cases about it.\n", command_coverage},
    {"lint", "[FILE...]", "cases", "checks cases without running them",
     "Checks the case files given, or the whole corpus: form, words, references, and\n"
     "that no adapter with constant answers passes. Exit 1 when there is a complaint.\n",
     command_lint},
    {"worker", "[-- ADAPTER [ARG...]]", RUNNING, NULL,
     "Not for people: what `conform` starts for each of its jobs (harness/worker.h).\n",
     command_worker},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(void)
{
    printf("usage: pidproof COMMAND [OPTION]...\n"
           "\n"
           "Is process N still exactly the daemon that was recorded? pidproof puts that\n"
           "question to an implementation, in any language, in front of real processes:\n"
           "numbers that are reused, other boots, replaced programs, zombies, namespaces.\n"
           "\n");
    for (size_t i = 0; i < COMMANDS; i++) {
        if (commands[i].summary) {
            printf("  %-10s %s\n", commands[i].name, commands[i].summary);
        }
    }
    printf("\n"
           "An adapter is a program that lets pidproof question your implementation: it\n"
           "reads one JSON-RPC request a line from stdin and answers on stdout, about 60\n"
           "lines of any language (harness/PROTOCOL.md). First steps:\n"
           "\n"
           "  pidproof doctor                              what can this host establish?\n"
           "  pidproof smoke -- ./my-adapter               does it speak the protocol?\n"
           "  pidproof conform --profile core -- ./my-adapter\n"
           "  pidproof conform --filter 'look/**' -- python3 my_adapter.py\n"
           "  pidproof conform -- ./my-adapter             everything\n"
           "  pidproof explore -- ./my-adapter             every race, every failing call\n"
           "  pidproof bench -- ./mine -- ./theirs         what the same questions cost\n"
           "\n"
           "Exit status: 0 everything judged came out as expected; 1 the implementation\n"
           "does not conform; 2 wrong usage; 3 the adapter is broken (cannot start, fails\n"
           "hello); 4 pidproof or this host failed.\n"
           "\n"
           "`pidproof COMMAND --help` says more; `pidproof --version` prints the version.\n");
}

int main(int argc, char **argv)
{
    argv = native_start(argc, argv);
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
        strcmp(name, "help") == 0) {
        print_help();
        return name ? STATUS_OK : STATUS_USAGE;
    }
    if (strcmp(name, "--version") == 0) {
        printf("pidproof %s\n", PIDPROOF_VERSION);
        return STATUS_OK;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            struct options options;
            int status;
            if (options_parse(&commands[i], argc - 1, argv + 1, &options, &status)) {
                options.invoked = argv[0];
                status = commands[i].run(&options);
                options_clear(&options);
            }
            return status;
        }
    }
    fprintf(stderr, "pidproof: there is no command '%s'; `pidproof --help` lists them\n", name);
    return STATUS_USAGE;
}
