/*
 * test_record.c: the text form of records and their files. [REC-3, REC-4]
 */
#define _GNU_SOURCE

#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHA "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD "pidproof-record=1\n"
#define FULL                                                                       \
    HEAD "pid=42\nboot_id=b-1\nexe_path=/opt/caf%C3%A9%20%25%0Ax\nexe_sha256=" SHA \
         "\ninstance=linux-pidfs:b:1\n"

static void a_record_survives_its_text_form(void **state)
{
    (void)state;
    pidproof_record *record;
    char *text;
    size_t length;
    assert_int_equal(pidproof_record_parse(FULL, strlen(FULL), &record, NULL), PIDPROOF_OK);
    assert_int_equal(record->pid, 42);
    assert_string_equal(record->boot_id, "b-1");
    assert_string_equal(record->exe_path, "/opt/caf\xc3\xa9 %\nx");
    assert_int_equal(record->exe_sha256[0], 0x00);
    assert_int_equal(record->exe_sha256[31], 0xff);
    assert_string_equal(record->instance, "linux-pidfs:b:1");
    assert_int_equal(pidproof_record_format(record, &text, &length, NULL), PIDPROOF_OK);
    assert_int_equal(length, strlen(FULL));
    assert_string_equal(text, FULL);
    pidproof_text_free(text);
    pidproof_record_free(record);
}

/* Every byte but NUL may stand in a path. */
static void every_byte_survives(void **state)
{
    (void)state;
    char path[300] = "/";
    for (int byte = 1; byte < 256; byte++)
        path[byte] = (char)byte;
    pidproof_record record = {.pid = UINT32_MAX, .exe_path = path}, *again;
    char *text;
    assert_int_equal(pidproof_record_format(&record, &text, NULL, NULL), PIDPROOF_OK);
    for (const char *byte = text; *byte; byte++)
        assert_true(*byte == '\n' || (*byte > ' ' && *byte < 0x7f));
    assert_int_equal(pidproof_record_parse(text, strlen(text), &again, NULL), PIDPROOF_OK);
    assert_string_equal(again->exe_path, path);
    assert_int_equal(again->pid, UINT32_MAX);
    assert_string_equal(again->boot_id, "");
    assert_string_equal(again->instance, "");
    pidproof_text_free(text);
    pidproof_record_free(again);
}

static const struct {
    const char *text;
    uint64_t line;
    const char *field;
} refused[] = {
    {"", 1, NULL},
    {"pidproof-record=2\n", 1, NULL},
    {"pidproof-record=1", 1, NULL},
    {"pidproof-record=1 \n", 1, NULL},
    {HEAD, 0, "pid"},
    {HEAD "pid=1\n", 0, "boot_id"},
    {HEAD "pid=1\nboot_id=\n", 0, "exe_path"},
    {HEAD "pid=1\nboot_id=\nexe_path=/x\n", 0, "exe_sha256"},
    {HEAD "pid=1\nboot_id=", 3, NULL},
    {HEAD "pid=1\n\n", 3, NULL},
    {HEAD "pid\n", 2, NULL},
    {HEAD "colour=red\n", 2, NULL},
    {HEAD " pid=1\n", 2, NULL},
    {HEAD "pid =1\n", 2, NULL},
    {HEAD "PID=1\n", 2, NULL},
    {HEAD "pid=1\npid=1\n", 3, "pid"},
    {HEAD "pid=\n", 2, "pid"},
    {HEAD "pid=x1\n", 2, "pid"},
    {HEAD "pid=0\n", 2, "pid"},
    {HEAD "pid=01\n", 2, "pid"},
    {HEAD "pid=+1\n", 2, "pid"},
    {HEAD "pid=-1\n", 2, "pid"},
    {HEAD "pid= 1\n", 2, "pid"},
    {HEAD "pid=1 \n", 2, "pid"},
    {HEAD "pid=1\r\n", 2, "pid"},
    {HEAD "pid=1.5\n", 2, "pid"},
    {HEAD "pid=12abc\n", 2, "pid"},
    {HEAD "pid=1:\n", 2, "pid"},
    {HEAD "pid=4294967296\n", 2, "pid"},
    {HEAD "pid=4294967338\n", 2, "pid"},
    {HEAD "pid=18446744073709551617\n", 2, "pid"},
    {HEAD "boot_id=a b\n", 2, "boot_id"},
    {HEAD "boot_id=\x7f\n", 2, "boot_id"},
    {HEAD "exe_path=\n", 2, "exe_path"},
    {HEAD "exe_path=x\n", 2, "exe_path"},
    {HEAD "exe_path=/\xc3\xa9\n", 2, "exe_path"},
    {HEAD "exe_path=/%\n", 2, "exe_path"},
    {HEAD "exe_path=/%0\n", 2, "exe_path"},
    {HEAD "exe_path=/%0g\n", 2, "exe_path"},
    {HEAD "exe_path=/%g0\n", 2, "exe_path"},
    {HEAD "exe_path=/%0a\n", 2, "exe_path"},
    {HEAD "exe_path=/%41\n", 2, "exe_path"},
    {HEAD "exe_path=/%00\n", 2, "exe_path"},
    {HEAD "exe_sha256=\n", 2, "exe_sha256"},
    {HEAD "exe_sha256=00\n", 2, "exe_sha256"},
    {HEAD "exe_sha256=0\n", 2, "exe_sha256"},
    {HEAD "exe_sha256=" SHA "0\n", 2, "exe_sha256"},
    {HEAD "exe_sha256=AA112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 2,
     "exe_sha256"},
    {HEAD "instance=\n", 2, "instance"},
};

