/*
 * The linter against its own bad fixtures: a good case with one thing wrong, and
 * the complaint that must come. usage: test_lint GOOD-CASE... | --print
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint.h"
#include "vocabulary.h"

static char **good_cases;

static const char good[] =
    "{'id': 'example/one', 'title': 't', 'harm': 'h', 'clauses': ['LOOK-4'], 'level': 'MUST',"
    " 'profile': 'core', 'systems': ['linux'], 'needs': [], 'capabilities': [], 'sources': [],"
    " 'steps': ["
    "  {'do': 'program', 'as': 'file'},"
    "  {'do': 'spawn', 'as': 'd', 'program': 'file'},"
    "  {'ask': 'verify', 'params': {'record': '${d.record}'}, 'as': 'v',"
    "   'allow': [{'accepted': true}]},"
    "  {'do': 'kill', 'who': 'd', 'reap': false},"
    "  {'ask': 'verify', 'params': {'record': '${d.record}'}, 'allow': [{'refused': '*'}]}]}";

/* `change`: members to replace in the good case; null removes one. */
struct fixture {
    const char *label;
    const char *change;
    const char *complaint; /* part of it */
};

#define STEPS(steps) "{'steps': [{'do': 'program', 'as': 'file'}," steps "]}"
#define SPAWNED(steps) STEPS("{'do': 'spawn', 'as': 'd', 'program': 'file'}," steps)
#define RECORD "'params': {'record': '${d.record}'}"
#define VERIFY "{'ask': 'verify', " RECORD ", 'as': 'v', 'allow': [{'accepted': true}]}"
#define REFUSE(reason) "{'ask': 'verify', " RECORD ", 'allow': [{'refused': " reason "}]}"
#define VERIFY_OF(reference) \
    "{'ask': 'verify', 'params': {'record': '" reference "'}, 'allow': [{'refused': '*'}]}"

