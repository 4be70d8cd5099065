/*
 * daemon.c: the process that the library's tests look at. Writes a line when it is ready,
 * and obeys one line at a time from its standard input, answering each with one; it ends
 * with its input, and with its parent.
 *
 *     exec PATH    becomes that program (which then says that it is ready)
 *     ignore       ignores SIGTERM
 *     thread       starts a thread; answers its id (Linux only)
 *     main-exit    the main thread exits, another lives on; answers when that is so (Linux only)
 *
 * Where only Linux has it, it does not end with its parent, but always with its input.
 */
#define _GNU_SOURCE

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

static void answer(const char *text)
{
    printf("%s\n", text);
    fflush(stdout);
}

#ifdef __linux__
/* Until input ends: what the process does when it only has to be there. */
static void stay(void)
{
    char unused[64];
    while (read(0, unused, sizeof unused) > 0)
        continue;
    exit(0);
}

static void *tell_id(void *unused)
{
    char id[32];
    (void)unused;
    snprintf(id, sizeof id, "%ld", syscall(SYS_gettid));
    answer(id);
    for (;;)
        pause();
    return NULL;
}

static char main_state(void)
{
    char path[64], text[256] = "";
    snprintf(path, sizeof path, "/proc/self/task/%ld/stat", (long)getpid());
    FILE *file = fopen(path, "r");
    if (file) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
    }
    const char *rest = strrchr(text, ')');
    return rest ? rest[2] : '?';
}

static void *outlive_main(void *unused)
{
    (void)unused;
    while (main_state() != 'Z')
        sched_yield();
    answer("main-exit");
    stay();
    return NULL;
}

static void obey_linux(const char *line)
{
    pthread_t thread;
    if (strcmp(line, "thread") == 0) {
        pthread_create(&thread, NULL, tell_id, NULL);
    } else if (strcmp(line, "main-exit") == 0) {
        pthread_create(&thread, NULL, outlive_main, NULL);
        pthread_exit(NULL);
    }
}
#else
static void obey_linux(const char *line)
{
    (void)line; /* no answer: the test that asked fails */
}
#endif

int main(void)
{
    char line[8192];
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    setvbuf(stdin, NULL, _IONBF, 0); /* what exec is to read must not be lost in a buffer */
    answer("ready");
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "exec ", 5) == 0) {
            execl(line + 5, line + 5, (char *)NULL);
            answer("exec failed");
        } else if (strcmp(line, "ignore") == 0) {
            signal(SIGTERM, SIG_IGN);
            answer("ignore");
        } else {
            obey_linux(line);
        }
    }
    return 0;
}
