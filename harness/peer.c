/* A child that speaks JSON lines, see peer.h. */
#include "peer.h"

#include "native.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define STDERR_KEPT (16 * 1024)

struct peer {
    uv_loop_t *loop;
    uv_process_t process;
    uv_pipe_t in, out, err; /* ours: written, read, read; an adopted peer has `in` alone */
    uv_stream_t *source;    /* where replies come from */
    uv_timer_t timer;
    int open_handles; /* of the five above, those that libuv still holds */

    bool has_process;
    bool exited;
    int64_t exit_status;
    int end_signal;
    char *how_it_ended;

    struct text received; /* what came and was not asked for yet */
    struct text errors;   /* the tail of standard error */
    bool closed;          /* end of output */
    bool expired;         /* the timer fired */
    char chunk[64 * 1024];
};

/* ---- What libuv reports -------------------------------------------------- */

static void on_close(uv_handle_t *handle)
{
    struct peer *peer = handle->data;
    peer->open_handles--;
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_close);
}

static void on_exit_of_process(uv_process_t *process, int64_t status, int signal_number)
{
    struct peer *peer = process->data;

    peer->exited = true;
    peer->exit_status = status;
    peer->end_signal = signal_number;
    if (signal_number)
        peer->how_it_ended =
            text_format("signal %d (%s)", signal_number, native_signal_text(signal_number));
    else
        peer->how_it_ended = text_format("exit status %lld", (long long)status);
}

static void on_timer(uv_timer_t *timer)
{
    ((struct peer *)timer->data)->expired = true;
}

static void lend_chunk(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct peer *peer = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(peer->chunk, sizeof peer->chunk);
}

static void on_output(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct peer *peer = stream->data;

    if (count < 0) {
        peer->closed = true;
        uv_read_stop(stream);
        return;
    }
    text_add(&peer->received, buffer->base, (size_t)count);
    /* A flood is not remembered: nobody reads on until somebody asks, and nobody will. */
    if (peer->received.length > PEER_LINE_MAX)
        uv_read_stop(stream);
}

static void on_error_output(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct peer *peer = stream->data;

    if (count < 0) {
        uv_read_stop(stream);
        return;
    }
    text_add(&peer->errors, buffer->base, (size_t)count);
    if (peer->errors.length > STDERR_KEPT) {
        size_t too_many = peer->errors.length - STDERR_KEPT;
        memmove(peer->errors.data, peer->errors.data + too_many, STDERR_KEPT + 1);
        peer->errors.length = STDERR_KEPT;
    }
}

/* Runs the loop until something happened; the timer is running. */
static void turn(struct peer *peer)
{
    uv_run(peer->loop, UV_RUN_ONCE);
}

static void start_timer(struct peer *peer, double seconds)
{
    peer->expired = false;
    uv_update_time(peer->loop);
    uv_timer_start(&peer->timer, on_timer, (uint64_t)(seconds * 1000), 0);
}

/* ---- Starting ------------------------------------------------------------ */

static struct peer *new_peer(uv_loop_t *loop)
{
    struct peer *peer = calloc(1, sizeof *peer);
    if (!peer)
        abort();
    peer->loop = loop;
    uv_timer_init(loop, &peer->timer);
    peer->timer.data = peer;
    peer->open_handles = 1;
    return peer;
}

static int open_pipe(struct peer *peer, uv_pipe_t *pipe, int descriptor)
{
    uv_pipe_init(peer->loop, pipe, 0);
    pipe->data = peer;
    peer->open_handles++;
    return uv_pipe_open(pipe, descriptor);
}

static void close_pair(int pair[2])
{
    for (int i = 0; i < 2; i++) {
        uv_fs_t request;
        if (pair[i] >= 0)
            uv_fs_close(NULL, &request, pair[i], NULL);
        pair[i] = -1;
    }
}

/* Real pipes: UV_CREATE_PIPE makes sockets, and a shell cannot open /dev/stdin on one. */
static int make_pipes(struct peer *peer, int ends[3][2])
{
    int status;

    if ((status = uv_pipe(ends[0], 0, UV_NONBLOCK_PIPE)) ||
        (status = uv_pipe(ends[1], UV_NONBLOCK_PIPE, 0)) ||
        (status = uv_pipe(ends[2], UV_NONBLOCK_PIPE, 0)))
        return status;
    if ((status = open_pipe(peer, &peer->in, ends[0][1])))
        return status;
    ends[0][1] = -1;
    if ((status = open_pipe(peer, &peer->out, ends[1][0])))
        return status;
    ends[1][0] = -1;
    if ((status = open_pipe(peer, &peer->err, ends[2][0])))
        return status;
    ends[2][0] = -1;
    return 0;
}

