/*
 * The tracer: which calls are seen, in which order; how a call is made to fail or to come
 * back short; what a crash and a silence look like. [SPEC 11]
 */
#include "tracer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TIMEOUT_S 20.0 /* a net: nothing here waits for it but the test of silence */

static char *traced_program;

/* What the next question meets: at the first call of this name. */
struct plan {
    const char *call;
    struct intervention intervention;
};

static void follow(void *context, const struct stop *stop, struct intervention *want)
{
    struct plan *plan = context;
    if (plan->call && strcmp(stop->call->name, plan->call) == 0) {
        *want = plan->intervention;
        plan->call = NULL;
    }
}

static int setup(void **state)
{
    char *arguments[] = {traced_program, NULL};
    char *message = NULL;
    struct tracer *tracer;
    if (!tracer_start(arguments, &tracer, &message)) {
        print_error("%s\n", message);
        return 1;
    }
    *state = tracer;
    return 0;
}

static int teardown(void **state)
{
    tracer_end(*state);
    return 0;
}

static int ask(void *tracer, const char *line, struct plan plan, struct trace *trace_ret)
{
    char *reply;
    assert_int_equal(tracer_ask(tracer, line, TIMEOUT_S, follow, &plan, trace_ret, &reply),
                     TRACER_OK);
    int number = atoi(reply);
    free(reply);
    return number;
}

static void test_calls_are_seen_in_order(void **state)
{
    struct trace trace;
    assert_int_equal(ask(*state, "open /proc/1/stat", (struct plan){0}, &trace), 0);

    assert_int_equal(trace.count, 3);
    assert_non_null(strstr(trace.stops[0].text, "\"/proc/1/stat\", O_RDONLY|O_CLOEXEC"));
    assert_int_equal(trace.stops[0].subject, SUBJECT_PROCESS);
    assert_string_equal(trace.stops[1].call->name, "close");
    assert_non_null(strstr(trace.stops[1].text, "/proc/1/stat"));
    assert_int_equal(trace.stops[2].kind, STOP_REPLY); /* the last one: nothing was missed */
    trace_clear(&trace);
}

