/*
 * The sandbox of Linux, see sandbox.h.
 *
 * Two processes: the outer one stays in the caller's namespaces, because only from there
 * can a whole range of user ids be mapped; the inner one is process 1 in there. Process 1
 * is spared by kill(-1) and by every signal it has no handler for, and when it dies the
 * kernel kills all others of its PID namespace: that is what nothing survives.
 */
#define _GNU_SOURCE
#include "sandbox.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a busy host is short of at times; it says nothing about what it can do. */
static bool scarce(int error)
{
    return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
}

/* ---- Ids ------------------------------------------------------------------ */

static bool write_file(pid_t pid, const char *name, const char *content)
{
    char *path = text_format("/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, content, strlen(content)) == (ssize_t)strlen(content);

    if (fd >= 0)
        close(fd);
    free(path);
    return done;
}

/*
 * Every id that is known here, under its own number, as /proc/self/uid_map lists them.
 * Of the whole range the last id is left out: it is no user's, and without it a program
 * can see from its own map that this is not the first user namespace.
 */
static char *all_ids(const char *map)
{
    struct text lines = {0};
    unsigned long inside, outside, count;
    char *path = text_format("/proc/self/%s", map);
    FILE *file = fopen(path, "re");

    while (file && fscanf(file, "%lu %lu %lu", &inside, &outside, &count) == 3)
        text_addf(&lines, "%lu %lu %lu\n", inside, inside, count - (count == UINT32_MAX));
    if (file)
        fclose(file);
    free(path);
    return text_take(&lines);
}

/* The whole range takes privilege; everybody may map themselves to root. */
static bool map_ids(pid_t inner)
{
    char *users = all_ids("uid_map");
    char *groups = all_ids("gid_map");
    bool mapped = write_file(inner, "uid_map", users) && write_file(inner, "gid_map", groups);

    free(users);
    free(groups);
    if (mapped)
        return true;

    users = text_format("0 %lu 1\n", (unsigned long)geteuid());
    groups = text_format("0 %lu 1\n", (unsigned long)getegid());
    mapped = write_file(inner, "uid_map", users) && write_file(inner, "setgroups", "deny") &&
             write_file(inner, "gid_map", groups);
    free(users);
    free(groups);
    return mapped;
}

/* ---- Inside --------------------------------------------------------------- */

/* For the outer process to read: one character that says how it went, and what failed. */
enum { INSIDE = '+', IS_LACKING = '-', HAS_FAILED = '!' };

static _Noreturn void tell_and_exit(int tell, const char *what)
{
    int error = errno;
    char *why =
        text_format("%c%s: %s", scarce(error) ? HAS_FAILED : IS_LACKING, what, strerror(error));
    ssize_t written = write(tell, why, strlen(why));
    (void)written; /* nobody there: nobody wants to know */
    _exit(1);
}

static void arrange(const char *scratch, int tell)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
        tell_and_exit(tell, "making mounts private");
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
        tell_and_exit(tell, "mounting a /proc of the sandbox (a container that hides parts of "
                            "/proc forbids it)");
    if (mount("pidproof", scratch, "tmpfs", 0, "mode=0755"))
        tell_and_exit(tell, "mounting a file system in memory");
}

/* ---- Outside -------------------------------------------------------------- */

/*
 * One directory for every run of this user: each worker mounts its own over it. It is
 * never removed: removing a mount point takes the mounts of other workers away.
 */
static char *make_mount_point(char **why_not_ret)
{
    const char *parent = getenv("TMPDIR");
    char *path = text_format("%s/pidproof-%lu", parent && *parent == '/' ? parent : "/tmp",
                             (unsigned long)geteuid());
    struct stat found;

    if (mkdir(path, 0700) && errno != EEXIST)
        *why_not_ret = text_format("making %s: %s", path, strerror(errno));
    else if (lstat(path, &found))
        *why_not_ret = text_format("looking at %s: %s", path, strerror(errno));
    else if (!S_ISDIR(found.st_mode) || found.st_uid != geteuid() || found.st_mode & 022)
        *why_not_ret = text_format("%s is not a directory that only you can write to; remove it "
                                   "or set TMPDIR",
                                   path);
    else
        return path;
    free(path);
    return NULL;
}

