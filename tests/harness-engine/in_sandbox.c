/*
 * Enters a sandbox, leaves an orphan that ignores everything, and answers each line with
 * what it sees there. Descriptor 3, where there is one, stays open in all of them: its
 * other end tells when the last one is gone.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

static void leave_an_orphan(void)
{
    pid_t between = fork();
    if (between == 0) {
        if (fork() == 0) {
            sigset_t all;
            sigfillset(&all);
            sigprocmask(SIG_BLOCK, &all, NULL);
            setsid();
            while (1)
                sigsuspend(&all);
        }
        _exit(0);
    }
    waitpid(between, NULL, 0);
}

int main(void)
{
    char *scratch = NULL, *why_not = NULL;
    char line[256];

    enum sandbox_status status = sandbox_enter(&scratch, &why_not);
    if (status != SANDBOX_ENTERED) {
        printf("{\"why_not\": \"%s\"}\n", why_not);
        free(why_not);
        return status == SANDBOX_LACKING ? 77 : 1;
    }
    leave_an_orphan();
    while (fgets(line, sizeof line, stdin)) {
        struct stat own, first;
        kill(-1, SIGTERM);
        raise(SIGTERM);
        int same = stat("/proc/self", &own) == 0 && stat("/proc/1", &first) == 0 &&
                   own.st_ino == first.st_ino;
        char *path = NULL;
        if (asprintf(&path, "%s/left-behind", scratch) < 0)
            return 1;
        int fresh = access(path, F_OK) != 0;
        FILE *file = fopen(path, "we");
        if (file)
            fclose(file);
        printf("{\"pid\": %d, \"proc\": %s, \"fresh\": %s, \"uid\": %d, \"path\": \"%s\"}\n",
               (int)getpid(), same ? "true" : "false", fresh && file ? "true" : "false",
               (int)getuid(), path);
        fflush(stdout);
        free(path);
    }
    free(scratch);
    return 5;
}
