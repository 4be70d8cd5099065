/* Starting an adapter through fixtures/programs/confine, see confine.h. */
#define _GNU_SOURCE
#include "confine.h"

#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a program of ours may take to come to its exec; a net, nothing waits for it. */
#define START_TIMEOUT_S 30

/* ---- The command line ------------------------------------------------------ */

#define ARGUMENTS_MAX 64

struct command {
    char *args[ARGUMENTS_MAX];
    size_t count; /* those of ours come first: they are freed, the adapter's are not */
    size_t owned;
};

static void add(struct command *command, char *argument)
{
    if (command->count < ARGUMENTS_MAX - 1)
        command->args[command->count++] = argument;
    command->owned = command->count;
}

static void add_option(struct command *command, const char *name, char *value)
{
    add(command, text_format("--%s", name));
    add(command, value);
}

/* A user id that is mapped here and is nobody's else; -1 where there is only one. */
static long other_user(FILE *map)
{
    /* The launcher's other user is 65534: this one is a third. */
    static const long wanted = 65533;
    unsigned long inside, outside, count;
    long found = -1;

    while (fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3) {
        if ((unsigned long)wanted >= inside && (unsigned long)wanted < inside + count)
            found = wanted;
    }
    return geteuid() == 0 ? found : -1;
}

static bool add_member(struct command *command, const char *name, const json_t *value,
                       char **needs_ret, char **message_ret)
{
    const char *call;
    json_t *error, *number;
    size_t i;

    if (!strcmp(name, "seccomp")) {
        json_object_foreach((json_t *)value, call, error)
            add_option(command, "seccomp", text_format("%s=%s", call, json_string_value(error)));
    } else if (!strcmp(name, "proc") || !strcmp(name, "landlock")) {
        add_option(command, name, text_format("%s", json_string_value(value)));
    } else if (!strcmp(name, "pidns") || !strcmp(name, "child")) {
        add_option(command, name, text_format("%s", json_is_true(value) ? "true" : "false"));
    } else if (!strcmp(name, "timens")) {
        add_option(command, name, text_format("%lld", (long long)json_integer_value(value)));
    } else if (!strcmp(name, "user")) {
        FILE *map = fopen("/proc/self/uid_map", "re");
        if (!map) {
            *message_ret = text_format("looking at /proc/self/uid_map: %s", strerror(errno));
            return false;
        }
        long user = other_user(map);
        fclose(map);
        if (user < 0) {
            *needs_ret = text_format("users");
            *message_ret = text_format("there is one user id only in this sandbox");
            return false;
        }
        add_option(command, name, text_format("%ld", user));
    } else if (!strcmp(name, "close")) {
        struct text list = {0};
        json_array_foreach((json_t *)value, i, number)
            text_addf(&list, "%s%lld", i ? "," : "", (long long)json_integer_value(number));
        add_option(command, name, text_take(&list));
    } else if (strcmp(name, "nofile") != 0) { /* confine_running() does that one */
        *needs_ret = text_format("sandbox");
        *message_ret = text_format("nobody knows how to start an adapter with \"%s\"", name);
        return false;
    }
    return true;
}

static bool build(struct command *command, const struct worker_options *options, const json_t *how,
                  char **needs_ret, char **message_ret)
{
    const char *name;
    json_t *value;

    add(command, text_format("%s/programs/confine", options->fixtures));
    add_option(command, "canary", text_format("%s/programs/canary", options->fixtures));
    json_object_foreach((json_t *)how, name, value)
    {
        if (!add_member(command, name, value, needs_ret, message_ret))
            return false;
    }
    add(command, text_format("--"));
    for (char **argument = options->adapter; *argument; argument++) {
        if (command->count == ARGUMENTS_MAX - 1) {
            *message_ret = text_format("more than %d arguments in all", ARGUMENTS_MAX);
            return false;
        }
        command->args[command->count++] = *argument;
    }
    return true;
}

static void discard(struct command *command)
{
    for (size_t i = 0; i < command->owned; i++)
        free(command->args[i]);
}

/* ---- Starting -------------------------------------------------------------- */

/* Everything up to end of file, which comes when the adapter runs or will never. */
static char *read_report(int fd)
{
    struct text report = {0};
    char chunk[1024];
    struct pollfd ready = {.fd = fd, .events = POLLIN};

    while (true) {
        int count = poll(&ready, 1, START_TIMEOUT_S * 1000);
        if (count < 0 && errno == EINTR)
            continue;
        ssize_t length = count > 0 ? read(fd, chunk, sizeof chunk) : 0;
        if (length <= 0)
            return text_take(&report);
        text_add(&report, chunk, (size_t)length);
    }
}

