/*
 * test_paths.c: what a recorded path may look like on Windows, and what it must name.
 */
#include "child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os_windows.h"

/* A copy of the helper, running, and its record. */
struct world {
    struct child child;
    pidproof_record *record;
    char *path; /* as the record says */
};

static int make_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    scratch_make();
    const WCHAR *program = scratch_path(L"Daemon.exe");
    assert_true(CopyFileW(helper_path(), program, TRUE));
    child_start(&world->child, program);
    world->record = captured(world->child.pid);
    world->path = _strdup(world->record->exe_path);
    *state = world;
    return 0;
}

static int end_world(void **state)
{
    struct world *world = *state;
    pidproof_record_free(world->record);
    child_end(&world->child);
    scratch_remove();
    free(world->path);
    free(world);
    return 0;
}

/* What the record is worth when it says this path. */
static pidproof_reason with_path(const struct world *world, const char *path)
{
    pidproof_record record = *world->record;
    record.exe_path = path;
    return verified(&record);
}

/* [EXE-4] `\` equals `/`, a `\\?\` prefix is ignored, ASCII case is ignored. (W9) */
static void spellings_of_one_path_match(void **state)
{
    const struct world *world = *state;
    const char *path = world->path;
    char other[1024];
    assert_int_equal(with_path(world, path), PIDPROOF_OK);

    snprintf(other, sizeof other, "%s", path);
    for (char *c = other; *c; c++)
        *c = *c == '\\' ? '/' : *c;
    assert_int_equal(with_path(world, other), PIDPROOF_OK);
    snprintf(other, sizeof other, "\\\\?\\%s", path);
    assert_int_equal(with_path(world, other), PIDPROOF_OK);
    snprintf(other, sizeof other, "//?/%s", path);
    assert_int_equal(with_path(world, other), PIDPROOF_OK);
    snprintf(other, sizeof other, "%s", path);
    assert_int_equal(with_path(world, _strupr(other)), PIDPROOF_OK);
    assert_int_equal(with_path(world, _strlwr(other)), PIDPROOF_OK);
    snprintf(other, sizeof other, "%.3s.\\nowhere\\..\\%s", path, path + 3); /* [EXE-2] */
    assert_int_equal(with_path(world, other), PIDPROOF_OK);
}

/* [EXE-4] Of what is compared in the end, only the case of ASCII letters is ignored. */
static void only_ascii_case_is_folded(void **state)
{
    (void)state;
    assert_true(os_same_path(L"\\\\?\\C:\\Programs\\Azaz.exe", L"\\\\?\\c:\\pROGRAMS\\aZAZ.EXE"));
    assert_true(os_same_path(L"\\\\?\\C:\\\xc9.exe", L"\\\\?\\c:\\\xc9.EXE"));
    assert_false(os_same_path(L"\\\\?\\C:\\\xc9.exe", L"\\\\?\\C:\\\xe9.exe"));
    assert_false(os_same_path(L"\\\\?\\C:\\@[`{.exe", L"\\\\?\\C:\\`{@[.exe"));
    assert_false(os_same_path(L"\\\\?\\C:\\a.exe", L"\\\\?\\C:\\a.exe2"));
    assert_false(os_same_path(L"\\\\?\\C:\\a.exe2", L"\\\\?\\C:\\a.exe"));
}

/* [EXE-1, EXE-5, EXE-8] Another file does not do, the same bytes or not. */
static void another_file_does_not_match(void **state)
{
    const struct world *world = *state;
    char other[1024];
    char *copy = utf8(scratch_path(L"Copy.exe"));
    assert_true(CopyFileW(helper_path(), scratch_path(L"Copy.exe"), TRUE));
    assert_int_equal(with_path(world, copy), PIDPROOF_EXE_PATH_MISMATCH);
    snprintf(other, sizeof other, "%s.gone", world->path);
    assert_int_equal(with_path(world, other), PIDPROOF_EXE_PATH_MISMATCH);
    snprintf(other, sizeof other, "%.3sno\\such\\directory\\d.exe", world->path);
    assert_int_equal(with_path(world, other), PIDPROOF_EXE_PATH_MISMATCH);
    snprintf(other, sizeof other, "%.*s", (int)(strrchr(world->path, '\\') - world->path),
             world->path);
    assert_int_equal(with_path(world, other), PIDPROOF_EXE_PATH_MISMATCH); /* a directory */
    free(copy);
}

