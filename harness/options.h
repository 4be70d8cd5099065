/*
 * The command line: every option of every command in one table, from which the
 * parser and each command's --help are made.
 */
#ifndef PIDPROOF_OPTIONS_H
#define PIDPROOF_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses of PROTOCOL.md; each means one thing. */
enum status {
    STATUS_OK = 0,
    STATUS_DOES_NOT_CONFORM = 1,
    STATUS_USAGE = 2,
    STATUS_ADAPTER = 3,
    STATUS_HOST = 4,
};

struct options {
    const char **filters; /* globs, NULL-terminated; owned */
    const char *profile;  /* core, hardened or all */
    const char *json;     /* file to write; NULL: none */
    const char *junit;
    const char *known;
    const char *cases;    /* directory of further cases */
    const char *fixtures; /* directory that holds launcher/ and programs/ */
    const char
        *windows;       /* directory of the fixtures of Windows; NULL: this system is asked about */
    const char *system; /* whose cases are run: linux, windows, unix (case_is_of), … */
    const char *python;
    const char *changes; /* explore: NULL where not given, as the next */
    const char *faults;
    const char *asked; /* explore --op */
    const char *replay;
    bool tap;
    bool as_json; /* list --json */
    bool known_fix;
    bool no_sandbox;
    bool as_unix; /* situations as any Unix builds them */
    unsigned jobs;
    unsigned rounds;      /* bench: samples of each figure */
    unsigned depth;       /* explore: changes within one question */
    unsigned long budget; /* explore: pairs of changes */
    double timeout_s;
    const char *invoked;  /* argv[0] of this program */
    char **rest;          /* behind the options: the adapter's command or files; NULL-terminated */
    char *program;        /* this executable, to start workers from; owned */
    char *found_fixtures; /* owned, what `fixtures` points to where it was not given */
};

/* One command of pidproof. */
struct command {
    const char *name;
    const char *arguments; /* "-- ADAPTER [ARG...]"; "" for none */
    const char *takes;     /* its options, separated by spaces */
    const char *summary;   /* one line */
    const char *help;      /* what to know, for its --help */
    int (*run)(const struct options *options);
};

/*
 * Parses `argv` (argv[0] is the command's name). Returns true to go on; false
 * with the exit status in `*status_ret` where --help was printed or the command
 * line is wrong, having said what to write instead.
 */
bool options_parse(const struct command *command, int argc, char **argv,
                   struct options *options_ret, int *status_ret);
void options_clear(struct options *options);

/* The commands that have a file of their own; each returns an exit status. */
int command_bench(const struct options *options);
int command_conform(const struct options *options);
int command_coverage(const struct options *options);
int command_doctor(const struct options *options);
int command_explore(const struct options *options);
int command_lint(const struct options *options);
int command_list(const struct options *options);

#endif
