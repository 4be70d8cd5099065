/*
 * Workers as child processes on libuv: one pipe for cases, one for results, one
 * timer for whatever is waited for. A worker is over when its process has ended
 * and its output has; only then is judged what that means.
 */
#include "pool.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "native.h"
#include "suite.h"
#include "text.h"

enum {
    READY_MS = 60 * 1000,      /* a sandbox, a launcher and an adapter's hello */
    CASE_MS = 60 * 1000,       /* what a case may take beside its questions */
    END_MS = 20 * 1000,        /* tearing everything down */
    INTERRUPTED_MS = 5 * 1000, /* the same when somebody waits at the terminal */
    OUTPUT_MS = 2 * 1000,      /* output after the process has ended */
    DEATHS = 3,                /* so many workers may die before the run is given up */
    LINE_MAX_BYTES = 64 * 1024 * 1024,
};

enum state { STARTING, IDLE, BUSY, ENDING };

struct pool;

struct worker {
    struct pool *pool;
    uv_process_t process;
    uv_pipe_t in, out;
    uv_timer_t timer;
    struct text line;
    enum state state;
    size_t busy_with; /* index of its case */
    bool exited, closed;
    int64_t exit_status;
    int exit_signal;
    const char *overdue; /* what it was killed over; NULL: it was not */
    struct worker *next;
};

struct pool {
    uv_loop_t loop;
    const struct options *options;
    const json_t *const *cases;
    size_t count, next, deaths;
    pool_progress *progress;
    void *context;
    struct pool_result *result;
    struct worker *workers;
    uv_signal_t signals[2];
    bool stopping;
};

static void start_worker(struct pool *pool);
static void over(struct worker *worker);

/* ---- Giving up ----------------------------------------------------------- */

static void close_input(struct worker *worker, unsigned deadline_ms);

/* No further case is handed out; the first reason is the one that is told. */
static void stop(struct pool *pool, enum status status, char *message)
{
    if (pool->result->status == STATUS_OK) {
        pool->result->status = status;
        pool->result->message = message;
    } else {
        free(message);
    }
    pool->stopping = true;
    for (struct worker *worker = pool->workers; worker; worker = worker->next) {
        close_input(worker, INTERRUPTED_MS);
    }
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct pool *pool = signal->data;
    pool->result->interrupted = number;
    pool->stopping = true;
    for (struct worker *worker = pool->workers; worker; worker = worker->next) {
        close_input(worker, INTERRUPTED_MS);
    }
}

/* ---- Deadlines ----------------------------------------------------------- */

static void on_overdue(uv_timer_t *timer)
{
    struct worker *worker = timer->data;
    static const char *const waiting_for[] = {
        [STARTING] = "it was not ready in time",
        [BUSY] = "its case did not end in time",
        [ENDING] = "it did not end in time",
    };
    if (worker->exited) {
        /* Something that outlived it still holds its output: nothing more will come. */
        worker->closed = true;
        uv_close((uv_handle_t *)&worker->out, NULL);
        over(worker);
    } else {
        worker->overdue = waiting_for[worker->state];
        uv_process_kill(&worker->process, SIGKILL);
    }
}

static void expect_within(struct worker *worker, uint64_t ms)
{
    uv_timer_start(&worker->timer, on_overdue, ms, 0);
}

/*
 * The net under a case: every question may use up its deadline, once for each value of a
 * sweep, after what is spent on building its situation again.
 */
static uint64_t case_ms(const struct options *options, const json_t *case_)
{
    const json_t *deadline = json_object_get(case_, "deadline_s");
    double ms = CASE_MS, of_case = deadline ? json_number_value(deadline) : options->timeout_s;
    const json_t *steps = json_object_get(case_, "steps");
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *own = json_object_get(json_array_get(steps, i), "deadline_s");
        double seconds = own ? json_number_value(own) : of_case;
        ms += 1000 * (seconds > options->timeout_s ? seconds : options->timeout_s);
    }
    if (json_object_get(case_, "tries"))
        ms += 1000 * TRIES_S;
    const char *name;
    json_t *values;
    json_object_foreach(json_object_get(case_, "sweep"), name, values)
    {
        ms *= json_array_size(values) > 1 ? (double)json_array_size(values) : 1;
    }
    return (uint64_t)ms;
}

