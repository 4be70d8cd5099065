/*
 * Known failures, rule by rule of PROTOCOL.md, "Known failures".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "known.h"

/* Ids of a suite of 25 cases in area `many`, and those that the results are about. */
static json_t *make_suite(struct suite *suite)
{
    static const char *const named[] = {"a/pass",    "a/fail",    "a/critical", "a/crash",
                                        "a/timeout", "a/skipped", "a/never",    "b/fail"};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        json_array_append_new(list, json_pack("{s:s}", "id", named[i]));
    }
    for (int i = 0; i < 25; i++) {
        char id[32];
        snprintf(id, sizeof id, "many/%02d", i);
        json_array_append_new(list, json_pack("{s:s}", "id", id));
    }
    *suite = (struct suite){.count = json_array_size(list)};
    suite->cases = calloc(suite->count, sizeof *suite->cases);
    for (size_t i = 0; i < suite->count; i++) {
        suite->cases[i] = json_array_get(list, i);
    }
    suite->owner = list;
    return list;
}

static json_t *make_results(void)
{
    return json_pack(
        "[{s:s, s:s}, {s:s, s:s, s:s, s:s}, {s:s, s:s, s:s, s:s}, {s:s, s:s, s:s}, {s:s, s:s, s:s},"
        " {s:s, s:s}, {s:s, s:s, s:s, s:s}]",
        "id", "a/pass", "outcome", "pass", "id", "a/fail", "outcome", "fail", "direction",
        "false-refuse", "message", "is_alive: no", "id", "a/critical", "outcome", "fail",
        "direction", "false-accept", "message", "verify: yes", "id", "a/crash", "outcome", "crash",
        "message", "it crashed", "id", "a/timeout", "outcome", "timeout", "message", "no answer",
        "id", "a/skipped", "outcome", "not-established", "id", "b/fail", "outcome", "fail",
        "direction", "leak", "message", "audit: left open");
}

/* All that a run with these entries complains about, as one text; free() it. */
static char *check(const char *text, bool filtered, size_t *complaints_ret)
{
    struct suite suite;
    make_suite(&suite);
    json_t *results = make_results();
    struct known *known;
    char *message = NULL, *said;
    size_t size;
    assert_true(known_parse("known.txt", text, &known, &message));
    FILE *out = open_memstream(&said, &size);
    *complaints_ret = known_check_names(known, &suite, out);
    if (*complaints_ret == 0)
        *complaints_ret = known_check(known, &suite, results, filtered, out);
    fclose(out);
    known_free(known);
    json_decref(results);
    suite_clear(&suite);
    return said;
}

static void entries_are_held_against_results(void **state)
{
    (void)state;
    static const struct {
        const char *label, *text;
        bool filtered;
        const char *complaint; /* NULL: none */
    } rows[] = {
        {"true", "a/fail # is_alive: no\n", false, NULL},
        {"first words are enough", "a/fail # is_alive\n", false, NULL},
        {"comments and empty lines", "# why\n\n  # more\na/fail # is_alive: no\n", false, NULL},
        {"a listed case passes", "a/pass # x\n", false, "a/pass is listed and passes"},
        {"also in a filtered run", "a/pass # x\n", true, "a/pass is listed and passes"},
        {"the message differs", "a/fail # verify\n", false, "fails in another way"},
        {"was not established", "a/skipped # x\n", false, "was not judged"},
        {"was not established, filtered", "a/skipped # x\n", true, NULL},
        {"never ran", "a/never # x\n", false, "never ran"},
        {"never ran, filtered", "a/never # x\n", true, NULL},
        {"a crash", "a/crash # it crashed\n", false, "is never a known failure"},
        {"a timeout", "a/timeout # no answer\n", false, "is never a known failure"},
        {"critical without the mark", "a/critical # verify: yes\n", false, "must admit"},
        {"critical with the mark", "a/critical !critical # verify: yes\n", false, NULL},
        {"names no case", "a/gone # x\n", false, "names 0 cases"},
        {"a pattern", "b/* # audit\n", false, NULL},
        {"a pattern stays within its segment", "* # audit\n", false, "names 0 cases"},
        {"a pattern that names too many", "many/* # x\n", true, "names 25 cases"},
        {"a pattern that is not true of each", "a/* # is_alive\n", true, "a/pass is listed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t complaints;
        char *said = check(rows[i].text, rows[i].filtered, &complaints);
        bool right = rows[i].complaint ? complaints > 0 && strstr(said, rows[i].complaint)
                                       : complaints == 0 && !*said;
        if (!right) {
            fail_msg("%s: %zu complaints: %s", rows[i].label, complaints, said);
        }
        free(said);
    }
}

static void what_an_entry_covers_is_marked(void **state)
{
    (void)state;
    struct suite suite;
    make_suite(&suite);
    json_t *results = make_results();
    struct known *known;
    char *message = NULL;
    assert_true(known_parse("known.txt", "a/fail # is_alive\n", &known, &message));
    assert_int_equal(known_check(known, &suite, results, false, stderr), 0);
    assert_true(json_is_true(json_object_get(json_array_get(results, 1), "known")));
    assert_null(json_object_get(json_array_get(results, 2), "known"));
    assert_null(json_object_get(json_array_get(results, 6), "known"));
    known_free(known);
    json_decref(results);
    suite_clear(&suite);
}

static void bad_lines_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *complaint;
    } rows[] = {
        {"a/fail\n", "known.txt:1: an entry carries the first words"},
        {"# x\na/fail #\n", "known.txt:2: an entry carries the first words"},
        {"a/fail !harmless # x\n", "known.txt:1: an entry is"},
        {"a/** # x\n", "known.txt:1: only *"},
        {"a/fai? # x\n", "known.txt:1: only *"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct known *known;
        char *message = NULL;
        assert_false(known_parse("known.txt", rows[i].text, &known, &message));
        if (!strstr(message, rows[i].complaint)) {
            fail_msg("%s: %s", rows[i].text, message);
        }
        free(message);
    }
    known_free(NULL);
}

static void the_file_is_rewritten(void **state)
{
    (void)state;
    struct suite suite;
    make_suite(&suite);
    json_t *results = make_results();
    struct known *known;
    char *message = NULL;
    assert_true(known_parse("known.txt",
                            "# ours\n\na/pass # x\na/fail # is_alive\na/critical # verify\n",
                            &known, &message));
    char *fixed = known_fixed(known, &suite, results);
    assert_string_equal(fixed, "# ours\n\na/fail # is_alive\n"
                               "a/critical !critical # verify: yes\nb/fail # audit: left open\n");
    free(fixed);
    known_free(known);
    json_decref(results);
    suite_clear(&suite);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_held_against_results),
        cmocka_unit_test(what_an_entry_covers_is_marked),
        cmocka_unit_test(bad_lines_are_refused),
        cmocka_unit_test(the_file_is_rewritten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