static char *explain_clone(int error)
{
    const char *hint = "";
    if (error == EPERM)
        hint = "; look at sysctl kernel.unprivileged_userns_clone and "
               "kernel.apparmor_restrict_unprivileged_userns, or at the container's seccomp "
               "profile";
    else if (error == ENOSPC)
        hint = "; look at sysctl user.max_user_namespaces";
    return text_format("new namespaces: %s%s", strerror(error), hint);
}

static _Noreturn void end_as(pid_t inner)
{
    int status;

    while (waitpid(inner, &status, 0) < 0) {
        if (errno != EINTR)
            _exit(4);
    }
    if (WIFSIGNALED(status))
        raise(WTERMSIG(status));
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 4);
}

/* Returns only where the inner process could not arrange itself, with its reason. */
static enum sandbox_status stay_outside(pid_t inner, int go, int told, char **why_not_ret)
{
    char answer[512];
    ssize_t length = 0;
    enum sandbox_status status = SANDBOX_FAILED;

    if (!map_ids(inner)) {
        status = scarce(errno) ? SANDBOX_FAILED : SANDBOX_LACKING;
        *why_not_ret = text_format("mapping user ids: %s", strerror(errno));
    } else if (write(go, "g", 1) != 1 || (length = read(told, answer, sizeof answer)) <= 0) {
        *why_not_ret = text_format("its first process died");
    } else if (*answer == INSIDE) {
        end_as(inner);
    } else {
        status = *answer == IS_LACKING ? SANDBOX_LACKING : SANDBOX_FAILED;
        *why_not_ret = text_format("%.*s", (int)length - 1, answer + 1);
    }
    kill(inner, SIGKILL);
    waitpid(inner, NULL, 0);
    return status;
}

enum sandbox_status sandbox_enter(char **scratch_ret, char **why_not_ret)
{
    int go[2], told[2];
    char *scratch = make_mount_point(why_not_ret);

    if (!scratch)
        return SANDBOX_FAILED;
    if (pipe2(go, O_CLOEXEC) || pipe2(told, O_CLOEXEC)) {
        *why_not_ret = text_format("pipes: %s", strerror(errno));
        free(scratch);
        return SANDBOX_FAILED;
    }
    /* Should the parent be gone already, its end of our input is closed: that ends us too. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);

    struct clone_args arguments = {
        .flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC,
        .exit_signal = SIGCHLD,
    };
    pid_t inner = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
    if (inner == 0) {
        char byte;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(go[1]);
        close(told[0]);
        if (read(go[0], &byte, 1) != 1)
            _exit(1); /* the outer process died before this one could be told to */
        arrange(scratch, told[1]);
        if (write(told[1], &(char){INSIDE}, 1) != 1)
            _exit(1);
        close(go[0]);
        close(told[1]);
        *scratch_ret = scratch;
        return SANDBOX_ENTERED;
    }
    enum sandbox_status status = SANDBOX_LACKING;
    if (inner < 0) {
        status = scarce(errno) ? SANDBOX_FAILED : SANDBOX_LACKING;
        *why_not_ret = explain_clone(errno);
    }
    close(go[0]);
    close(told[1]);
    if (inner > 0)
        status = stay_outside(inner, go[1], told[0], why_not_ret);
    close(go[1]);
    close(told[0]);
    free(scratch);
    return status;
}

/* ---- Process 1's duties --------------------------------------------------- */

void sandbox_reap_orphans(const struct sandbox_children *children)
{
    siginfo_t seen;

    while (true) {
        seen.si_pid = 0;
        if (waitid(P_ALL, 0, &seen, WEXITED | WNOHANG | WNOWAIT) || seen.si_pid == 0)
            return;
        for (int i = 0; i < children->count; i++) {
            if (children->known[i] == seen.si_pid)
                return; /* whose turn it is to be reaped by somebody else; the rest can wait */
        }
        waitpid(seen.si_pid, NULL, 0);
    }
}

void sandbox_kill_all(void)
{
    if (getpid() == 1)
        kill(-1, SIGKILL);
}