static const struct fixture fixtures[] = {
    {"a member is missing", "{'harm': null}", "harm: is missing; write one sentence"},
    {"a member has the wrong form", "{'clauses': 'LOOK-4'}", "clauses: has the wrong form"},
    {"a member is empty", "{'title': ''}", "title: has the wrong form"},
    {"no steps", "{'steps': []}", "steps: has the wrong form"},
    {"an unknown member", "{'sytems': []}", "sytems: there is no such member"},
    {"an unknown level", "{'level': 'MAY'}", "level: 'MAY' is not known"},
    {"an unknown profile", "{'profile': 'all'}", "profile: 'all' is not known"},
    {"an unknown system", "{'systems': ['plan9']}", "systems: 'plan9' is not known"},
    {"an unknown need", "{'needs': ['luck']}", "needs: 'luck' is not known"},
    {"an unknown capability", "{'capabilities': ['fly']}", "capabilities: 'fly' is not known"},
    {"an unknown clause", "{'clauses': ['LOOK-99']}", "SPEC.md has no clause 'LOOK-99'"},
    {"no clause", "{'clauses': []}", "at least one clause"},
    {"another id than its path", "{'id': 'example/two'}", "'example/two' is not where it says"},
    {"an id whose tail alone is right", "{'id': 'ample/one'}", "'ample/one' is not where it says"},
    {"an id without area", "{'id': 'one'}", "'one' has no area"},
    {"an unknown way to start an adapter", "{'adapter': {'moon': true}}", "adapter.moon: there is"},
    {"an unknown view of /proc", "{'adapter': {'proc': 'blue'}}", "adapter.proc: 'blue'"},
    {"a step that does nothing", SPAWNED("{'say': 'hello'}"), "steps[2]: a step has"},
    {"an unknown operation", STEPS("{'do': 'levitate'}"), "there is no do 'levitate'"},
    {"an unknown question", SPAWNED("{'ask': 'why', 'allow': [{'x': 1}]}"),
     "there is no ask 'why'"},
    {"an unknown look", SPAWNED("{'expect': 'mood', 'allow': [{'x': 1}], 'otherwise': 'harm'}"),
     "there is no expect 'mood'"},
    {"an argument is missing", STEPS("{'do': 'spawn', 'as': 'd'}, " VERIFY),
     "spawn needs 'program'"},
    {"an unknown argument", SPAWNED("{'do': 'stop', 'who': 'd', 'gently': true}, " VERIFY),
     "stop does not take 'gently'"},
    {"an unknown parameter",
     SPAWNED("{'ask': 'handle_pid', 'params': {'handel': 1}, 'allow': [{'pid': 1}]}"),
     "handle_pid does not take 'handel'"},
    {"a misspelt answer",
     SPAWNED(VERIFY ", {'ask': 'is_alive', 'params': {'handle': '${v.handle}'},"
                    " 'allow': [{'live': false}]}"),
     "is_alive has no 'live'"},
    {"an entry that fits everything", SPAWNED("{'ask': 'verify', " RECORD ", 'allow': [{}]}"),
     "fits every answer"},
    {"an unknown reason", SPAWNED(VERIFY ", " REFUSE("'gone_fishing'")),
     "no reason 'gone_fishing'"},
    {"an unknown detail of a refusal",
     SPAWNED(VERIFY ", " REFUSE("{'reason': 'not_found', 'colour': 'red'}")), "no detail 'colour'"},
    {"a refusal without reason", SPAWNED(VERIFY ", " REFUSE("{'pid': 1}")), "a reason is a text"},
    {"unknown evidence",
     SPAWNED("{'ask': 'verify', " RECORD ", 'allow': [{'accepted': {'evidence_has': ['luck']}}]}"),
     "'luck' is not known"},
    {"an expectation without direction",
     SPAWNED("{'expect': 'state', 'who': 'd', 'allow': [{'alive': true}]}"),
     "otherwise: is missing"},
    {"a capability that the case does not name",
     SPAWNED(VERIFY ", {'ask': 'wait', 'params': {'handle': '${v.handle}', 'timeout_ms': 1},"
                    " 'allow': [{'exited': false}]}"),
     "claim 'wait'"},
    {"refers to what nobody made", SPAWNED(VERIFY_OF("${e.record}")), "no earlier step made 'e'"},
    {"refers to what is made later",
     STEPS(VERIFY_OF("${d.record}") ", {'do': 'spawn', 'as': 'd',"
                                    " 'program': 'file'}"),
     "no earlier step made 'd'"},
    {"refers to a fact that is not there", SPAWNED(VERIFY_OF("${d.recrod}")),
     "'d' has no 'recrod'"},
    {"names an object that nobody made", SPAWNED("{'do': 'kill', 'who': 'e'}, " VERIFY),
     "no earlier step made 'e'"},
    {"an unknown filter", SPAWNED(VERIFY_OF("${d.exe_sha256|rot13}")), "no filter 'rot13'"},
    {"a filter that needs a number", SPAWNED(VERIFY_OF("${d.exe_sha256|head:x}")),
     "no filter 'head'"},
    {"a reference that is not closed", SPAWNED(VERIFY_OF("${d.record")), "not closed"},
    {"passed by an adapter that accepts everything", SPAWNED(VERIFY),
     "an adapter that accepts everything"},
    {"passed by an adapter that refuses everything", SPAWNED(REFUSE("'*'")),
     "an adapter that refuses everything"},
    {"passed by an adapter that always gives this reason",
     SPAWNED(REFUSE("'boot_id_mismatch'") ", " REFUSE("['not_found', 'boot_id_mismatch']")),
     "an adapter that refuses everything"},
    {"passed under profile core, where only the first question is asked",
     SPAWNED(VERIFY ", {'ask': 'verify', 'profile': 'hardened', " RECORD ","
                    " 'allow': [{'refused': '*'}]}"),
     "an adapter that accepts everything"},
    {"passed by an adapter that says it sent a signal and does nothing",
     SPAWNED("{'ask': 'terminate', 'params': {'pid': '${d.pid}'}, 'allow': [{'sent': true}]},"
             "{'expect': 'state', 'who': 'd', 'allow': [{'alive': true}], 'otherwise': 'harm'}"),
     "an adapter that accepts everything"},
};

static json_t *parse(const char *quoted)
{
    char *text = strdup(quoted);
    for (char *at = text; *at; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    json_error_t error;
    json_t *value = json_loads(text, 0, &error);
    if (!value) {
        fail_msg("%s in %s", error.text, text);
    }
    free(text);
    return value;
}

static json_t *changed(const char *change)
{
    json_t *case_ = parse(good), *changes = parse(change);
    const char *name;
    json_t *value;
    json_object_foreach(changes, name, value)
    {
        if (json_is_null(value)) {
            json_object_del(case_, name);
        } else {
            json_object_set(case_, name, value);
        }
    }
    json_decref(changes);
    return case_;
}

static size_t lint(const json_t *case_, char **said_ret)
{
    size_t size;
    FILE *out = open_memstream(said_ret, &size);
    size_t complaints = lint_case(case_, "cases/example/one.json", out);
    fclose(out);
    return complaints;
}

static void bad_fixtures_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
        json_t *case_ = changed(fixtures[i].change);
        char *said;
        size_t complaints = lint(case_, &said);
        if (complaints == 0 || !strstr(said, fixtures[i].complaint)) {
            fail_msg("%s: %zu complaints, not '%s' among them:\n%s", fixtures[i].label, complaints,
                     fixtures[i].complaint, said);
        }
        free(said);
        json_decref(case_);
    }
}

