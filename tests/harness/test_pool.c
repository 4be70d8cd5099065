/*
 * The pool against workers that behave and that do not: every case comes back,
 * and the run ends. usage: test_pool STUB-WORKER
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pool.h"
#include "suite.h"

static char *stub;

enum { CASES = 5 };

static json_t *make_cases(const json_t **cases)
{
    json_t *list = json_array();
    for (int i = 0; i < CASES; i++) {
        char id[] = "x/a";
        id[2] = (char)('a' + i);
        json_array_append_new(list, json_pack("{s:s, s:s, s:[{s:s}]}", "id", id, "title", "t",
                                              "steps", "ask", "noop"));
        cases[i] = json_array_get(list, (size_t)i);
    }
    return list;
}

static struct pool_result run_with(const char *behaviour, unsigned jobs)
{
    char *adapter[] = {(char *)behaviour, NULL};
    struct options options = {
        .profile = "all",
        .python = "python3",
        .fixtures = ".",
        .jobs = jobs,
        .timeout_s = 1,
        .rest = adapter,
        .program = stub,
    };
    const json_t *cases[CASES];
    json_t *list = make_cases(cases);
    struct pool_result result;
    pool_run(&options, cases, CASES, NULL, NULL, &result);
    json_decref(list);
    return result;
}

static size_t with_defect(const struct pool_result *run)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(run->results); i++) {
        const json_t *result = json_array_get(run->results, i);
        bool defect = *case_text(result, "defect") != '\0';
        if (defect) {
            assert_string_equal(case_text(result, "outcome"), "not-established");
        }
        count += defect;
    }
    return count;
}

static void every_case_comes_back(void **state)
{
    (void)state;
    for (unsigned jobs = 1; jobs <= 8; jobs *= 2) {
        struct pool_result run = run_with("good", jobs);
        assert_int_equal(run.status, STATUS_OK);
        assert_int_equal(json_array_size(run.results), CASES);
        assert_int_equal(with_defect(&run), 0);
        assert_string_equal(case_text(json_object_get(run.ready, "adapter"), "name"), "good");
        pool_result_clear(&run);
    }
}

static void a_worker_that_dies_costs_one_case(void **state)
{
    (void)state;
    for (unsigned jobs = 1; jobs <= 2; jobs++) {
        struct pool_result run = run_with("dies-on-b", jobs);
        assert_int_equal(run.status, STATUS_OK);
        assert_int_equal(json_array_size(run.results), CASES);
        assert_int_equal(with_defect(&run), 1);
        pool_result_clear(&run);
    }
}

static void workers_that_always_die_end_the_run(void **state)
{
    (void)state;
    struct pool_result run = run_with("always-dies", 1);
    assert_int_equal(run.status, STATUS_HOST);
    assert_int_equal(json_array_size(run.results), 3);
    assert_non_null(strstr(run.message, "workers died"));
    pool_result_clear(&run);
}

static void nonsense_is_no_result(void **state)
{
    (void)state;
    struct pool_result run = run_with("answers-nonsense", 2);
    assert_int_equal(json_array_size(run.results), CASES);
    assert_int_equal(with_defect(&run), CASES);
    pool_result_clear(&run);
}

static void what_never_gets_ready_has_a_status(void **state)
{
    (void)state;
    static const struct {
        const char *behaviour;
        enum status status;
        const char *message;
    } rows[] = {
        {"broken-adapter", STATUS_ADAPTER, "it said no hello"},
        {"broken-host", STATUS_HOST, "no python"},
        {"ends-at-once", STATUS_HOST, "exited with status 7"},
        {"babbles", STATUS_HOST, "something else than ready"},
        {"sees-another-host", STATUS_HOST, "one worker found 'users'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pool_result run = run_with(rows[i].behaviour, 2);
        assert_int_equal(run.status, rows[i].status);
        assert_non_null(strstr(run.message, rows[i].message));
        assert_int_equal(json_array_size(run.results), 0);
        pool_result_clear(&run);
    }
}

static void a_program_that_is_not_there_is_said(void **state)
{
    (void)state;
    char *whole = stub;
    stub = "/nowhere/worker";
    struct pool_result run = run_with("good", 2);
    stub = whole;
    assert_int_equal(run.status, STATUS_HOST);
    assert_non_null(strstr(run.message, "cannot start a worker, /nowhere/worker"));
    pool_result_clear(&run);
    pool_result_clear(NULL);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: test_pool STUB-WORKER\n");
        return 2;
    }
    stub = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_comes_back),
        cmocka_unit_test(a_worker_that_dies_costs_one_case),
        cmocka_unit_test(workers_that_always_die_end_the_run),
        cmocka_unit_test(nonsense_is_no_result),
        cmocka_unit_test(what_never_gets_ready_has_a_status),
        cmocka_unit_test(a_program_that_is_not_there_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
