/*
 * What the suite knows: globs, the clauses and reasons read out of SPEC.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static void globs(void **state)
{
    (void)state;
    static const struct {
        const char *glob, *id;
        bool fits;
    } rows[] = {
        {"look/zombie", "look/zombie", true},
        {"look/zombie", "look/zombie2", false},
        {"look/*", "look/zombie", true},
        {"look/*", "look/deep/zombie", false},
        {"look/**", "look/deep/zombie", true},
        {"*", "look/zombie", false},
        {"**", "look/zombie", true},
        {"*/zombie", "look/zombie", true},
        {"look/zomb?e", "look/zombie", true},
        {"look?zombie", "look/zombie", false},
        {"look/z*e", "look/zombie", true},
        {"look/z*x", "look/zombie", false},
        {"", "look/zombie", false},
        {"**zombie", "look/zombie", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (id_matches(rows[i].glob, rows[i].id) != rows[i].fits) {
            fail_msg("'%s' against '%s'", rows[i].glob, rows[i].id);
        }
    }
}

static void clauses_come_from_the_specification(void **state)
{
    (void)state;
    const struct clause *exe8 = clause_find("EXE-8");
    assert_non_null(exe8);
    assert_string_equal(exe8->level, "MUST");
    assert_string_equal(exe8->profile, "hardened");
    assert_string_equal(exe8->systems, "linux darwin bsd windows");
    assert_non_null(strstr(exe8->text, "running image"));
    assert_string_equal(clause_find("EXE-4")->systems, "windows");
    assert_string_equal(clause_find("EXE-5")->systems, "linux");
    assert_string_equal(clause_find("LOOK-2")->profile, "core");
    assert_string_equal(clause_find("LOOK-2")->systems, "linux darwin bsd windows");
    assert_string_equal(clause_find("INST-8")->level, "SHOULD");
    assert_string_equal(clause_find("LIVE-10")->profile, "capability");
    assert_null(clause_find("EXE-99"));
    assert_null(clause_text("EXE"));
}

static void reasons_come_from_the_specification(void **state)
{
    (void)state;
    assert_string_equal(reason_class("not_found"), "gone");
    assert_string_equal(reason_class("invalid_pid"), "invalid");
    assert_string_equal(reason_class("handle_failed"), "unverifiable");
    assert_null(reason_class("nope"));
    assert_string_equal(reason_name(0), "invalid_record");
    size_t count = 0;
    while (reason_name(count)) {
        count++;
    }
    assert_int_equal(count, 12);
}

static void the_embedded_suite_loads(void **state)
{
    (void)state;
    struct suite suite;
    char *message = NULL;
    assert_true(suite_load(&suite, NULL, &message));
    assert_int_equal(suite.count, suite.embedded);
    for (size_t i = 1; i < suite.count; i++) {
        assert_true(strcmp(case_id(suite.cases[i - 1]), case_id(suite.cases[i])) < 0);
    }
    assert_null(suite_find(&suite, "no/such"));
    suite_clear(&suite);
    suite_clear(NULL);
}

static void a_missing_directory_is_said(void **state)
{
    (void)state;
    struct suite suite;
    char *message = NULL;
    assert_false(suite_load(&suite, "/nowhere/at/all", &message));
    assert_non_null(strstr(message, "/nowhere/at/all"));
    free(message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globs),
        cmocka_unit_test(clauses_come_from_the_specification),
        cmocka_unit_test(reasons_come_from_the_specification),
        cmocka_unit_test(the_embedded_suite_loads),
        cmocka_unit_test(a_missing_directory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