/* ---- Handing out --------------------------------------------------------- */

struct send {
    uv_write_t request;
    char *line;
};

static void on_sent(uv_write_t *request, int status)
{
    (void)status; /* a worker that does not read has ended or will be overdue */
    struct send *send = request->data;
    free(send->line);
    free(send);
}

static void close_input(struct worker *worker, unsigned deadline_ms)
{
    if (worker->state != ENDING) {
        worker->state = ENDING;
        uv_close((uv_handle_t *)&worker->in, NULL);
    }
    if (!worker->exited) {
        expect_within(worker, deadline_ms);
    }
}

static void hand_out(struct worker *worker)
{
    struct pool *pool = worker->pool;
    if (pool->stopping || pool->next == pool->count) {
        close_input(worker, END_MS);
        return;
    }
    worker->state = BUSY;
    worker->busy_with = pool->next++;
    const json_t *case_ = pool->cases[worker->busy_with];
    struct send *send = calloc(1, sizeof *send);
    json_t *message = json_pack("{s:O, s:s}", "case", case_, "profile", pool->options->profile);
    char *text = json_dumps(message, JSON_COMPACT);
    json_decref(message);
    if (!send || !text) {
        free(send);
        free(text);
        stop(pool, STATUS_HOST, text_format("no memory to send case %s", case_id(case_)));
        return;
    }
    send->request.data = send;
    send->line = text_format("%s\n", text);
    free(text);
    uv_buf_t buffer = uv_buf_init(send->line, (unsigned)strlen(send->line));
    expect_within(worker, case_ms(pool->options, case_));
    if (uv_write(&send->request, (uv_stream_t *)&worker->in, &buffer, 1, on_sent) != 0) {
        on_sent(&send->request, 0);
    }
}

/* Takes over `result`. */
static void collect(struct pool *pool, json_t *result)
{
    json_array_append_new(pool->result->results, result);
    if (pool->progress) {
        pool->progress(pool->context, result, json_array_size(pool->result->results), pool->count);
    }
}

/* A case that its worker did not bring back: the host failed it, not the adapter. */
static void collect_defect(struct worker *worker, char *why)
{
    const json_t *case_ = worker->pool->cases[worker->busy_with];
    json_t *result = json_object();
    static const char *const copied[] = {"id", "title", "harm", "clauses", "level", "profile"};
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        json_object_set(result, copied[i], json_object_get(case_, copied[i]));
    }
    json_t *rest = json_pack("{s:s, s:n, s:n, s:[], s:[], s:s, s:s, s:i}", "outcome",
                             "not-established", "direction", "message", "situation", "questions",
                             "why", why, "defect", why, "duration_ms", 0);
    json_object_update(result, rest);
    json_decref(rest);
    free(why);
    collect(worker->pool, result);
}

/* ---- What a worker says -------------------------------------------------- */

/* A feature that one worker found and another one did not; NULL: they agree. */
static const char *found_differently(const json_t *one, const json_t *other)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(json_object_get(one, "host"), "features"), name, value)
    {
        const json_t *again =
            json_object_get(json_object_get(json_object_get(other, "host"), "features"), name);
        if (json_is_true(value) != json_is_true(again)) {
            return name;
        }
    }
    return NULL;
}

static void take_ready(struct worker *worker, json_t *message)
{
    struct pool *pool = worker->pool;
    const char *broken = json_string_value(json_object_get(message, "broken"));
    json_t *ready = json_object_get(message, "ready");
    if (broken) {
        stop(pool, strcmp(broken, "adapter") == 0 ? STATUS_ADAPTER : STATUS_HOST,
             text_format("%s", case_text(message, "message")));
    } else if (!json_is_object(ready)) {
        stop(pool, STATUS_HOST, text_format("a worker said something else than ready"));
    } else {
        if (!pool->result->ready) {
            pool->result->ready = json_incref(ready);
        }
        /* Which worker a case falls to must make no difference to what comes of it. */
        const char *feature = found_differently(pool->result->ready, ready);
        if (feature) {
            stop(pool, STATUS_HOST,
                 text_format("one worker found '%s' on this host, another one did not; run again, "
                             "and look at what `pidproof doctor` says of it",
                             feature));
        } else {
            worker->state = IDLE;
            hand_out(worker);
        }
    }
}

