/*
 * peer.c against children that break the protocol in every way [PROTOCOL.md]: what
 * each is called, and that none of them makes the harness wait or grow without bound.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "peer.h"

#define SOON 0.2   /* a deadline that is meant to pass */
#define PATIENT 20 /* one that is not */

static uv_loop_t loop;

static int open_loop(void **state)
{
    (void)state;
    return uv_loop_init(&loop);
}

/* Fails where a handle or a request was left behind. */
static int close_loop(void **state)
{
    (void)state;
    return uv_loop_close(&loop);
}

static struct peer *start(const char *role)
{
    char *args[] = {BAD_PEER, (char *)role, NULL};
    struct peer *peer = NULL;
    char *message = NULL;

    if (!peer_start(&loop, &(struct peer_options){.args = args}, &peer, &message))
        fail_msg("%s", message);
    assert_true(peer_pid(peer) > 1);
    return peer;
}

static enum peer_status ask(struct peer *peer, const char *line, double timeout_s,
                            const char *message_part)
{
    json_t *reply = NULL;
    char *message = NULL;
    enum peer_status status = peer_ask(peer, line, timeout_s, &reply, &message);

    if (status == PEER_OK) {
        assert_null(message);
        assert_true(json_is_object(reply));
    } else {
        assert_null(reply);
        assert_non_null(message);
        if (!strstr(message, message_part))
            fail_msg("'%s' is not in '%s'", message_part, message);
    }
    json_decref(reply);
    free(message);
    return status;
}

static void answers_come_back(void **state)
{
    (void)state;
    struct peer *peer = start("echo");
    for (int i = 0; i < 100; i++)
        assert_int_equal(ask(peer, "{\"id\":1}", PATIENT, ""), PEER_OK);
    assert_null(peer_how_it_ended(peer));
    peer_end(peer, PATIENT);
}

/* Larger than any pipe: neither side may wait for the other. */
static void long_lines_pass(void **state)
{
    (void)state;
    size_t size = PEER_LINE_MAX / 2;
    char *line = malloc(size + 1);
    memset(line, ' ', size);
    memcpy(line, "{\"id\":1", 7);
    line[size - 1] = '}';
    line[size] = '\0';

    struct peer *peer = start("echo");
    assert_int_equal(ask(peer, line, PATIENT, ""), PEER_OK);
    peer_end(peer, PATIENT);
    free(line);
}

static void silence_is_a_timeout(void **state)
{
    (void)state;
    struct peer *peer = start("silent");
    assert_int_equal(ask(peer, "{}", SOON, "no answer within 0.2 s"), PEER_TIMEOUT);
    peer_end(peer, 0);
}

static void one_that_never_reads_does_not_block(void **state)
{
    (void)state;
    size_t size = 4 * 1024 * 1024; /* no pipe holds that */
    char *line = malloc(size + 1);
    memset(line, 'x', size);
    line[size] = '\0';

    struct peer *peer = start("never-reads");
    assert_int_equal(ask(peer, line, SOON, "no answer"), PEER_TIMEOUT);
    peer_end(peer, 0);
    free(line);
}

static void one_that_ignores_term_is_killed(void **state)
{
    (void)state;
    struct peer *peer = start("ignores-term");
    assert_int_equal(ask(peer, "{}", SOON, "no answer"), PEER_TIMEOUT);
    peer_end(peer, 0); /* returns only when it is reaped, or ctest's deadline says so */
}

static void garbage_is_quoted(void **state)
{
    (void)state;
    struct peer *peer = start("garbage");
    assert_int_equal(ask(peer, "{}", PATIENT, "came: 'Starting up, v1.2\\xff'"), PEER_BAD_LINE);
    peer_end(peer, 0);
    peer = start("array");
    assert_int_equal(ask(peer, "{}", PATIENT, "one JSON object"), PEER_BAD_LINE);
    peer_end(peer, 0);
}

