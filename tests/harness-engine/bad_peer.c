/*
 * A child that speaks JSON lines wrongly in the way that its first argument names. What
 * it does before it misbehaves, and what "the same" means, stands beside each.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static char line[4096];
static const char *program;

static bool next_request(void)
{
    return fgets(line, sizeof line, stdin) != NULL;
}

static void say(const char *text)
{
    fputs(text, stdout);
    fflush(stdout);
}

/* The one that is right: every request comes back as it is. */
static void echo(void)
{
    while (next_request())
        say(line);
}

static void silent(void)
{
    while (next_request())
        continue;
}

static void never_reads(void)
{
    while (true)
        uv_sleep(60 * 1000);
}

static void ignores_term(void)
{
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    never_reads();
}

static void garbage(void)
{
    next_request();
    say("Starting up, v1.2\xff\n");
    echo();
}

static void array(void)
{
    next_request();
    say("[1]\n");
    echo();
}

static void crash(void)
{
    next_request();
    abort();
}

static void exits(void)
{
    next_request();
    exit(3);
}

static void half_a_line(void)
{
    next_request();
    say("{\"id\":");
}

static void closes(void)
{
    next_request();
    fclose(stdout);
    silent();
}

static void floods(void)
{
    next_request();
    memset(line, 'x', sizeof line);
    while (fwrite(line, 1, sizeof line, stdout) == sizeof line)
        continue;
}

static void talks_twice(void)
{
    while (next_request()) {
        say(line);
        say("{\"id\":0}\n");
    }
}

static void complains(void)
{
    while (next_request()) {
        fputs("something is odd: \x01\n", stderr);
        fflush(stderr); /* Wine's C library would keep it */
        say(line);
    }
}

/* Its child shares the group and the output, and outlives it until the input ends. */
static void leaves_a_child(void)
{
    char *args[] = {(char *)program, "silent", NULL};
    uv_stdio_container_t stdio[3];
    uv_process_t child;

    for (int i = 0; i < 3; i++)
        stdio[i] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = i};
    next_request();
    exit(uv_spawn(uv_default_loop(), &child,
                  &(uv_process_options_t){.file = program,
                                          .args = args,
                                          .stdio = stdio,
                                          .stdio_count = 3,
                                          .flags = OUTLIVES}) != 0);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*play)(void);
    } roles[] = {
        {"echo", echo},
        {"silent", silent},
        {"never-reads", never_reads},
        {"ignores-term", ignores_term},
        {"garbage", garbage},
        {"array", array},
        {"crash", crash},
        {"exits", exits},
        {"half-a-line", half_a_line},
        {"closes", closes},
        {"floods", floods},
        {"talks-twice", talks_twice},
        {"complains", complains},
        {"leaves-a-child", leaves_a_child},
    };

    program = argv[0];
    for (size_t i = 0; argc == 2 && i < sizeof roles / sizeof *roles; i++) {
        if (!strcmp(argv[1], roles[i].name)) {
            roles[i].play();
            return 0;
        }
    }
    fprintf(stderr, "usage: bad_peer ROLE\n");
    return 2;
}