static void take_result(struct worker *worker, json_t *message)
{
    const char *id = case_id(worker->pool->cases[worker->busy_with]);
    if (strcmp(case_id(message), id) != 0 || !*case_text(message, "outcome")) {
        collect_defect(worker, text_format("its worker answered something that is no result"));
    } else {
        collect(worker->pool, json_incref(message));
    }
    worker->state = IDLE;
    hand_out(worker);
}

static void take_line(struct worker *worker, const char *line, size_t length)
{
    json_t *message = json_loadb(line, length, JSON_ALLOW_NUL, NULL);
    if (worker->state == STARTING) {
        take_ready(worker, message);
    } else if (worker->state == BUSY) {
        take_result(worker, message);
    }
    json_decref(message);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)handle;
    char *room = malloc(suggested);
    *buffer = uv_buf_init(room, room ? (unsigned)suggested : 0);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct worker *worker = stream->data;
    if (count < 0) {
        worker->closed = true;
        uv_close((uv_handle_t *)stream, NULL);
        over(worker);
    } else if (count > 0) {
        text_add(&worker->line, buffer->base, (size_t)count);
        char *newline;
        while (worker->line.length &&
               (newline = memchr(worker->line.data, '\n', worker->line.length))) {
            struct text whole = worker->line;
            worker->line = (struct text){0};
            size_t length = (size_t)(newline - whole.data);
            text_add(&worker->line, newline + 1, whole.length - length - 1);
            take_line(worker, whole.data, length);
            text_clear(&whole);
        }
        if (worker->line.length > LINE_MAX_BYTES) {
            worker->overdue = "it wrote a line without end";
            uv_process_kill(&worker->process, SIGKILL);
        }
    }
    free(buffer->base);
}

/* ---- The end of a worker ------------------------------------------------- */

static void on_exit(uv_process_t *process, int64_t status, int signal)
{
    struct worker *worker = process->data;
    worker->exited = true;
    worker->exit_status = status;
    worker->exit_signal = signal;
    uv_close((uv_handle_t *)process, NULL);
    expect_within(worker, OUTPUT_MS);
    over(worker);
}

static void over(struct worker *worker)
{
    if (!worker->exited || !worker->closed) {
        return;
    }
    struct pool *pool = worker->pool;
    uv_close((uv_handle_t *)&worker->timer, NULL);
    char *how = worker->overdue ? text_format("%s", worker->overdue)
                : worker->exit_signal
                    ? text_format("signal %d ended it", worker->exit_signal)
                    : text_format("it exited with status %d", (int)worker->exit_status);
    enum state state = worker->state;
    if (state != ENDING) {
        worker->state = ENDING;
        uv_close((uv_handle_t *)&worker->in, NULL);
    }
    if (state == STARTING) {
        stop(pool, STATUS_HOST,
             text_format("a worker did not get as far as being ready: %s. What it wrote above says "
                         "more; `pidproof doctor` says what this host lacks.",
                         how));
    } else if (state == BUSY && !pool->stopping) {
        collect_defect(worker, text_format("the worker that ran it died: %s", how));
        if (++pool->deaths >= DEATHS) {
            stop(pool, STATUS_HOST,
                 text_format("%d workers died, the last one on case %s: %s", DEATHS,
                             case_id(pool->cases[worker->busy_with]), how));
        } else if (pool->next < pool->count) {
            start_worker(pool);
        }
    }
    free(how);
}

/* ---- Starting ------------------------------------------------------------ */

