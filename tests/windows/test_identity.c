/*
 * test_identity.c: boots, instances, files and records on Windows.
 */
#include "child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os.h"

/* [BOOT-1, BOOT-2, BOOT-4] */
static void boot_ids(void **state)
{
    (void)state;
    pidproof_record *record = captured(GetCurrentProcessId());
    pidproof_record other = *record;
    char *boot_id, spelled[64];
    assert_int_equal(pidproof_boot_id(&boot_id, NULL), PIDPROOF_OK);
    assert_string_equal(record->boot_id, boot_id);
    snprintf(spelled, sizeof spelled, "%s0", boot_id);
    other.boot_id = spelled;
    assert_int_equal(verified(&other), PIDPROOF_BOOT_ID_MISMATCH);
    snprintf(spelled, sizeof spelled, "0%s", boot_id);
    assert_int_equal(verified(&other), PIDPROOF_BOOT_ID_MISMATCH);
    other.boot_id = "";
    assert_int_equal(verified(&other), PIDPROOF_OK);
    pidproof_text_free(boot_id);
    pidproof_record_free(record);
}

/* [INST-4, INST-7] */
static void tokens(void **state)
{
    (void)state;
    static const char *const wrong[] = {"windows-created:42:",
                                        "windows-created::01dd7c332fdc1302",
                                        "windows-created:42:01dd7c332fdc130",
                                        "windows-created:42:01dd7c332fdc13021",
                                        "windows-created:42:01DD7C332FDC1302",
                                        "windows-created:42:01dd7c332fdc130 ",
                                        "windows-created:42:01dd7c332fdc1302 ",
                                        "windows-created:42.01dd7c332fdc1302",
                                        "windows-created:x:01dd7c332fdc1302",
                                        "windows-start-key:42:01dd7c332fdc130g",
                                        "windows-made:42:01dd7c332fdc1302",
                                        "linux-pidfs:42:01dd7c332fdc1302",
                                        "windows-created",
                                        " windows-created:42:01dd7c332fdc1302"};
    pidproof_record *record = captured(GetCurrentProcessId());
    pidproof_record other = *record;
    for (size_t i = 0; i < ARRAYSIZE(wrong); i++) {
        other.instance = wrong[i];
        assert_false(os_instance_is_valid(wrong[i]));
        assert_int_equal(verified(&other), PIDPROOF_INVALID_RECORD);
    }
    assert_true(os_instance_is_valid("windows-start-key:42:01dd7c332fdc1302"));

    const char *number = strrchr(record->instance, ':');
    char elsewhere[128];
    snprintf(elsewhere, sizeof elsewhere, "%.*s:9999999%s", (int)strcspn(record->instance, ":"),
             record->instance, number);
    other.instance = elsewhere; /* another boot */
    assert_int_equal(verified(&other), PIDPROOF_INSTANCE_MISMATCH);
    pidproof_record_free(record);
}

/* [INST-5] Two processes of one program, alive at once. */
static void siblings_are_other_instances(void **state)
{
    (void)state;
    struct child one, two;
    child_start(&one, helper_path());
    child_start(&two, helper_path());
    pidproof_record *first = captured(one.pid), *second = captured(two.pid);
    assert_string_not_equal(first->instance, second->instance);
    first->pid = two.pid;
    assert_int_equal(verified(first), PIDPROOF_INSTANCE_MISMATCH);
    pidproof_record_free(first);
    pidproof_record_free(second);
    child_end(&one);
    child_end(&two);
}

