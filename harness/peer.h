/*
 * A child that speaks JSON lines: one request a line on its standard input, one
 * reply a line on its standard output. Everything has a deadline: no child, however
 * wrong, makes the harness wait longer or remember more than is said here.
 *
 * A peer leads a session and a process group of its own; ending it kills the whole
 * group. Windows has neither: there it ends alone. Not for use from several threads.
 */
#ifndef PIDPROOF_PEER_H
#define PIDPROOF_PEER_H

#include <jansson.h>
#include <stdbool.h>
#include <uv.h>

/* A longer line is no reply. PROTOCOL.md */
#define PEER_LINE_MAX (1024 * 1024)

enum peer_status {
    PEER_OK = 0,
    PEER_TIMEOUT,  /* no whole line before the deadline */
    PEER_EXITED,   /* the process ended instead of answering */
    PEER_CLOSED,   /* it closed its output, and lives */
    PEER_BAD_LINE, /* a line that is no JSON object, is too long, or was not asked for */
};

struct peer;

struct peer_options {
    char *const *args;       /* command and arguments, NULL-terminated */
    char *const *env;        /* "NAME=value", NULL-terminated; NULL: the harness's own */
    const int *descriptors;  /* what it finds at 3, 4, …; borrowed */
    size_t descriptor_count; /* how many */
};

/*
 * Starts a child. False with a message in `*message_ret` (free() it) where the system
 * could not. `*peer_ret` is ended with peer_end().
 */
bool peer_start(uv_loop_t *loop, const struct peer_options *options, struct peer **peer_ret,
                char **message_ret);

/*
 * A peer without a process: whoever holds the other end of this socket, which the peer
 * now owns.
 */
bool peer_adopt(uv_loop_t *loop, int socket, struct peer **peer_ret, char **message_ret);

/*
 * Sends `line` (the newline is added) and waits for one line back. The reply is a JSON
 * object, the caller's. On failure `*message_ret` says what was expected and what came
 * (free() it); the peer is good for nothing but peer_end() then.
 */
enum peer_status peer_ask(struct peer *peer, const char *line, double timeout_s, json_t **reply_ret,
                          char **message_ret);

/* The number of its process, 0 where it has none. Stays what it was after its exit. */
int peer_pid(const struct peer *peer);

/* How it ended: "exit status 3", "signal 9 (killed)". NULL while it lives. Owned by the peer. */
const char *peer_how_it_ended(const struct peer *peer);

/* The signal that ended it, 0 for none (also while it lives). */
int peer_end_signal(const struct peer *peer);

/* The last bytes that it wrote to standard error since the last call. free() it. */
char *peer_take_stderr(struct peer *peer);

/* SIGKILL for its whole group, at once (native.h). Nothing happens where the process was reaped. */
void peer_kill(struct peer *peer);

/*
 * Closes its input, gives it `grace_s` to end by itself, kills its group, waits until it
 * is reaped, and frees everything. NULL is fine.
 */
void peer_end(struct peer *peer, double grace_s);

#endif