/* The command line of a worker: the options that it needs, then the adapter. */
static char **worker_command(const struct options *options, char *timeout)
{
    size_t rest = 0, used = 0;
    while (options->rest[rest]) {
        rest++;
    }
    char **command = calloc(rest + 16, sizeof *command);
    if (!command) {
        return NULL;
    }
    const char *const fixed[] = {options->program, "worker",        "--fixtures", options->fixtures,
                                 "--python",       options->python, "--timeout",  timeout};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        command[used++] = (char *)fixed[i];
    }
    if (options->windows) {
        command[used++] = "--windows";
        command[used++] = (char *)options->windows;
    }
    if (options->as_unix) {
        command[used++] = "--unix";
    }
    if (options->no_sandbox) {
        command[used++] = "--no-sandbox";
    }
    command[used++] = "--";
    memcpy(command + used, options->rest, rest * sizeof *command);
    return command;
}

static void start_worker(struct pool *pool)
{
    struct worker *worker = calloc(1, sizeof *worker);
    char *timeout = text_format("%.3f", pool->options->timeout_s);
    char **command = worker_command(pool->options, timeout);
    if (!worker || !command) {
        free(worker);
        free(command);
        free(timeout);
        stop(pool, STATUS_HOST, text_format("no memory for another worker"));
        return;
    }
    worker->pool = pool;
    worker->next = pool->workers;
    pool->workers = worker;
    uv_pipe_init(&pool->loop, &worker->in, 0);
    uv_pipe_init(&pool->loop, &worker->out, 0);
    uv_timer_init(&pool->loop, &worker->timer);
    worker->out.data = worker->timer.data = worker->process.data = worker;
    uv_stdio_container_t stdio[] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&worker->in},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&worker->out},
        {.flags = UV_INHERIT_FD, .data.fd = 2},
    };
    uv_process_options_t process = {
        .file = command[0],
        .args = command,
        .exit_cb = on_exit,
        /* Ctrl-C reaches this process alone, which then ends the worker. */
        .flags = native_spawn_flags,
        .stdio = stdio,
        .stdio_count = 3,
    };
    int error = uv_spawn(&pool->loop, &worker->process, &process);
    free(command);
    free(timeout);
    if (error) {
        worker->exited = worker->closed = true;
        worker->state = ENDING;
        uv_close((uv_handle_t *)&worker->process, NULL);
        uv_close((uv_handle_t *)&worker->in, NULL);
        uv_close((uv_handle_t *)&worker->out, NULL);
        uv_close((uv_handle_t *)&worker->timer, NULL);
        stop(pool, STATUS_HOST,
             text_format("cannot start a worker, %s: %s", pool->options->program,
                         uv_strerror(error)));
        return;
    }
    expect_within(worker, READY_MS);
    uv_read_start((uv_stream_t *)&worker->out, on_room, on_read);
}

void pool_run(const struct options *options, const json_t *const *cases, size_t count,
              pool_progress *progress, void *context, struct pool_result *result_ret)
{
    *result_ret = (struct pool_result){.results = json_array()};
    if (!options->fixtures) {
        result_ret->status = STATUS_HOST;
        result_ret->message = text_format("the fixtures are not beside this program; say where "
                                          "launcher/ and programs/ are with --fixtures DIR");
        return;
    }
    struct pool pool = {
        .options = options,
        .cases = cases,
        .count = count,
        .progress = progress,
        .context = context,
        .result = result_ret,
    };
    native_ignore_broken_pipes(); /* a worker that died is noticed by its exit */
    uv_loop_init(&pool.loop);
    const int numbers[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(&pool.loop, &pool.signals[i]);
        pool.signals[i].data = &pool;
        uv_signal_start(&pool.signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&pool.signals[i]);
    }
    size_t jobs = count < options->jobs ? count : options->jobs;
    for (size_t i = 0; i < (jobs ? jobs : 1) && !pool.stopping; i++) {
        start_worker(&pool);
    }
    uv_run(&pool.loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < 2; i++) {
        uv_close((uv_handle_t *)&pool.signals[i], NULL);
    }
    uv_run(&pool.loop, UV_RUN_DEFAULT);
    uv_loop_close(&pool.loop);
    while (pool.workers) {
        struct worker *worker = pool.workers;
        pool.workers = worker->next;
        text_clear(&worker->line);
        free(worker);
    }
}

void pool_result_clear(struct pool_result *result)
{
    if (result) {
        json_decref(result->ready);
        json_decref(result->results);
        free(result->message);
        *result = (struct pool_result){0};
    }
}