static void the_good_case_is_not(void **state)
{
    (void)state;
    json_t *case_ = changed("{}");
    char *said;
    size_t complaints = lint(case_, &said);
    if (complaints) {
        fail_msg("%s", said);
    }
    free(said);
    json_decref(case_);
}

static void good_cases_pass(void **state)
{
    (void)state;
    struct suite suite;
    char *message = NULL;
    assert_true(suite_load_files(&suite, good_cases, &message));
    assert_non_null(suite_find(&suite, "example/zombie"));
    size_t size;
    char *said;
    FILE *out = open_memstream(&said, &size);
    size_t complaints = lint_suite(&suite, out);
    fclose(out);
    if (complaints) {
        fail_msg("%s", said);
    }
    free(said);
    suite_clear(&suite);
}

static void an_id_twice_is_refused(void **state)
{
    (void)state;
    char *files[] = {good_cases[0], good_cases[0], NULL};
    struct suite suite;
    char *message = NULL;
    assert_true(suite_load_files(&suite, files, &message));
    size_t size;
    char *said;
    FILE *out = open_memstream(&said, &size);
    assert_int_equal(lint_suite(&suite, out), 1);
    fclose(out);
    assert_non_null(strstr(said, "is taken by"));
    free(said);
    suite_clear(&suite);
}

static void a_clause_without_case_is_named(void **state)
{
    (void)state;
    struct suite nothing = {0};
    size_t size;
    char *said;
    FILE *out = open_memstream(&said, &size);
    assert_true(lint_coverage(&nothing, "linux", out) > 20);
    fclose(out);
    assert_non_null(strstr(said, "SPEC.md: LIVE-3: no case of linux is about it"));
    assert_null(strstr(said, "EXE-4:")); /* Windows only */
    assert_non_null(strstr(said, "SPEC.md: EXE-8: no case of linux is about it")); /* hardened */
    assert_null(strstr(said, "ATOM-1:")); /* races: pidproof explore */
    free(said);
}

static void a_case_of_another_system_does_not_count(void **state)
{
    (void)state;
    json_t *case_ = json_pack("{s:[s], s:[s]}", "systems", "linux", "clauses", "EXE-8");
    const json_t *cases[] = {case_};
    struct suite suite = {.cases = cases, .count = 1};
    size_t size;
    char *said;
    FILE *out = open_memstream(&said, &size);
    lint_coverage(&suite, "darwin", out);
    fclose(out);
    assert_non_null(strstr(said, "SPEC.md: EXE-8: no case of darwin is about it"));
    assert_null(strstr(said, "BOOT-5:")); /* excused there */
    free(said);
    json_decref(case_);
}

static void an_excuse_that_is_not_needed_is_named(void **state)
{
    (void)state;
    json_t *case_ = json_pack("{s:[s], s:[s]}", "systems", "bsd", "clauses", "BOOT-5");
    const json_t *cases[] = {case_};
    struct suite suite = {.cases = cases, .count = 1};
    size_t size;
    char *said;
    FILE *out = open_memstream(&said, &size);
    lint_coverage(&suite, "bsd", out);
    fclose(out);
    assert_non_null(
        strstr(said, "SPEC.md: BOOT-5: a case of bsd is about it, and lint.c excuses it"));
    free(said);
    json_decref(case_);
}

static void words(void **state)
{
    (void)state;
    assert_true(words_have("as! who@! path", "as"));
    assert_true(words_have("as! who@! path", "who"));
    assert_true(words_have("as! who@! path", "path"));
    assert_false(words_have("as! who@! path", "pat"));
    assert_false(words_have("as! who@! path", "paths"));
    assert_false(words_have("as! who@! path", ""));
    assert_false(words_have("", "as"));
}

static void print_one(const char *label, const char *change)
{
    json_t *line = json_pack("{s:s, s:o}", "label", label, "case", changed(change));
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
}

/* For test_schema.py: what the schema must refuse as well, and what it must not. */
static int print_fixtures(void)
{
    print_one("good", "{}");
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
        print_one(fixtures[i].label, fixtures[i].change);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: test_lint GOOD-CASE... | --print\n");
        return 2;
    }
    if (strcmp(argv[1], "--print") == 0) {
        return print_fixtures();
    }
    good_cases = argv + 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_fixtures_are_refused),
        cmocka_unit_test(the_good_case_is_not),
        cmocka_unit_test(good_cases_pass),
        cmocka_unit_test(an_id_twice_is_refused),
        cmocka_unit_test(a_clause_without_case_is_named),
        cmocka_unit_test(a_case_of_another_system_does_not_count),
        cmocka_unit_test(an_excuse_that_is_not_needed_is_named),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
