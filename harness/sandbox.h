/*
 * Where a worker lives: namespaces of its own, so that numbers can be reused, files
 * bound over others and wild signals survived, without anything outside noticing.
 */
#ifndef PIDPROOF_SANDBOX_H
#define PIDPROOF_SANDBOX_H

enum sandbox_status {
    SANDBOX_ENTERED = 0,
    SANDBOX_LACKING, /* this host has none for this user */
    SANDBOX_FAILED,  /* it was short of something, or could not be asked: no answer */
};

/*
 * Moves the rest of the program into user, PID, mount and IPC namespaces of its own,
 * where it is process 1, with a fresh /proc and an empty file system in memory at the
 * directory whose path it gives (free() it), which is gone when the process is.
 *
 * Where it succeeds, the calling process never returns: it stays outside, waits for the
 * one inside and ends as that one ends, and whichever of its parent, itself or the one
 * inside dies first, by whatever means, takes everything below with it.
 *
 * Where it fails there is a sentence in `*why_not_ret` (free() it), and nothing has
 * changed.
 *
 * To be called while there is one thread, and before any library has opened anything.
 */
enum sandbox_status sandbox_enter(char **scratch_ret, char **why_not_ret);

/* How many zombies were reaped that are not `known`: orphans that process 1 inherited. */
struct sandbox_children {
    const int *known; /* numbers of children that somebody else waits for */
    int count;
};
void sandbox_reap_orphans(const struct sandbox_children *children);

/* SIGKILL for everything in the sandbox but this process, which must be inside. */
void sandbox_kill_all(void);

#endif