/* [EXE-9] A hard link is the same file under a name that is not recorded. */
static void a_hard_link_is_judged_by_its_name(void **state)
{
    const struct world *world = *state;
    WCHAR program[MAX_PATH];
    wcscpy(program, scratch_path(L"Daemon.exe"));
    assert_true(CreateHardLinkW(scratch_path(L"Linked.exe"), program, NULL));
    char *linked = utf8(scratch_path(L"Linked.exe"));
    assert_int_equal(with_path(world, linked), PIDPROOF_EXE_PATH_MISMATCH);
    assert_int_equal(with_path(world, world->path), PIDPROOF_OK);
    free(linked);
}

/* [RES-3] What a record names is never opened where that could block or tell on us. */
static void devices_and_the_network_are_not_looked_at(void **state)
{
    const struct world *world = *state;
    assert_int_equal(with_path(world, "\\\\.\\pipe\\daemon"), PIDPROOF_EXE_PATH_MISMATCH);
    assert_int_equal(with_path(world, "\\\\?\\pipe\\daemon"), PIDPROOF_EXE_PATH_MISMATCH);
    assert_int_equal(with_path(world, "\\\\.\\CON"), PIDPROOF_EXE_PATH_MISMATCH);
    assert_int_equal(with_path(world, "\\\\?\\GLOBALROOT\\Device\\Null"),
                     PIDPROOF_EXE_PATH_MISMATCH);
    ULONGLONG before = GetTickCount64();
    assert_int_equal(with_path(world, "\\\\server.invalid\\share\\daemon.exe"),
                     PIDPROOF_EXE_PATH_UNREADABLE);
    assert_int_equal(with_path(world, "//server.invalid/share/daemon.exe"),
                     PIDPROOF_EXE_PATH_UNREADABLE);
    assert_int_equal(with_path(world, "\\\\?\\UNC\\server.invalid\\share\\daemon.exe"),
                     PIDPROOF_EXE_PATH_UNREADABLE);
    assert_true(GetTickCount64() - before < 10000);
}

/* [REC-3] */
static void relative_paths_are_invalid(void **state)
{
    const struct world *world = *state;
    assert_int_equal(with_path(world, ""), PIDPROOF_INVALID_RECORD);
    assert_int_equal(with_path(world, "daemon.exe"), PIDPROOF_INVALID_RECORD);
    assert_int_equal(with_path(world, "C:daemon.exe"), PIDPROOF_INVALID_RECORD);
    assert_int_equal(with_path(world, "\\daemon.exe"), PIDPROOF_INVALID_RECORD);
    assert_int_equal(with_path(world, "1:\\daemon.exe"), PIDPROOF_INVALID_RECORD);
}

/* [EXE-7] Nothing is converted with a loss: neither way. */
static void text_that_is_no_unicode_is_refused(void **state)
{
    const struct world *world = *state;
    char other[1024];
    snprintf(other, sizeof other, "%s\xff", world->path);
    assert_int_equal(with_path(world, other), PIDPROOF_EXE_PATH_MISMATCH);
    snprintf(other, sizeof other, "%s\xed\xa0\x80", world->path); /* a surrogate */
    assert_int_equal(with_path(world, other), PIDPROOF_EXE_PATH_MISMATCH);

    struct os_failure failure;
    char *text = NULL;
    assert_int_equal(os_utf8(L"C:\\\xd800.exe", &text, &failure), PIDPROOF_EXE_PATH_UNREADABLE);
    assert_int_equal(failure.code, ERROR_NO_UNICODE_TRANSLATION);
    assert_int_equal(os_utf8(L"C:\\\xdc00\xd800", &text, &failure), PIDPROOF_EXE_PATH_UNREADABLE);
    assert_null(text);
    assert_int_equal(os_utf8(L"C:\\\xe9\x4e2d\xd83d\xde00", &text, &failure), PIDPROOF_OK);
    assert_string_equal(text, "C:\\\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80");
    free(text);
}

