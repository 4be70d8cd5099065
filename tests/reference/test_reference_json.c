/*
 * The JSON forms of the reference adapter (harness/adapters/reference_json.h): what is read
 * is exactly what PROTOCOL.md names, or refused [REC-3, REC-4]; what is written is true.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference_json.h"
#include "reference_system.h"

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define BOOT "\"boot_id\":\"b\","
#define PATH "\"exe_path\":\"/bin/d\","
#define HASH "\"exe_sha256\":\"" DIGEST "\""

static json_t *parse(const char *text)
{
    json_t *json = json_loads(text, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    return json;
}

/* ---- Reading ------------------------------------------------------------ */

static void test_record_is_read(void **state)
{
    (void)state;
    struct json_record record;
    json_t *json = parse("{\"pid\":4294967295," BOOT PATH HASH ",\"instance\":\"pidfs:1\"}");
    assert_null(json_record_read(json, &record));
    assert_int_equal(record.record.pid, UINT32_MAX);
    assert_string_equal(record.record.boot_id, "b");
    assert_string_equal(record.record.exe_path, "/bin/d");
    assert_string_equal(record.record.instance, "pidfs:1");
    assert_int_equal(record.record.exe_sha256[1], 0x11);
    assert_int_equal(record.record.exe_sha256[31], 0xff); /* capital letters, too */
    json_record_clear(&record);
    json_decref(json);
}

static void test_path_in_hex(void **state)
{
    (void)state;
    struct json_record record;
    json_t *json = parse("{\"pid\":1," BOOT "\"exe_path_hex\":\"2fFF\"," HASH "}");
    assert_null(json_record_read(json, &record));
    assert_string_equal(record.record.exe_path, "/\xff");
    json_record_clear(&record);
    json_decref(json);
}

/* [REC-3, REC-4]: a reason, and the field that is wrong; NULL for none in particular. */
static void test_wrong_records_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason, *field;
    } wrong[] = {
        {"[]", "invalid_record", NULL},
        {"{" BOOT PATH HASH "}", "invalid_record", "pid"},
        {"{\"pid\":-1," BOOT PATH HASH "}", "invalid_pid", "pid"},
        {"{\"pid\":4294967296," BOOT PATH HASH "}", "invalid_pid", "pid"},
        {"{\"pid\":7.0," BOOT PATH HASH "}", "invalid_record", "pid"},
        {"{\"pid\":\"7\"," BOOT PATH HASH "}", "invalid_record", "pid"},
        {"{\"pid\":true," BOOT PATH HASH "}", "invalid_record", "pid"},
        {"{\"pid\":7," PATH HASH "}", "invalid_record", "boot_id"},
        {"{\"pid\":7,\"boot_id\":null," PATH HASH "}", "invalid_record", "boot_id"},
        {"{\"pid\":7,\"boot_id\":\"a\\u0000b\"," PATH HASH "}", "invalid_record", "boot_id"},
        {"{\"pid\":7," BOOT HASH "}", "invalid_record", "exe_path"},
        {"{\"pid\":7," BOOT "\"exe_path\":\"/a\\u0000b\"," HASH "}", "invalid_record", "exe_path"},
        {"{\"pid\":7," BOOT PATH "\"exe_path_hex\":\"2f\"," HASH "}", "invalid_record", "exe_path"},
        {"{\"pid\":7," BOOT "\"exe_path_hex\":\"2\"," HASH "}", "invalid_record", "exe_path"},
        {"{\"pid\":7," BOOT "\"exe_path_hex\":\"2f00\"," HASH "}", "invalid_record", "exe_path"},
        {"{\"pid\":7," BOOT "\"exe_path_hex\":\"2g\"," HASH "}", "invalid_record", "exe_path"},
        {"{\"pid\":7," BOOT "\"exe_path_hex\":7," HASH "}", "invalid_record", "exe_path"},
        {"{\"pid\":7," BOOT PATH "\"exe_sha256\":\"00\"}", "invalid_record", "exe_sha256"},
        {"{\"pid\":7," BOOT PATH "\"exe_sha256\":\"x" DIGEST "\"}", "invalid_record", "exe_sha256"},
        {"{\"pid\":7," BOOT PATH HASH ",\"instance\":\"\"}", "invalid_record", "instance"},
        {"{\"pid\":7," BOOT PATH HASH ",\"instance\":7}", "invalid_record", "instance"},
        {"{\"pid\":7," BOOT PATH HASH ",\"extra\":7}", "invalid_record", NULL},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct json_record record;
        memset(&record, 0x5a, sizeof record);
        struct json_record before = record;
        json_t *json = parse(wrong[i].text);
        json_t *answer = json_record_read(json, &record);
        json_t *refused = json_object_get(answer, "refused");
        const char *field = json_string_value(json_object_get(refused, "field"));
        assert_non_null(refused);
        assert_string_equal(json_string_value(json_object_get(refused, "reason")), wrong[i].reason);
        assert_string_equal(field ? field : "", wrong[i].field ? wrong[i].field : "");
        assert_non_null(json_object_get(refused, "message"));
        assert_memory_equal(&record, &before, sizeof record); /* untouched on failure */
        json_decref(answer);
        json_decref(json);
    }
}