/* What it may use itself says nothing of others; which processes are in the group does. */
static void test_a_runtime_asks_for_its_own_limits(void **state)
{
    static const struct {
        const char *line;
        size_t stops; /* of which the last is the reply; the files need not be there */
    } cases[] = {
        {"open /sys/fs/cgroup/no/such/memory.max", 1},
        {"open /sys/fs/cgroup/no/such/cpu.stat", 1},
        {"open /sys/fs/cgroup/no/such/cgroup.procs", 2},
        {"open /tmp/no/such/memory.max", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct trace trace;
        assert_int_equal(ask(*state, cases[i].line, (struct plan){0}, &trace), ENOENT);
        assert_int_equal(trace.count, cases[i].stops);
        trace_clear(&trace);
    }
}

static void test_the_same_question_gives_the_same_trace(void **state)
{
    struct trace first, again;
    ask(*state, "open /etc/passwd", (struct plan){0}, &first);
    for (int i = 0; i < 50; i++) {
        ask(*state, "open /etc/passwd", (struct plan){0}, &again);
        assert_int_equal(again.count, first.count);
        for (size_t k = 0; k < first.count; k++)
            assert_string_equal(again.stops[k].text, first.stops[k].text);
        trace_clear(&again);
    }
    trace_clear(&first);
}

static void test_a_call_fails(void **state)
{
    struct trace trace;
    struct plan plan = {"openat", {.fail_with = EMFILE}};
    assert_int_equal(ask(*state, "open /etc/passwd", plan, &trace), EMFILE);
    assert_string_equal(trace.stops[0].result, " = -1 EMFILE");
    assert_int_equal(trace.stops[0].failed_with, EMFILE);
    trace_clear(&trace);
    assert_int_equal(ask(*state, "open /etc/passwd", (struct plan){0}, NULL), 0);
}

static void test_a_failing_close_still_closes(void **state)
{
    ask(*state, "open /etc/passwd", (struct plan){0}, NULL); /* now it surely runs */
    int before = tracer_descriptors(*state);
    ask(*state, "open /etc/passwd", (struct plan){"close", {.fail_with = EIO}}, NULL);
    assert_int_equal(tracer_descriptors(*state), before);
}

static void test_a_read_comes_back_short(void **state)
{
    assert_int_equal(ask(*state, "read /etc/passwd", (struct plan){0}, NULL), 8);
    assert_int_equal(
        ask(*state, "read /etc/passwd", (struct plan){"read", {.shorten = true}}, NULL), 1);
}

static void test_threads_are_followed(void **state)
{
    struct trace trace;
    bool seen = false;
    struct plan plan = {0};
    assert_int_equal(ask(*state, "thread /proc/1/stat", plan, &trace), 0);
    for (size_t i = 0; i < trace.count; i++)
        if (strstr(trace.stops[i].text, "/proc/1/stat") && trace.stops[i].thread > 0)
            seen = true;
    assert_true(seen);
    trace_clear(&trace);
    plan = (struct plan){"openat", {.fail_with = EACCES}};
    assert_int_not_equal(ask(*state, "thread /proc/1/stat", plan, NULL), 0);
}

static void test_a_crash(void **state)
{
    char *reply;
    assert_int_equal(tracer_ask(*state, "crash", TIMEOUT_S, NULL, NULL, NULL, &reply),
                     TRACER_EXITED);
    char *how = tracer_how_it_ended(*state);
    assert_string_equal(how, "killed by SIGABRT");
    free(how);
    assert_int_equal(tracer_ask(*state, "open /", TIMEOUT_S, NULL, NULL, NULL, &reply),
                     TRACER_EXITED);
}

static void test_silence(void **state)
{
    char *reply;
    assert_int_equal(tracer_ask(*state, "silence", 0.2, NULL, NULL, NULL, &reply), TRACER_TIMEOUT);
    assert_null(reply);
}

static void test_a_program_that_is_not_there(void **state)
{
    char *arguments[] = {"/no/such/adapter", NULL};
    char *message = NULL, *reply;
    struct tracer *tracer;
    (void)state;
    assert_true(tracer_start(arguments, &tracer, &message));
    assert_int_equal(tracer_ask(tracer, "hello", TIMEOUT_S, NULL, NULL, NULL, &reply),
                     TRACER_EXITED);
    char *said = tracer_stderr(tracer);
    assert_non_null(strstr(said, "cannot run /no/such/adapter"));
    free(said);
    tracer_end(tracer);
}

/* Each call is found by its number, each error that it lists can be made. [ATOM-4] */
static void test_the_table_of_calls(void **state)
{
    size_t count;
    const struct call *table = calls(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        if (call_by_number(table[i].number) != &table[i])
            fail_msg("%s has the number of %s", table[i].name,
                     call_by_number(table[i].number)->name);
        if (table[i].arguments[strspn(table[i].arguments, "afpnsioxlerb.")])
            fail_msg("%s: an argument of no known kind: %s", table[i].name, table[i].arguments);
        char names[512], *rest = NULL;
        assert_true(snprintf(names, sizeof names, "%s %s", table[i].errors, calls_common_errors) <
                    (int)sizeof names);
        for (char *name = strtok_r(names, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
            if (!error_from_name(name))
                fail_msg("%s: there is no error %s", table[i].name, name);
            /* EOPNOTSUPP and the like have one name each here. */
            assert_string_equal(error_name(error_from_name(name)), name);
        }
    }
}

int main(int argc, char **argv)
{
    const char *why;
    if (argc != 2) {
        fprintf(stderr, "usage: %s PATH-OF-traced\n", argv[0]);
        return 2;
    }
    if (!tracer_works(&why)) {
        fprintf(stderr, "skipped: %s\n", why);
        return 77;
    }
    traced_program = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table_of_calls),
        cmocka_unit_test_setup_teardown(test_calls_are_seen_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_runtime_asks_for_its_own_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_same_question_gives_the_same_trace, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_call_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_failing_close_still_closes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_read_comes_back_short, setup, teardown),
        cmocka_unit_test_setup_teardown(test_threads_are_followed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_crash, setup, teardown),
        cmocka_unit_test_setup_teardown(test_silence, setup, teardown),
        cmocka_unit_test(test_a_program_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