/* [EXE-7] What a lossy conversion would make of the record's path is the image's own name. */
static void a_path_is_not_made_unicode(void **state)
{
    (void)state;
    struct child child;
    const WCHAR *program = scratch_path(L"d\xfffd.exe");
    assert_true(CopyFileW(helper_path(), program, TRUE));
    child_start(&child, program);
    pidproof_record *record = captured(child.pid);
    assert_int_equal(verified(record), PIDPROOF_OK);
    char path[1024];
    const char *mark = strstr(record->exe_path, "\xef\xbf\xbd");
    assert_non_null(mark);
    snprintf(path, sizeof path, "%.*s\xff%s", (int)(mark - record->exe_path), record->exe_path,
             mark + 3);
    record->exe_path = path;
    assert_int_equal(verified(record), PIDPROOF_EXE_PATH_MISMATCH);
    pidproof_record_free(record);
    child_end(&child);
}

/* [EXE-7] A program's name outside ASCII comes and goes unharmed. */
static void names_outside_ascii_match(void **state)
{
    (void)state;
    struct child child;
    const WCHAR *program = scratch_path(L"d\xe6mon-\x65e5.exe");
    assert_true(CopyFileW(helper_path(), program, TRUE));
    child_start(&child, program);
    pidproof_record *record = captured(child.pid);
    assert_non_null(strstr(record->exe_path, "d\xc3\xa6mon-\xe6\x97\xa5.exe"));
    assert_int_equal(verified(record), PIDPROOF_OK);
    pidproof_record_free(record);
    child_end(&child);
}

/* [HASH-1] */
static void other_content_does_not_match(void **state)
{
    const struct world *world = *state;
    pidproof_record record = *world->record;
    record.exe_sha256[31] ^= 1;
    assert_int_equal(verified(&record), PIDPROOF_EXE_SHA256_MISMATCH);
}

/* [EXE-5] The running image was renamed and another file has its name. */
static void a_renamed_image_no_longer_matches(void **state)
{
    const struct world *world = *state;
    WCHAR program[MAX_PATH];
    wcscpy(program, scratch_path(L"Daemon.exe"));
    assert_true(MoveFileW(program, scratch_path(L"Moved.exe")));
    /* Windows follows the rename; Wine tells the old path, at which nothing stands. */
    assert_int_equal(with_path(world, world->path),
                     is_wine() ? PIDPROOF_EXE_PATH_UNREADABLE : PIDPROOF_EXE_PATH_MISMATCH);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(spellings_of_one_path_match, make_world, end_world),
    cmocka_unit_test(only_ascii_case_is_folded),
    cmocka_unit_test_setup_teardown(another_file_does_not_match, make_world, end_world),
    cmocka_unit_test_setup_teardown(a_hard_link_is_judged_by_its_name, make_world, end_world),
    cmocka_unit_test_setup_teardown(devices_and_the_network_are_not_looked_at, make_world,
                                    end_world),
    cmocka_unit_test_setup_teardown(relative_paths_are_invalid, make_world, end_world),
    cmocka_unit_test_setup_teardown(text_that_is_no_unicode_is_refused, make_world, end_world),
    cmocka_unit_test_setup_teardown(a_path_is_not_made_unicode, make_world, end_world),
    cmocka_unit_test_setup_teardown(names_outside_ascii_match, make_world, end_world),
    cmocka_unit_test_setup_teardown(other_content_does_not_match, make_world, end_world),
    cmocka_unit_test_setup_teardown(a_renamed_image_no_longer_matches, make_world, end_world),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