static void what_is_not_exactly_so_is_refused_with_line_and_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        pidproof_record *const untouched = (pidproof_record *)&refused;
        pidproof_record *record = untouched;
        pidproof_error error = {0};
        pidproof_reason reason =
            pidproof_record_parse(refused[i].text, strlen(refused[i].text), &record, &error);
        if (reason != PIDPROOF_INVALID_RECORD || error.line != refused[i].line ||
            !error.field != !refused[i].field ||
            (error.field && strcmp(error.field, refused[i].field) != 0) || !error.why)
            fail_msg("%s: reason %s, line %d, field %s", refused[i].text,
                     pidproof_reason_name(reason), (int)error.line,
                     error.field ? error.field : "none");
        assert_ptr_equal(record, untouched);
        assert_int_equal(
            pidproof_record_parse(refused[i].text, strlen(refused[i].text), &record, NULL),
            PIDPROOF_INVALID_RECORD);
        pidproof_error_clear(&error);
    }
    pidproof_record *record;
    const char nul[] = HEAD "pid=1\0\n"; /* a raw NUL ends nothing */
    assert_int_equal(pidproof_record_parse(nul, sizeof nul - 1, &record, NULL),
                     PIDPROOF_INVALID_RECORD);
}

static void only_a_valid_record_is_written(void **state)
{
    (void)state;
    char *text;
    pidproof_error error = {0};
    pidproof_record record = {.pid = 0, .exe_path = "/x"};
    assert_int_equal(pidproof_record_format(&record, &text, NULL, &error), PIDPROOF_INVALID_RECORD);
    assert_string_equal(error.field, "pid");
    record = (pidproof_record){.pid = 1};
    assert_int_equal(pidproof_record_format(&record, &text, NULL, &error), PIDPROOF_INVALID_RECORD);
    record.exe_path = "x";
    assert_int_equal(pidproof_record_write(in_world("bad"), &record, &error),
                     PIDPROOF_INVALID_RECORD);
    assert_string_equal(error.field, "exe_path");
    pidproof_error_clear(&error);
}

static size_t files_in(const char *path)
{
    size_t count = 0;
    DIR *directory = opendir(path);
    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count - 2;
}

static void files_are_replaced_whole(void **state)
{
    (void)state;
    const char *home = in_world("files"), *path = in_world("files/record");
    pidproof_record record = {.pid = 7, .exe_path = "/x", .instance = "token"}, *again;
    struct stat status;
    assert_int_equal(mkdir(home, 0700), 0);
    mode_t before = umask(0);
    assert_int_equal(pidproof_record_write(path, &record, NULL), PIDPROOF_OK);
    record.pid = 8;
    assert_int_equal(pidproof_record_write(path, &record, NULL), PIDPROOF_OK);
    umask(before);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(files_in(home), 1);
    assert_int_equal(pidproof_record_read(path, &again, NULL), PIDPROOF_OK);
    assert_int_equal(again->pid, 8);
    assert_string_equal(again->instance, "token");
    pidproof_record_free(again);

    /* In the working directory, where there is no slash in the name. */
    char back[4096];
    assert_non_null(getcwd(back, sizeof back));
    assert_int_equal(chdir(home), 0);
    assert_int_equal(pidproof_record_write("plain", &record, NULL), PIDPROOF_OK);
    assert_int_equal(chdir(back), 0);
    assert_int_equal(files_in(home), 2);
}

static void failing_files_say_why_and_leave_nothing(void **state)
{
    (void)state;
    pidproof_record record = {.pid = 7, .exe_path = "/x"}, *again;
    pidproof_error error = {0};
    const char *home = in_world("failing"), *over = in_world("failing/directory");
    assert_int_equal(mkdir(home, 0700), 0);
    assert_int_equal(mkdir(over, 0700), 0);
    assert_int_equal(pidproof_record_write(over, &record, &error), PIDPROOF_RECORD_IO);
    assert_int_equal(error.os_error, EISDIR);
    assert_string_equal(error.path, over);
    assert_int_equal(files_in(home), 1);
    assert_int_equal(pidproof_record_write(in_world("no/where"), &record, &error),
                     PIDPROOF_RECORD_IO);
    assert_int_equal(error.os_error, ENOENT);
    assert_int_equal(pidproof_record_read(in_world("nothing"), &again, &error), PIDPROOF_RECORD_IO);
    assert_int_equal(error.os_error, ENOENT);
    assert_int_equal(pidproof_record_read(home, &again, &error), PIDPROOF_RECORD_IO);
    assert_int_equal(error.os_error, EISDIR);
    const char *fifo = in_world("fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(pidproof_record_read(fifo, &again, &error), PIDPROOF_RECORD_IO);
    const char *huge = in_world("huge");
    write_file(huge, HEAD);
    assert_int_equal(truncate(huge, 1024 * 1024 + 1), 0);
    assert_int_equal(pidproof_record_read(huge, &again, &error), PIDPROOF_RECORD_IO);
    assert_int_equal(truncate(huge, 1024 * 1024), 0);
    assert_int_equal(pidproof_record_read(huge, &again, &error), PIDPROOF_INVALID_RECORD);
    assert_int_equal(error.line, 2);
    pidproof_error_clear(&error);
    pidproof_record_free(NULL);
    pidproof_text_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_survives_its_text_form),
        cmocka_unit_test(every_byte_survives),
        cmocka_unit_test(what_is_not_exactly_so_is_refused_with_line_and_field),
        cmocka_unit_test(only_a_valid_record_is_written),
        cmocka_unit_test(files_are_replaced_whole),
        cmocka_unit_test(failing_files_say_why_and_leave_nothing),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