static void test_pids(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        uint32_t pid;
    } numbers[] = {
        {"0", true, 0},           {"4294967295", true, UINT32_MAX},
        {"4294967296", false, 0}, {"-1", false, 0},
        {"1.0", false, 0},        {"1e3", false, 0},
        {"\"1\"", false, 0},      {"null", false, 0},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uint32_t pid = 77;
        json_t *json = parse(numbers[i].text);
        assert_int_equal(json_pid_read(json, &pid), numbers[i].good);
        assert_int_equal(pid, numbers[i].good ? numbers[i].pid : 77);
        json_decref(json);
    }
}

/* [REC-4]: what no type holds is still answered under the id that it came with. */
static void test_numbers_are_clipped(void **state)
{
    (void)state;
    static const struct {
        const char *line, *becomes; /* NULL: it stays */
    } lines[] = {
        {"{\"id\":1,\"pid\":1e999}", "{\"id\":1,\"pid\":1e308}"},
        {"[-1.5E+999,2]", "[-1e308   ,2]"},
        {"[1e999,1e308]", "[1e308,1e308]"},
        {"[\"1e999\"]", NULL},
        {"[\"\\\"1e999\"]", NULL},
        {"[\"\\\\\",1e999]", "[\"\\\\\",1e308]"},
        {"[-inf]", NULL},
        {"[0x1p9999]", NULL},
        {"[1e999x]", "[1e308x]"}, /* no JSON before nor after */
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char line[64];
        strcpy(line, lines[i].line);
        assert_int_equal(json_clip_numbers(line), lines[i].becomes != NULL);
        assert_string_equal(line, lines[i].becomes ? lines[i].becomes : lines[i].line);
        assert_false(json_clip_numbers(line)); /* so that whoever repeats it comes to an end */
    }
}

/* ---- Writing ------------------------------------------------------------ */

static void assert_writes(json_t *json, const char *text)
{
    char *written = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(written, text);
    free(written);
    json_decref(json);
}

static void test_captured(void **state)
{
    (void)state;
    pidproof_record record = {.pid = 7, .exe_path = "/a"};
    char zeros[65];
    char text[256];
    memset(zeros, '0', 64);
    zeros[64] = '\0';
    snprintf(text, sizeof text,
             "{\"record\":{\"boot_id\":\"\",\"exe_path\":\"/a\",\"exe_sha256\":\"%s\",\"pid\":7}}",
             zeros);
    assert_writes(json_captured(&record), text);

    record = (pidproof_record){.pid = 7, .boot_id = "b", .exe_path = "/\xff", .instance = "i"};
    snprintf(text, sizeof text,
             "{\"record\":{\"boot_id\":\"b\",\"exe_path_hex\":\"2fff\",\"exe_sha256\":\"%s\","
             "\"instance\":\"i\",\"pid\":7}}",
             zeros);
    assert_writes(json_captured(&record), text);
}

static void test_accepted(void **state)
{
    (void)state;
    assert_writes(json_accepted(3, 0), "{\"accepted\":{\"evidence\":[],\"handle\":3}}");
    assert_writes(json_accepted(3, PIDPROOF_EVIDENCE_BOOT_ID | PIDPROOF_EVIDENCE_EXE_PATH |
                                       PIDPROOF_EVIDENCE_EXE_SHA256 | PIDPROOF_EVIDENCE_INSTANCE |
                                       PIDPROOF_EVIDENCE_BOUND),
                  "{\"accepted\":{\"evidence\":[\"boot_id\",\"exe_path\",\"exe_sha256\","
                  "\"instance\",\"bound\"],\"handle\":3}}");
}

/* Every detail that the library gave, and no other. */
static void test_refused(void **state)
{
    (void)state;
    pidproof_error error = {.reason = PIDPROOF_EXE_PATH_UNREADABLE,
                            .pid = 7,
                            .os_error = EACCES,
                            .expected = (char *)"/a",
                            .actual = (char *)"/\xff", /* cannot be said in JSON */
                            .path = (char *)"/p"};
    json_t *answer = json_refused(&error);
    json_t *refused = json_object_get(answer, "refused");
    json_t *os_error = json_object_get(refused, "os_error");
    assert_string_equal(json_string_value(json_object_get(refused, "reason")),
                        "exe_path_unreadable");
    assert_int_equal(json_integer_value(json_object_get(refused, "pid")), 7);
    assert_string_equal(json_string_value(json_object_get(refused, "expected")), "/a");
    assert_string_equal(json_string_value(json_object_get(refused, "path")), "/p");
    assert_null(json_object_get(refused, "actual"));
    assert_null(json_object_get(refused, "field"));
    assert_int_equal(json_integer_value(json_object_get(os_error, "code")), EACCES);
    assert_string_equal(json_string_value(json_object_get(os_error, "name")), "EACCES");
    json_decref(answer);
}

static void test_error_names(void **state)
{
    (void)state;
    assert_string_equal(system_error_name(ESRCH), "ESRCH");
    assert_string_equal(system_error_name(EMFILE), "EMFILE");
    assert_null(system_error_name(0));
    assert_null(system_error_name(INT64_C(1) << 32 | EPERM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_is_read),
        cmocka_unit_test(test_path_in_hex),
        cmocka_unit_test(test_wrong_records_are_refused),
        cmocka_unit_test(test_pids),
        cmocka_unit_test(test_numbers_are_clipped),
        cmocka_unit_test(test_captured),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_error_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