static void write_file(const WCHAR *path, const char *text)
{
    FILE *file = _wfopen(path, L"wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* [HASH-2, RES-3] Files that are hashed, and what is not one. */
static void hashing(void **state)
{
    (void)state;
    static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea};
    uint8_t sha256[PIDPROOF_SHA256_SIZE];
    pidproof_error error = {0};
    scratch_make();
    char *path = utf8(scratch_path(L"abc")), *directory = utf8(scratch_path(L""));
    write_file(scratch_path(L"abc"), "abc");
    assert_int_equal(pidproof_sha256_file(path, sha256, NULL), PIDPROOF_OK);
    assert_memory_equal(sha256, abc, sizeof abc);

    /* Who writes it meanwhile would make the digest that of no content. */
    HANDLE writer = CreateFileW(scratch_path(L"abc"), GENERIC_WRITE,
                                FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(writer, INVALID_HANDLE_VALUE);
    assert_int_equal(pidproof_sha256_file(path, sha256, &error), PIDPROOF_EXE_UNHASHABLE);
    assert_int_equal(error.os_error, ERROR_SHARING_VIOLATION);
    CloseHandle(writer);

    assert_int_equal(pidproof_sha256_file(directory, sha256, NULL), PIDPROOF_EXE_UNHASHABLE);
    struct os_failure failure;
    os_fd fd;
    assert_int_equal(os_file_open(directory, &fd, &failure), PIDPROOF_EXE_UNHASHABLE);
    assert_int_equal(failure.code, ERROR_BAD_FILE_TYPE);
    assert_int_equal(pidproof_sha256_file("\\\\.\\pipe\\x", sha256, NULL), PIDPROOF_EXE_UNHASHABLE);
    pidproof_error_clear(&error);
    free(path);
    free(directory);
    scratch_remove();
}

static unsigned files_in_scratch(void)
{
    WIN32_FIND_DATAW found;
    unsigned count = 0;
    HANDLE search = FindFirstFileW(scratch_path(L"*"), &found);
    assert_ptr_not_equal(search, INVALID_HANDLE_VALUE);
    do
        count += !(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
    while (FindNextFileW(search, &found));
    FindClose(search);
    return count;
}

/* Records replace what was there in one step, and a failure leaves nothing behind. */
static void record_files(void **state)
{
    (void)state;
    pidproof_record *record = captured(GetCurrentProcessId()), *again = NULL;
    scratch_make();
    char *path = utf8(scratch_path(L"daemon.id"));
    write_file(scratch_path(L"daemon.id"), "something else");
    assert_int_equal(pidproof_record_write(path, record, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_record_read(path, &again, NULL), PIDPROOF_OK);
    assert_string_equal(again->exe_path, record->exe_path);
    assert_int_equal(verified(again), PIDPROOF_OK);
    assert_int_equal(files_in_scratch(), 1);

    HANDLE held = CreateFileW(scratch_path(L"daemon.id"), GENERIC_READ, FILE_SHARE_READ, NULL,
                              OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(held, INVALID_HANDLE_VALUE);
    assert_int_equal(pidproof_record_write(path, record, NULL), PIDPROOF_RECORD_IO);
    CloseHandle(held);
    assert_int_equal(files_in_scratch(), 1);
    pidproof_record_free(again);
    assert_int_equal(pidproof_record_read(path, &again, NULL), PIDPROOF_OK);
    pidproof_record_free(again);
    pidproof_record_free(record);
    free(path);
    scratch_remove();
}

/* [RES-1] */
static void nothing_stays_open(void **state)
{
    (void)state;
    DWORD before, after;
    pidproof_record *record = captured(GetCurrentProcessId());
    pidproof_record other = *record;
    assert_int_equal(verified(record), PIDPROOF_OK);
    assert_true(GetProcessHandleCount(GetCurrentProcess(), &before));
    for (int i = 0; i < 20; i++) {
        assert_int_equal(verified(record), PIDPROOF_OK);
        other.exe_path = "C:\\nowhere.exe";
        assert_int_equal(verified(&other), PIDPROOF_EXE_PATH_MISMATCH);
        other.exe_path = record->exe_path;
        other.exe_sha256[0] ^= 1;
        assert_int_equal(verified(&other), PIDPROOF_EXE_SHA256_MISMATCH);
        other.exe_sha256[0] ^= 1;
        assert_true(pidproof_process_is_alive(record->pid));
    }
    assert_true(GetProcessHandleCount(GetCurrentProcess(), &after));
    assert_int_equal(before, after);
    pidproof_record_free(record);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(boot_ids),     cmocka_unit_test(tokens),
    cmocka_unit_test(hashing),      cmocka_unit_test(siblings_are_other_instances),
    cmocka_unit_test(record_files), cmocka_unit_test(nothing_stays_open),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
