/*
 * test_status.c: names, classes and wording of reasons. [SPEC 1]
 */
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "status.h"

static void every_reason_has_a_name_a_class_and_words(void **state)
{
    (void)state;
    const char *const names[] = {"ok",
                                 "invalid_record",
                                 "invalid_pid",
                                 "boot_id_mismatch",
                                 "boot_id_unavailable",
                                 "not_found",
                                 "instance_mismatch",
                                 "exe_path_unreadable",
                                 "exe_path_mismatch",
                                 "exe_unhashable",
                                 "exe_sha256_mismatch",
                                 "handle_failed",
                                 "terminate_unsupported",
                                 "record_io"};
    const char *const classes[] = {"none",         "invalid",      "invalid",   "different",
                                   "unverifiable", "gone",         "different", "unverifiable",
                                   "different",    "unverifiable", "different", "unverifiable",
                                   "unsupported",  "unverifiable"};
    char text[256];
    for (int reason = 0; reason <= PIDPROOF_RECORD_IO; reason++) {
        pidproof_error error = {.reason = (pidproof_reason)reason};
        assert_string_equal(pidproof_reason_name(error.reason), names[reason]);
        assert_string_equal(pidproof_class_name(pidproof_reason_class(error.reason)),
                            classes[reason]);
        assert_int_equal(*pidproof_error_format(&error, text, sizeof text) == '\0', reason == 0);
    }
    pidproof_error none = {.reason = (pidproof_reason)99};
    assert_string_equal(pidproof_reason_name(none.reason), "unknown");
    assert_int_equal(pidproof_reason_class(none.reason), PIDPROOF_CLASS_UNVERIFIABLE);
    assert_string_equal(pidproof_class_name((pidproof_class)99), "unknown");
    assert_string_equal(pidproof_error_format(&none, text, sizeof text), "unknown reason");
    assert_string_equal(pidproof_version(), "1.0.0");
}

static void check(const char *expected, pidproof_error error)
{
    char text[512];
    assert_string_equal(pidproof_error_format(&error, text, sizeof text), expected);
}

static void the_wording_is_the_seeds(void **state)
{
    (void)state;
    check("process not found: 42", (pidproof_error){.reason = PIDPROOF_NOT_FOUND, .pid = 42});
    check("invalid daemon pid: 0", (pidproof_error){.reason = PIDPROOF_INVALID_PID});
    check("daemon boot id mismatch: expected a, current ?",
          (pidproof_error){.reason = PIDPROOF_BOOT_ID_MISMATCH, .expected = "a"});
    check("daemon executable path mismatch for pid 4294967295: expected \"/a\", actual \"/b\"",
          (pidproof_error){.reason = PIDPROOF_EXE_PATH_MISMATCH,
                           .pid = UINT32_MAX,
                           .expected = "/a",
                           .actual = "/b"});
    check("failed to hash executable for pid 1 at \"/x\": reading it: Permission denied "
          "(os error 13)",
          (pidproof_error){.reason = PIDPROOF_EXE_UNHASHABLE,
                           .pid = 1,
                           .path = "/x",
                           .why = "reading it",
                           .os_error = EACCES});
    check("failed to hash file at \"/x\"",
          (pidproof_error){.reason = PIDPROOF_EXE_UNHASHABLE, .path = "/x"});
    check(
        "invalid daemon record: line 3: pid: is there twice",
        (pidproof_error){
            .reason = PIDPROOF_INVALID_RECORD, .line = 3, .field = "pid", .why = "is there twice"});
    check("operation failed: there is no memory left",
          (pidproof_error){.reason = PIDPROOF_HANDLE_FAILED, .why = "there is no memory left"});
}

/* What others wrote stays on one line and is shown byte for byte; characters stay whole. */
static void foreign_text_cannot_break_the_line(void **state)
{
    (void)state;
    const struct {
        char *actual, *shown;
    } texts[] = {
        {"a\nb\x1b[2J\x7f", "a\\x0ab\\x1b[2J\\x7f"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\xe0\xa4\x85 \xed\x9f\xbf \xf4\x8f\xbf\xbf",
         "\xe0\xa4\x85 \xed\x9f\xbf \xf4\x8f\xbf\xbf"},
        {"\xff\xc3", "\\xff\\xc3"},
        {"\xc0\xaf", "\\xc0\\xaf"},
        {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"\xf0\x80\x80\x80", "\\xf0\\x80\\x80\\x80"},
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
        {"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
        {"\xe2\x82", "\\xe2\\x82"},
    };
    char expected[256];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        snprintf(expected, sizeof expected, "daemon boot id mismatch: expected e, current %s",
                 texts[i].shown);
        check(expected, (pidproof_error){.reason = PIDPROOF_BOOT_ID_MISMATCH,
                                         .expected = "e",
                                         .actual = texts[i].actual});
    }
    char cut[] = "................................................";
    pidproof_error error = {
        .reason = PIDPROOF_BOOT_ID_MISMATCH, .expected = "\xe2\x82\xac\xe2\x82\xac", .actual = "b"};
    size_t start = strlen("daemon boot id mismatch: expected ");
    for (size_t size = 1; size < sizeof cut; size++) {
        pidproof_error_format(&error, cut, size);
        size_t length = strlen(cut);
        assert_true(length < size);
        assert_true(length <= start || length >= start + 6 || length == start + 3);
    }
    assert_string_equal(pidproof_error_format(&error, NULL, 10), "");
    assert_string_equal(pidproof_error_format(&error, cut, 0), "");
    assert_string_equal(pidproof_error_format(NULL, cut, sizeof cut), "");
}

static void an_error_owns_its_texts(void **state)
{
    (void)state;
    pidproof_error error = {0}, other = {0};
    struct pidproof_error detail = {.reason = PIDPROOF_EXE_PATH_MISMATCH, .expected = "e"};
    assert_int_equal(error_set(NULL, &detail), PIDPROOF_EXE_PATH_MISMATCH);
    error_set(&error, &detail);
    detail.expected = error.expected; /* lies in what is replaced */
    error_set(&error, &detail);
    assert_string_equal(error.expected, "e");
    detail.expected = "e";
    error_set(&other, &detail);
    error_move(&other, &error);
    assert_string_equal(other.expected, "e");
    assert_null(error.expected);
    error_move(NULL, &other);
    assert_int_equal(other.reason, PIDPROOF_OK);
    pidproof_error_clear(&other);
    pidproof_error_clear(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_has_a_name_a_class_and_words),
        cmocka_unit_test(the_wording_is_the_seeds),
        cmocka_unit_test(foreign_text_cannot_break_the_line),
        cmocka_unit_test(an_error_owns_its_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