static enum confine_status understand(const char *report, struct confined *confined,
                                      char **needs_ret, char **message_ret)
{
    const char *lacking = strstr(report, "not-established ");
    const char *broken = strstr(report, "broken ");
    const char *failed = strstr(report, "failed ");
    const char *adapter = strstr(report, "adapter ");
    const char *canary = strstr(report, "canary ");
    const char *child = strstr(report, "child ");

    if (broken) {
        broken += strlen("broken ");
        *message_ret = text_format("%.*s", (int)strcspn(broken, "\n"), broken);
        return CONFINE_BROKEN;
    }
    if (failed) {
        failed += strlen("failed ");
        *message_ret = text_format("starting the adapter failed, which says nothing about it: %.*s",
                                   (int)strcspn(failed, "\n"), failed);
        return CONFINE_FAILED;
    }
    if (lacking) {
        lacking += strlen("not-established ");
        size_t feature = strcspn(lacking, " ");
        *needs_ret = text_format("%.*s", (int)feature, lacking);
        lacking += feature + strspn(lacking + feature, " ");
        *message_ret = text_format("%.*s", (int)strcspn(lacking, "\n"), lacking);
        return CONFINE_LACKING;
    }
    if (!adapter || !canary) {
        *message_ret = text_format("fixtures/programs/confine ended, or did not come to its end "
                                   "within %d s, without a word",
                                   START_TIMEOUT_S);
        return CONFINE_FAILED;
    }
    confined->pid = (int)strtol(adapter + strlen("adapter "), NULL, 10);
    confined->child_pid = child ? (int)strtol(child + strlen("child "), NULL, 10) : 0;
    confined->canary_pid = (int)strtol(canary + strlen("canary "), NULL, 10);
    return CONFINE_DONE;
}

static void close_both(const int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

enum confine_status confine_start(uv_loop_t *loop, const struct worker_options *options,
                                  const json_t *how, struct confined *confined_ret,
                                  char **needs_ret, char **message_ret)
{
    struct command command = {0};
    struct confined confined = {0};
    int report[2], canary[2];

    if (!build(&command, options, how, needs_ret, message_ret)) {
        discard(&command);
        return *needs_ret ? CONFINE_LACKING : CONFINE_FAILED;
    }
    if (uv_pipe(report, 0, 0)) {
        discard(&command);
        *message_ret = text_format("no pipe: %s", strerror(errno));
        return CONFINE_FAILED;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, canary)) {
        close_both(report);
        discard(&command);
        *message_ret = text_format("no socket: %s", strerror(errno));
        return CONFINE_FAILED;
    }

    const int descriptors[] = {report[1], canary[1]};
    bool started =
        peer_start(loop,
                   &(struct peer_options){
                       .args = command.args, .descriptors = descriptors, .descriptor_count = 2},
                   &confined.adapter, message_ret);
    discard(&command);
    close(report[1]);
    close(canary[1]);
    enum confine_status status = CONFINE_FAILED;
    if (started) {
        char *said = read_report(report[0]);
        status = understand(said, &confined, needs_ret, message_ret);
        free(said);
    }
    close(report[0]);
    if (status != CONFINE_DONE)
        close(canary[0]);
    else if (!peer_adopt(loop, canary[0], &confined.canary, message_ret))
        status = CONFINE_FAILED;
    if (status != CONFINE_DONE)
        peer_end(confined.adapter, 0);
    else
        *confined_ret = confined;
    return status;
}

/* ---- Running --------------------------------------------------------------- */

/* The lowest number that is free: with that as the limit nothing more can be opened. */
static long lowest_free_descriptor(int pid)
{
    char *path = text_format("/proc/%d/fd", pid);
    long lowest = 0;
    bool there = true;

    while (there) {
        char *one = text_format("%s/%ld", path, lowest);
        char target;
        there = readlink(one, &target, 1) >= 0;
        free(one);
        lowest += there;
    }
    free(path);
    return lowest;
}

bool confine_running(const struct confined *confined, const json_t *how, char **message_ret)
{
    const json_t *nofile = json_object_get(how, "nofile");
    const char *text = json_string_value(nofile);
    long most = (long)json_integer_value(nofile);

    if (!nofile)
        return true;
    if (text) {
        const char *more = strchr(text, '+');
        most = lowest_free_descriptor(confined->pid) + (more ? strtol(more, NULL, 10) : 0);
    }
    struct rlimit limit = {(rlim_t)most, (rlim_t)most};
    if (prlimit(confined->pid, RLIMIT_NOFILE, &limit, NULL) == 0)
        return true;
    *message_ret = text_format("limiting the adapter's descriptors: %s", strerror(errno));
    return false;
}

bool confine_bystander(uv_loop_t *loop, const struct worker_options *options,
                       struct peer **peer_ret, char **message_ret)
{
    char *program = text_format("%s/programs/canary", options->fixtures);
    char *args[] = {program, NULL};
    bool started = peer_start(loop, &(struct peer_options){.args = args}, peer_ret, message_ret);

    free(program);
    return started;
}

json_t *confine_features(uv_loop_t *loop, const struct worker_options *options, char **message_ret)
{
    char *program = text_format("%s/programs/confine", options->fixtures);
    char *args[] = {program, "--probe", NULL};
    struct peer *peer = NULL;
    json_t *features = NULL;
    char *why = NULL;

    if (peer_start(loop, &(struct peer_options){.args = args}, &peer, &why) &&
        peer_ask(peer, "", START_TIMEOUT_S, &features, &why) != PEER_OK)
        features = NULL;
    if (!features)
        *message_ret = text_format("asking %s what this kernel has: %s", program, why);
    peer_end(peer, START_TIMEOUT_S);
    free(why);
    free(program);
    return features;
}