static void a_flood_is_cut(void **state)
{
    (void)state;
    struct peer *peer = start("floods");
    assert_int_equal(ask(peer, "{}", PATIENT, "longer than 1 MiB"), PEER_BAD_LINE);
    peer_end(peer, 0);
}

static void an_exit_is_told(void **state)
{
    (void)state;
    struct peer *peer = start("exits");
    assert_int_equal(ask(peer, "{}", PATIENT, "exit status 3"), PEER_EXITED);
    assert_string_equal(peer_how_it_ended(peer), "exit status 3");
    assert_int_equal(peer_end_signal(peer), 0);
    peer_end(peer, 0);

    peer = start("crash");
    assert_int_equal(ask(peer, "{}", PATIENT, ABORT_IS_TOLD), PEER_EXITED);
    assert_int_equal(peer_end_signal(peer), ABORT_SIGNAL);
    peer_end(peer, 0);

    peer = start("half-a-line");
    assert_int_equal(ask(peer, "{}", PATIENT, "after '{\"id\":' without a newline"), PEER_EXITED);
    peer_end(peer, 0);
}

/* The output stays open in the child that it left: no end of file ever comes. */
static void an_exit_behind_open_output_is_told(void **state)
{
    (void)state;
    struct peer *peer = start("leaves-a-child");
    assert_int_equal(ask(peer, "{}", PATIENT, "exit status 0"), PEER_EXITED);
    peer_end(peer, 0);
}

static void closed_output_is_told(void **state)
{
    (void)state;
    struct peer *peer = start("closes");
    assert_int_equal(ask(peer, "{}", 10 * SOON, "closed its standard output"), PEER_CLOSED);
    peer_end(peer, PATIENT); /* end of its input ends it */
}

static void an_extra_line_is_refused(void **state)
{
    (void)state;
    struct peer *peer = start("talks-twice");
    assert_int_equal(ask(peer, "{\"id\":1}", PATIENT, ""), PEER_OK);

    /* The extra line is here already or comes first: never the answer to what is asked. */
    json_t *reply = NULL;
    char *message = NULL;
    enum peer_status status = peer_ask(peer, "{\"id\":2}", PATIENT, &reply, &message);
    if (status == PEER_OK)
        assert_int_equal(json_integer_value(json_object_get(reply, "id")), 0);
    else
        assert_int_equal(status, PEER_BAD_LINE);
    json_decref(reply);
    free(message);
    peer_end(peer, 0);
}

static void standard_error_is_kept(void **state)
{
    (void)state;
    struct peer *peer = start("complains");
    assert_int_equal(ask(peer, "{}", PATIENT, ""), PEER_OK);
    char *errors = peer_take_stderr(peer);
    assert_string_equal(errors, "something is odd: \\x01\n");
    free(errors);
    errors = peer_take_stderr(peer);
    assert_string_equal(errors, "");
    free(errors);
    peer_end(peer, PATIENT);
}

static void what_cannot_start_is_told(void **state)
{
    (void)state;
    char *args[] = {"/nonexistent/adapter", NULL};
    struct peer *peer = NULL;
    char *message = NULL;

    assert_false(peer_start(&loop, &(struct peer_options){.args = args}, &peer, &message));
    assert_null(peer);
    assert_non_null(strstr(message, "/nonexistent/adapter"));
    assert_non_null(strstr(message, "no such file"));
    free(message);
}

static void nothing_ends_nothing(void **state)
{
    (void)state;
    peer_end(NULL, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_loop, close_loop)
    const struct CMUnitTest tests[] = {
        TEST(answers_come_back),
        TEST(long_lines_pass),
        TEST(silence_is_a_timeout),
        TEST(one_that_never_reads_does_not_block),
        TEST(one_that_ignores_term_is_killed),
        TEST(garbage_is_quoted),
        TEST(a_flood_is_cut),
        TEST(an_exit_is_told),
        TEST(an_exit_behind_open_output_is_told),
        TEST(closed_output_is_told),
        TEST(an_extra_line_is_refused),
        TEST(standard_error_is_kept),
        TEST(what_cannot_start_is_told),
        TEST(nothing_ends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
