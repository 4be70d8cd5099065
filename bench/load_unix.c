/*
 * Load on POSIX systems, see distributions.h: processes that are stopped and continued.
 */
#define _GNU_SOURCE /* on Darwin everything is there without a name */

#include "distributions.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SPINNERS_MOST = 64 };

static struct {
    pid_t pids[SPINNERS_MOST];
    size_t count;
    bool running;
} spinners;

static bool complain(const char *what)
{
    fprintf(stderr, "pidproof_distributions: %s a spinning process: %s\n", what, strerror(errno));
    return false;
}

bool load_set(bool loaded)
{
    if (spinners.running == loaded)
        return true;
    spinners.running = loaded;
    for (size_t i = 0; i < spinners.count; i++) {
        siginfo_t info;
        int signal = loaded ? SIGCONT : SIGSTOP, event = loaded ? WCONTINUED : WSTOPPED;
        if (kill(spinners.pids[i], signal) != 0)
            return complain("signalling");
        while (waitid(P_PID, (id_t)spinners.pids[i], &info, event) != 0)
            if (errno != EINTR)
                return complain("waiting for");
    }
    return true;
}

bool load_begin(void)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    while (spinners.count < (size_t)cpus && spinners.count < SPINNERS_MOST) {
        pid_t parent = getpid(), pid = fork();
        if (pid < 0)
            return complain("starting");
        if (pid == 0) {
            pin_thread((int)spinners.count);
            for (volatile unsigned turns = 0;; turns++)
                if (turns % (1U << 20) == 0 && getppid() != parent)
                    _exit(0);
        }
        spinners.pids[spinners.count++] = pid;
    }
    spinners.running = true;
    return load_set(false);
}

void load_end(void)
{
    for (size_t i = 0; i < spinners.count; i++) {
        kill(spinners.pids[i], SIGKILL);
        while (waitpid(spinners.pids[i], NULL, 0) < 0 && errno == EINTR) {
        }
    }
}