static int spawn(struct peer *peer, const struct peer_options *options, const int ends[3][2])
{
    size_t count = 3 + options->descriptor_count;
    uv_stdio_container_t *stdio = calloc(count, sizeof *stdio);
    if (!stdio)
        return UV_ENOMEM;

    for (size_t i = 0; i < count; i++) {
        stdio[i].flags = UV_INHERIT_FD;
        stdio[i].data.fd = i == 0 ? ends[0][0] : i < 3 ? ends[i][1] : options->descriptors[i - 3];
    }
    uv_process_options_t spawn_options = {
        .exit_cb = on_exit_of_process,
        .file = options->args[0],
        .args = (char **)options->args,
        .env = (char **)options->env,
        .flags = native_spawn_flags,
        .stdio_count = (int)count,
        .stdio = stdio,
    };
    peer->process.data = peer;
    peer->open_handles++;
    int status = uv_spawn(peer->loop, &peer->process, &spawn_options);
    free(stdio);
    if (status == 0)
        peer->has_process = true;
    return status;
}

bool peer_start(uv_loop_t *loop, const struct peer_options *options, struct peer **peer_ret,
                char **message_ret)
{
    struct peer *peer = new_peer(loop);
    int ends[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    int status = make_pipes(peer, ends);

    if (status == 0)
        status = spawn(peer, options, (const int(*)[2])ends);
    for (int i = 0; i < 3; i++)
        close_pair(ends[i]);
    if (status) {
        *message_ret = text_format("cannot start '%s': %s", options->args[0], uv_strerror(status));
        peer_end(peer, 0);
        return false;
    }
    peer->source = (uv_stream_t *)&peer->out;
    uv_read_start(peer->source, lend_chunk, on_output);
    uv_read_start((uv_stream_t *)&peer->err, lend_chunk, on_error_output);
    *peer_ret = peer;
    return true;
}

bool peer_adopt(uv_loop_t *loop, int socket, struct peer **peer_ret, char **message_ret)
{
    struct peer *peer = new_peer(loop);
    int status = open_pipe(peer, &peer->in, socket);

    if (status) {
        uv_fs_t request;
        uv_fs_close(NULL, &request, socket, NULL);
        *message_ret = text_format("cannot listen to a socket: %s", uv_strerror(status));
        peer_end(peer, 0);
        return false;
    }
    peer->source = (uv_stream_t *)&peer->in;
    uv_read_start(peer->source, lend_chunk, on_output);
    *peer_ret = peer;
    return true;
}

/* ---- Asking -------------------------------------------------------------- */

struct sent {
    uv_write_t request;
    char *line;
};

static void on_sent(uv_write_t *request, int status)
{
    struct sent *sent = (struct sent *)request;
    (void)status; /* a reply that does not come says it better */
    free(sent->line);
    free(sent);
}

/* The text stays alive until libuv is done with it, however late that is. */
static int send_line(struct peer *peer, const char *line)
{
    struct sent *sent = calloc(1, sizeof *sent);
    if (!sent)
        return UV_ENOMEM;
    sent->line = text_format("%s\n", line);
    uv_buf_t buffer = uv_buf_init(sent->line, (unsigned)strlen(sent->line));
    int status = uv_write(&sent->request, (uv_stream_t *)&peer->in, &buffer, 1, on_sent);
    if (status)
        on_sent(&sent->request, status);
    return status;
}

static bool whole_line(const struct peer *peer)
{
    return peer->received.length && memchr(peer->received.data, '\n', peer->received.length);
}

static bool flooded(const struct peer *peer)
{
    return peer->received.length > PEER_LINE_MAX && !whole_line(peer);
}

/*
 * What a process wrote before it ended is in the pipe by the time its end is known;
 * one more turn without waiting brings it here.
 */
static void wait_for_line(struct peer *peer)
{
    while (!whole_line(peer) && !flooded(peer) && !peer->closed && !peer->expired) {
        if (peer->exited) {
            uv_run(peer->loop, UV_RUN_NOWAIT);
            break;
        }
        turn(peer);
    }
    /* Closed output is most often the first sign of an exit: how it ended says more. */
    while (peer->closed && !whole_line(peer) && peer->has_process && !peer->exited &&
           !peer->expired)
        turn(peer);
}

static char *quote(const struct peer *peer, size_t length)
{
    char *printable = text_printable(peer->received.data, length < 200 ? length : 200);
    char *quoted = text_format("'%s'%s", printable, length <= 200 ? "" : "…");
    free(printable);
    return quoted;
}

static enum peer_status bad_line(const struct peer *peer, size_t length, const char *what,
                                 char **message_ret)
{
    char *quoted = quote(peer, length);
    *message_ret = text_format("%s: %s. Was this line meant for stderr?", what, quoted);
    free(quoted);
    return PEER_BAD_LINE;
}

static enum peer_status parse_line(struct peer *peer, json_t **reply_ret, char **message_ret)
{
    char *newline = memchr(peer->received.data, '\n', peer->received.length);
    size_t length = (size_t)(newline - peer->received.data);
    json_error_t error;

    if (length > PEER_LINE_MAX)
        return bad_line(peer, length, "a line of standard output is longer than 1 MiB",
                        message_ret);
    json_t *reply = json_loadb(peer->received.data, length,
                               JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!json_is_object(reply)) {
        json_decref(reply);
        return bad_line(peer, length, "expected one JSON object on a line of standard output, came",
                        message_ret);
    }
    size_t rest = peer->received.length - length - 1;
    memmove(peer->received.data, newline + 1, rest + 1);
    peer->received.length = rest;
    *reply_ret = reply;
    return PEER_OK;
}

enum peer_status peer_ask(struct peer *peer, const char *line, double timeout_s, json_t **reply_ret,
                          char **message_ret)
{
    uv_run(peer->loop, UV_RUN_NOWAIT);
    if (peer->received.length)
        return bad_line(peer, strcspn(peer->received.data, "\n"),
                        "output that no request asked for", message_ret);
    int status = send_line(peer, line);
    if (status && !peer->closed) {
        *message_ret = text_format("cannot send a request: %s", uv_strerror(status));
        return peer->exited ? PEER_EXITED : PEER_CLOSED;
    }

    start_timer(peer, timeout_s);
    wait_for_line(peer);
    uv_timer_stop(&peer->timer);

    if (whole_line(peer))
        return parse_line(peer, reply_ret, message_ret);
    if (flooded(peer))
        return bad_line(peer, peer->received.length,
                        "a line of standard output is longer than 1 MiB", message_ret);

    char *begun = quote(peer, peer->received.length);
    enum peer_status outcome;
    if (peer->exited) {
        *message_ret = text_format("it ended (%s) instead of answering", peer->how_it_ended);
        outcome = PEER_EXITED;
    } else if (peer->closed) {
        *message_ret = text_format("it closed its standard output instead of answering");
        outcome = PEER_CLOSED;
    } else {
        *message_ret = text_format("no answer within %g s", timeout_s);
        outcome = PEER_TIMEOUT;
    }
    if (peer->received.length) {
        char *longer = text_format("%s, after %s without a newline", *message_ret, begun);
        free(*message_ret);
        *message_ret = longer;
    }
    free(begun);
    return outcome;
}

/* ---- Looking at it, ending it --------------------------------------------- */

int peer_pid(const struct peer *peer)
{
    return peer->has_process ? peer->process.pid : 0;
}

const char *peer_how_it_ended(const struct peer *peer)
{
    return peer->how_it_ended;
}

int peer_end_signal(const struct peer *peer)
{
    return peer->end_signal;
}

char *peer_take_stderr(struct peer *peer)
{
    uv_run(peer->loop, UV_RUN_NOWAIT);
    char *printable = text_printable(peer->errors.data, peer->errors.length);
    text_clear(&peer->errors);
    return printable;
}

/* A reaped number may be a stranger's by now, and so may be the group of that number. */
void peer_kill(struct peer *peer)
{
    if (peer->has_process && !peer->exited)
        native_kill(peer->process.pid);
}

static void wait_for_exit(struct peer *peer, double seconds)
{
    start_timer(peer, seconds);
    while (peer->has_process && !peer->exited && !peer->expired)
        turn(peer);
    uv_timer_stop(&peer->timer);
}

void peer_end(struct peer *peer, double grace_s)
{
    if (!peer)
        return;
    /* A handle that was never initialised has no type; libuv must not see it. */
    uv_handle_t *handles[] = {(uv_handle_t *)&peer->in, (uv_handle_t *)&peer->out,
                              (uv_handle_t *)&peer->err, (uv_handle_t *)&peer->process,
                              (uv_handle_t *)&peer->timer};

    if (handles[0]->type)
        close_handle(handles[0]);
    wait_for_exit(peer, grace_s);
    peer_kill(peer);
    wait_for_exit(peer, 10); /* the net under a process that even SIGKILL does not end */

    for (size_t i = 0; i < sizeof handles / sizeof *handles; i++) {
        if (handles[i]->type)
            close_handle(handles[i]);
    }
    while (peer->open_handles)
        turn(peer);
    text_clear(&peer->received);
    text_clear(&peer->errors);
    free(peer->how_it_ended);
    free(peer);
}
