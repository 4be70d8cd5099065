/*
 * test_faults.c: what the backend makes of answers that Wine, or any healthy system, does not
 * give. The executable brings the import pointers of the calls below itself, so the library's
 * calls come here; each goes on to the system unless a test has put an answer in its place.
 */
#include "child.h"

#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tlhelp32.h>
#include <winternl.h>

#include "os.h"

/* `what` is the fault in force, at most one; NONE: the system answers. */
static enum fault {
    NONE,
    OPEN_EXHAUSTED,
    OPEN_UNKNOWN,
    OPEN_DENIED_AND_NO_LIST,
    NUMBER_UNKNOWN,
    WAIT_FAILED_ONCE_ASKED,
    WAIT_SEEMS_TIMED_OUT,
    WAIT_FOR_MANY_FAILED,
    EMPTY_IMAGE,
    LONG_IMAGE,
    IMAGE_ON_SHARE,
    IMAGE_DENIED,
    IMAGE_GONE,
    IMAGE_EXHAUSTED,
    KILL_OF_THE_DYING,
    KILL_DENIED,
    KILL_OF_WHO_LEAVES_WITH_259,
    NO_BOOT_COUNT,
    NO_START_KEYS,
    START_KEYS,
    SHORT_ANSWER,
    NO_FILE_ID,
    FILE_ID_BROKEN,
    FILE_ID_ZEROS,
    FILE_ID_ONES,
    OTHER_FILE_AT_PATH,
    NOT_ON_DISK,
    PATH_DENIED,
    ONE_PATH_OPENED,
    DRIVES_REMOTE,
    NO_CREATION_TIME,
} fault;

static unsigned calls; /* of the function the fault is about */

typedef void any_function(void);

static any_function *system_function(const WCHAR *module, const char *name)
{
    any_function *function = (any_function *)GetProcAddress(GetModuleHandleW(module), name);
    assert_non_null(function);
    return function;
}

#define SYSTEM(module, name) ((__typeof__(&name))system_function(module, #name))

static HANDLE WINAPI open_process(DWORD access, BOOL inherit, DWORD pid)
{
    if (fault == OPEN_EXHAUSTED || fault == OPEN_UNKNOWN || fault == OPEN_DENIED_AND_NO_LIST) {
        SetLastError(fault == OPEN_EXHAUSTED ? ERROR_NO_SYSTEM_RESOURCES
                     : fault == OPEN_UNKNOWN ? ERROR_GEN_FAILURE
                                             : ERROR_ACCESS_DENIED);
        return NULL;
    }
    return SYSTEM(L"kernel32.dll", OpenProcess)(access, inherit, pid);
}

static DWORD WINAPI get_process_id(HANDLE process)
{
    if (fault == NUMBER_UNKNOWN) {
        SetLastError(ERROR_ACCESS_DENIED);
        return 0;
    }
    return SYSTEM(L"kernel32.dll", GetProcessId)(process);
}

/* Called without an import pointer. */
HANDLE WINAPI CreateToolhelp32Snapshot(DWORD flags, DWORD pid)
{
    if (fault == OPEN_DENIED_AND_NO_LIST) {
        SetLastError(ERROR_BAD_LENGTH);
        return INVALID_HANDLE_VALUE;
    }
    return SYSTEM(L"kernel32.dll", CreateToolhelp32Snapshot)(flags, pid);
}

static DWORD waited_ms;

static DWORD WINAPI wait_for_single_object(HANDLE handle, DWORD timeout)
{
    if (fault == WAIT_SEEMS_TIMED_OUT) {
        waited_ms = timeout;
        return ++calls < 3 ? WAIT_TIMEOUT : WAIT_OBJECT_0;
    }
    if (fault == WAIT_FAILED_ONCE_ASKED) {
        SetLastError(ERROR_ACCESS_DENIED);
        return WAIT_FAILED;
    }
    return SYSTEM(L"kernel32.dll", WaitForSingleObject)(handle, timeout);
}

static DWORD WINAPI wait_for_multiple_objects(DWORD count, const HANDLE *handles, BOOL all,
                                              DWORD timeout)
{
    if (fault == WAIT_FOR_MANY_FAILED) {
        SetLastError(ERROR_ACCESS_DENIED);
        return WAIT_FAILED;
    }
    return SYSTEM(L"kernel32.dll", WaitForMultipleObjects)(count, handles, all, timeout);
}

static BOOL WINAPI image_name(HANDLE process, DWORD flags, LPWSTR name, PDWORD size)
{
    calls++;
    if (fault == EMPTY_IMAGE) { /* as of pid 4 */
        name[0] = L'\0';
        *size = 0;
        return TRUE;
    }
    if (fault == LONG_IMAGE && *size < 4096) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    if (fault == IMAGE_DENIED || fault == IMAGE_GONE || fault == IMAGE_EXHAUSTED) {
        SetLastError(fault == IMAGE_DENIED ? ERROR_ACCESS_DENIED
                     : fault == IMAGE_GONE ? ERROR_GEN_FAILURE
                                           : ERROR_NOT_ENOUGH_QUOTA);
        return FALSE;
    }
    DWORD room = *size;
    BOOL told = SYSTEM(L"kernel32.dll", QueryFullProcessImageNameW)(process, flags, name, size);
    if (told && fault == IMAGE_ON_SHARE) { /* Z:\dir as \\localhost\z$\dir */
        static const WCHAR server[] = L"\\\\localhost\\";
        size_t length = ARRAYSIZE(server) - 1;
        assert_in_range(*size + length, 0, room - 1);
        memmove(name + length, name, (*size + 1) * sizeof *name);
        memcpy(name, server, length * sizeof *name);
        name[length + 1] = L'$'; /* in the place of the colon */
        *size += (DWORD)length;
    }
    return told;
}

static struct child *leaving;

static BOOL WINAPI terminate_process(HANDLE process, UINT code)
{
    if (fault == KILL_OF_WHO_LEAVES_WITH_259)
        child_exit(leaving, 259);
    if (fault == KILL_DENIED || fault == KILL_OF_THE_DYING ||
        fault == KILL_OF_WHO_LEAVES_WITH_259) {
        SetLastError(ERROR_ACCESS_DENIED);
        return FALSE;
    }
    return SYSTEM(L"kernel32.dll", TerminateProcess)(process, code);
}

static BOOL WINAPI get_exit_code_process(HANDLE process, LPDWORD code)
{
    if (fault == KILL_OF_THE_DYING) {
        *code = 1;
        return TRUE;
    }
    return SYSTEM(L"kernel32.dll", GetExitCodeProcess)(process, code);
}

static BOOL WINAPI get_process_times(HANDLE process, LPFILETIME created, LPFILETIME exited,
                                     LPFILETIME kernel, LPFILETIME user)
{
    if (fault == NO_CREATION_TIME) {
        SetLastError(ERROR_ACCESS_DENIED);
        return FALSE;
    }
    return SYSTEM(L"kernel32.dll", GetProcessTimes)(process, created, exited, kernel, user);
}

/* Of one question the image's is told first, then that at the recorded path. */
static unsigned file_ids_told, broken_at;

static BOOL WINAPI file_information(HANDLE file, FILE_INFO_BY_HANDLE_CLASS class_, LPVOID buffer,
                                    DWORD size)
{
    file_ids_told += class_ == FileIdInfo;
    if (class_ == FileIdInfo &&
        (fault == NO_FILE_ID || (fault == FILE_ID_BROKEN && file_ids_told == broken_at))) {
        SetLastError(fault == NO_FILE_ID ? ERROR_INVALID_PARAMETER : ERROR_IO_DEVICE);
        return FALSE;
    }
    BOOL done = SYSTEM(L"kernel32.dll", GetFileInformationByHandleEx)(file, class_, buffer, size);
    if (class_ == FileIdInfo && fault == OTHER_FILE_AT_PATH && file_ids_told == 2)
        *(char *)((FILE_ID_INFO *)buffer)->FileId.Identifier ^= 1;
    if (class_ == FileIdInfo && (fault == FILE_ID_ZEROS || fault == FILE_ID_ONES))
        memset(&((FILE_ID_INFO *)buffer)->FileId, fault == FILE_ID_ONES ? 0xff : 0,
               sizeof(FILE_ID_128));
    return done;
}

static DWORD WINAPI get_file_type(HANDLE file)
{
    return fault == NOT_ON_DISK ? FILE_TYPE_CHAR : SYSTEM(L"kernel32.dll", GetFileType)(file);
}

static UINT WINAPI get_drive_type(LPCWSTR root)
{
    return fault == DRIVES_REMOTE ? DRIVE_REMOTE : SYSTEM(L"kernel32.dll", GetDriveTypeW)(root);
}

static char *protection; /* of the last file that was made */

static HANDLE WINAPI create_file(LPCWSTR path, DWORD access, DWORD share,
                                 LPSECURITY_ATTRIBUTES security, DWORD disposition, DWORD flags,
                                 HANDLE like)
{
    if (fault == PATH_DENIED || (fault == ONE_PATH_OPENED && ++calls > 1)) {
        SetLastError(ERROR_ACCESS_DENIED);
        return INVALID_HANDLE_VALUE;
    }
    if (disposition == CREATE_NEW) {
        LPSTR text = NULL;
        if (security)
            ConvertSecurityDescriptorToStringSecurityDescriptorA(
                security->lpSecurityDescriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text,
                NULL);
        protection = text;
    }
    return SYSTEM(L"kernel32.dll", CreateFileW)(path, access, share, security, disposition, flags,
                                                like);
}

static LSTATUS WINAPI reg_get_value(HKEY key, LPCWSTR path, LPCWSTR name, DWORD flags, LPDWORD type,
                                    PVOID data, LPDWORD size)
{
    if (fault == NO_BOOT_COUNT || fault == START_KEYS)
        return ERROR_FILE_NOT_FOUND;
    return SYSTEM(L"advapi32.dll", RegGetValueW)(key, path, name, flags, type, data, size);
}

/* Called without an import pointer. What Windows 10 and later answer to class 64; the texts behind
 * it come with the second call. */
NTSTATUS WINAPI NtQueryInformationProcess(HANDLE process, PROCESSINFOCLASS class_, PVOID buffer,
                                          ULONG size, PULONG needed)
{
    enum {
        INVALID_INFO_CLASS = (int)0xC0000003,
        BUFFER_TOO_SMALL = (int)0xC0000023,
        LENGTH = 3000
    };
    if (fault == NO_BOOT_COUNT || fault == NO_START_KEYS || fault == NO_CREATION_TIME)
        return INVALID_INFO_CLASS;
    if (fault == SHORT_ANSWER) {
        memset(buffer, 0x2a, size);
        *needed = 16;
        return 0;
    }
    if (fault != START_KEYS)
        return SYSTEM(L"ntdll.dll", NtQueryInformationProcess)(process, class_, buffer, size,
                                                               needed);
    assert_int_equal(class_, 64);
    *needed = LENGTH;
    if (size < LENGTH)
        return BUFFER_TOO_SMALL;
    ULONGLONG start_key = 0x2a00000000000000U + SYSTEM(L"kernel32.dll", GetProcessId)(process);
    ULONG boot = 42;
    memset(buffer, 0, LENGTH);
    memcpy((char *)buffer + 8, &start_key, sizeof start_key); /* ProcessStartKey */
    memcpy((char *)buffer + 60, &boot, sizeof boot);          /* BootId */
    return 0;
}

#define REPLACE(name, by)                  \
    extern __typeof__(&name) __imp_##name; \
    __typeof__(&name) __imp_##name = by

REPLACE(OpenProcess, open_process);
REPLACE(GetProcessId, get_process_id);
REPLACE(WaitForSingleObject, wait_for_single_object);
REPLACE(QueryFullProcessImageNameW, image_name);
REPLACE(TerminateProcess, terminate_process);
REPLACE(GetExitCodeProcess, get_exit_code_process);
REPLACE(GetProcessTimes, get_process_times);
REPLACE(GetFileInformationByHandleEx, file_information);
REPLACE(RegGetValueW, reg_get_value);
REPLACE(WaitForMultipleObjects, wait_for_multiple_objects);
REPLACE(GetFileType, get_file_type);
REPLACE(GetDriveTypeW, get_drive_type);
REPLACE(CreateFileW, create_file);

/* ---- One helper for all tests ------------------------------------------- */

static struct child child;
static pidproof_record *record;

static int start_child(void **state)
{
    (void)state;
    child_start(&child, helper_path());
    record = captured(child.pid);
    return 0;
}

static int end_child(void **state)
{
    (void)state;
    pidproof_record_free(record);
    child_end(&child);
    return 0;
}

static int no_fault(void **state)
{
    (void)state;
    fault = NONE;
    return 0;
}

static void expect(enum fault injected, pidproof_reason reason, int64_t os_error)
{
    pidproof_error error = {0};
    pidproof_handle *handle = NULL;
    calls = 0;
    file_ids_told = 0;
    fault = injected;
    assert_int_equal(pidproof_verify(NULL, record, &handle, &error), reason);
    fault = NONE;
    assert_int_equal(error.os_error, os_error);
    pidproof_error_clear(&error);
    pidproof_handle_close(handle);
}

/* [LOOK-6] Exhaustion, and what nobody knows the meaning of, proves nothing. */
static void opening_that_fails_is_not_gone(void **state)
{
    (void)state;
    expect(OPEN_EXHAUSTED, PIDPROOF_HANDLE_FAILED, ERROR_NO_SYSTEM_RESOURCES);
    expect(OPEN_UNKNOWN, PIDPROOF_HANDLE_FAILED, ERROR_GEN_FAILURE);
    expect(NUMBER_UNKNOWN, PIDPROOF_HANDLE_FAILED, ERROR_ACCESS_DENIED);
    fault = OPEN_UNKNOWN; /* the list of processes still tells */
    assert_true(pidproof_process_is_alive(child.pid));
    assert_false(pidproof_process_is_alive(child.pid + 1));
    assert_int_equal(pidproof_force_kill(child.pid, NULL), PIDPROOF_HANDLE_FAILED);
    fault = OPEN_DENIED_AND_NO_LIST; /* [LOOK-2] somebody denied it */
    assert_true(pidproof_process_is_alive(child.pid));
    expect(OPEN_DENIED_AND_NO_LIST, PIDPROOF_HANDLE_FAILED, ERROR_ACCESS_DENIED);
}

/* [LIVE-9] */
static void a_wait_that_fails_is_no_death(void **state)
{
    (void)state;
    bool value = true;
    pidproof_handle *handle = NULL;
    assert_int_equal(pidproof_verify(NULL, record, &handle, NULL), PIDPROOF_OK);
    fault = WAIT_FAILED_ONCE_ASKED;
    assert_int_equal(pidproof_handle_is_alive(handle, &value, NULL), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(pidproof_handle_wait(handle, 0, &value, NULL), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(pidproof_handle_force_kill(handle, NULL), PIDPROOF_HANDLE_FAILED);
    fault = NONE;
    assert_int_equal(pidproof_handle_is_alive(handle, &value, NULL), PIDPROOF_OK);
    assert_true(value);
    pidproof_handle_close(handle);
    expect(WAIT_FAILED_ONCE_ASKED, PIDPROOF_HANDLE_FAILED, ERROR_ACCESS_DENIED);
}

/* [LIVE-10] 2^32 - 1 ms mean for ever, and there are no more in a DWORD. */
static void long_waits_go_in_steps(void **state)
{
    (void)state;
    bool exited = false;
    pidproof_handle *handle = NULL;
    assert_int_equal(pidproof_verify(NULL, record, &handle, NULL), PIDPROOF_OK);
    calls = 0;
    fault = WAIT_SEEMS_TIMED_OUT;
    assert_int_equal(pidproof_handle_wait(handle, 1LL << 40, &exited, NULL), PIDPROOF_OK);
    assert_true(exited);
    assert_int_equal(calls, 3);
    assert_int_equal(waited_ms, INFINITE - 1);
    fault = NONE;
    pidproof_handle_close(handle);
}

/* [LIVE-9, WATCH-1] */
static void a_look_at_many_that_fails_is_no_exit(void **state)
{
    (void)state;
    pidproof_handle *handle = NULL;
    pidproof_watch *watch;
    pidproof_watched *watched;
    void *tag = NULL;
    size_t count = 7;
    assert_int_equal(pidproof_verify(NULL, record, &handle, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watch_new(&watch, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watch_add(watch, handle, &child, &watched, NULL), PIDPROOF_OK);
    fault = WAIT_FOR_MANY_FAILED;
    assert_int_equal(pidproof_watch_gone(watch, &tag, 1, &count, NULL), PIDPROOF_HANDLE_FAILED);
    fault = NONE;
    assert_int_equal(pidproof_watch_gone(watch, &tag, 1, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 0);
    pidproof_watch_free(watch);
    pidproof_handle_close(handle);
}

/* [EXE-3] An empty path is no path. (W8) */
static void an_empty_image_is_unreadable(void **state)
{
    (void)state;
    expect(EMPTY_IMAGE, PIDPROOF_EXE_PATH_UNREADABLE, 0);
    expect(IMAGE_DENIED, PIDPROOF_EXE_PATH_UNREADABLE, ERROR_ACCESS_DENIED);
    expect(IMAGE_GONE, PIDPROOF_EXE_PATH_UNREADABLE, ERROR_GEN_FAILURE);
    expect(IMAGE_EXHAUSTED, PIDPROOF_HANDLE_FAILED, ERROR_NOT_ENOUGH_QUOTA); /* [LOOK-6] */
}

/* [EXE-7] A path longer than the first buffer. */
static void a_long_image_path_is_read_whole(void **state)
{
    (void)state;
    expect(LONG_IMAGE, PIDPROOF_OK, 0);
    assert_true(calls >= 4);
}

/* [LIVE-1, EXE-1, RES-3] A daemon on a share is itself by the path that the system tells. No other
 * path of the network is looked at for it. Wine has the share, and names no image by it. */
static void an_image_on_the_network(void **state)
{
    (void)state;
    fault = IMAGE_ON_SHARE;
    pidproof_record *remote = captured(child.pid);
    assert_int_equal(strncmp(remote->exe_path, "\\\\localhost\\", 12), 0);
    assert_int_equal(verified(remote), PIDPROOF_OK);
    pidproof_record changed = *remote;
    changed.exe_path = "\\\\server.invalid\\share\\daemon.exe";
    assert_int_equal(verified(&changed), PIDPROOF_EXE_PATH_UNREADABLE);
    fault = NONE; /* and where the image is not on the network, none at all */
    assert_int_equal(verified(remote), PIDPROOF_EXE_PATH_UNREADABLE);
    /* Nor is anything of it read or written but a running image. */
    uint8_t sha256[PIDPROOF_SHA256_SIZE];
    assert_int_equal(pidproof_sha256_file(remote->exe_path, sha256, NULL), PIDPROOF_EXE_UNHASHABLE);
    char beside[1024];
    snprintf(beside, sizeof beside, "%s.id", remote->exe_path);
    assert_int_equal(pidproof_record_write(beside, remote, NULL), PIDPROOF_RECORD_IO);
    pidproof_record_free(remote);
}

/* [RES-3] A drive's letter may stand for the network as well. */
static void drives_of_the_network(void **state)
{
    (void)state;
    pidproof_record changed = *record;
    changed.exe_path = "C:\\nowhere.exe";
    assert_int_equal(verified(&changed), PIDPROOF_EXE_PATH_MISMATCH);
    fault = DRIVES_REMOTE;
    assert_int_equal(verified(&changed), PIDPROOF_EXE_PATH_UNREADABLE);
    assert_int_equal(verified(record), PIDPROOF_OK);
}

/* [SIG-4, SIG-5] Denied with the permission in hand: it is dying. (W4, W6) */
static void killing_the_dying_is_not_found(void **state)
{
    (void)state;
    pidproof_error error = {0};
    fault = KILL_OF_THE_DYING;
    assert_int_equal(pidproof_force_kill(child.pid, NULL), PIDPROOF_NOT_FOUND);
    fault = KILL_DENIED;
    assert_int_equal(pidproof_force_kill(child.pid, &error), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(error.os_error, ERROR_ACCESS_DENIED);
    pidproof_error_clear(&error);
    struct child other; /* its exit code says that it is active */
    child_start(&other, helper_path());
    leaving = &other;
    fault = KILL_OF_WHO_LEAVES_WITH_259;
    assert_int_equal(pidproof_force_kill(other.pid, NULL), PIDPROOF_NOT_FOUND);
    fault = NONE;
    child_end(&other);
}

/* [BOOT-3] Neither count of boots can be read. */
static void no_count_of_boots_is_unavailable(void **state)
{
    (void)state;
    char *boot_id = NULL;
    fault = NO_BOOT_COUNT;
    assert_int_equal(pidproof_boot_id(&boot_id, NULL), PIDPROOF_BOOT_ID_UNAVAILABLE);
    assert_null(boot_id);
    expect(NO_BOOT_COUNT, PIDPROOF_BOOT_ID_UNAVAILABLE, ERROR_FILE_NOT_FOUND);
}

/* [BOOT-5, INST-1, INST-4] The second count, and keys where the system has them. */
static void start_keys_are_preferred(void **state)
{
    (void)state;
    char *boot_id;
    fault = START_KEYS;
    assert_int_equal(pidproof_boot_id(&boot_id, NULL), PIDPROOF_OK);
    assert_string_equal(boot_id, "42");
    pidproof_text_free(boot_id);

    pidproof_record *keyed = captured(child.pid);
    assert_memory_equal(keyed->instance, "windows-start-key:42:2a", 23);
    assert_int_equal(verified(keyed), PIDPROOF_OK);
    char *token = _strdup(keyed->instance);
    keyed->instance = token;
    token[strlen(token) - 1] ^= 1;
    assert_int_equal(verified(keyed), PIDPROOF_INSTANCE_MISMATCH);
    token[strlen(token) - 1] ^= 1;
    memcpy(strchr(token, ':') + 1, "41", 2);
    assert_int_equal(verified(keyed), PIDPROOF_INSTANCE_MISMATCH);
    memcpy(strchr(token, ':') + 1, "42", 2);
    keyed->boot_id = NULL;
    fault = NO_START_KEYS; /* one was recorded, and now there is none to compare it with */
    assert_int_equal(verified(keyed), PIDPROOF_HANDLE_FAILED);
    free(token);
    pidproof_record_free(keyed);

    fault = SHORT_ANSWER; /* not what we know: no key */
    keyed = captured(child.pid);
    assert_memory_equal(keyed->instance, "windows-created:", 16);
    pidproof_record_free(keyed);
}

/* [INST] */
static void no_creation_time_is_no_mismatch(void **state)
{
    (void)state;
    pidproof_handle *handle = NULL;
    fault = NO_START_KEYS;
    pidproof_record *dated = captured(child.pid);
    assert_memory_equal(dated->instance, "windows-created:", 16);
    assert_int_equal(verified(dated), PIDPROOF_OK);
    fault = NO_CREATION_TIME;
    assert_int_equal(pidproof_verify(NULL, dated, &handle, NULL), PIDPROOF_HANDLE_FAILED);
    pidproof_record_free(dated);
}

/* [EXE-8] 64-bit ids where there are no others; an error is not taken for that. */
static void file_ids(void **state)
{
    (void)state;
    expect(NO_FILE_ID, PIDPROOF_OK, 0);
    for (broken_at = 1; broken_at <= 2; broken_at++)
        expect(FILE_ID_BROKEN, PIDPROOF_EXE_PATH_UNREADABLE, ERROR_IO_DEVICE);
    expect(FILE_ID_ZEROS, PIDPROOF_EXE_PATH_UNREADABLE, ERROR_NOT_SUPPORTED);
    expect(FILE_ID_ONES, PIDPROOF_EXE_PATH_UNREADABLE, ERROR_NOT_SUPPORTED);
    expect(NOT_ON_DISK, PIDPROOF_EXE_PATH_UNREADABLE, ERROR_BAD_FILE_TYPE);
    expect(OTHER_FILE_AT_PATH, PIDPROOF_EXE_PATH_MISMATCH, 0);
}

/* What the image is, and whether its own path still names it. */
static struct os_image image;

static pidproof_reason named(enum fault injected, struct os_image of, int64_t *code_ret)
{
    struct os_failure failure = {0};
    calls = 0;
    fault = injected;
    pidproof_reason reason = os_path_names(NULL, record->exe_path, &of, &failure);
    fault = NONE;
    *code_ret = failure.code;
    return reason;
}

/* [EXE-2, EXE-4, EXE-7, EXE-8] */
static void what_a_path_names(void **state)
{
    (void)state;
    struct os_failure failure;
    os_process *process = NULL;
    int64_t code;
    assert_int_equal(os_process_open(NULL, child.pid, &process, &failure), PIDPROOF_OK);
    assert_int_equal(os_process_image(NULL, process, NULL, &image, &failure), PIDPROOF_OK);
    assert_int_equal(named(NONE, image, &code), PIDPROOF_OK);
    /* What cannot be opened may be the image all the same. */
    assert_int_equal(named(PATH_DENIED, image, &code), PIDPROOF_EXE_PATH_UNREADABLE);
    assert_int_equal(code, ERROR_ACCESS_DENIED);
    /* Spelled alike, the image's path need not be opened to be found the same. */
    assert_int_equal(named(ONE_PATH_OPENED, image, &code), PIDPROOF_OK);
    /* File ids are a volume's own, and have two halves. */
    struct os_image other = image;
    other.file.volume ^= 1;
    assert_int_equal(named(NONE, other, &code), PIDPROOF_EXE_PATH_MISMATCH);
    other = image;
    other.file.id[1] ^= 1;
    assert_int_equal(named(NONE, other, &code), PIDPROOF_EXE_PATH_MISMATCH);
    free(image.path);
    os_process_close(process);
}

/* A record is for its owner, the system and administrators. */
static void a_record_is_its_owners(void **state)
{
    (void)state;
    scratch_make();
    char *path = utf8(scratch_path(L"daemon.id"));
    protection = NULL;
    assert_int_equal(pidproof_record_write(path, record, NULL), PIDPROOF_OK);
    assert_non_null(protection);
    assert_string_equal(protection, "D:P(A;;FA;;;OW)(A;;FA;;;SY)(A;;FA;;;BA)");
    LocalFree(protection);
    free(path);
    scratch_remove();
}

#define TEST(name) cmocka_unit_test_teardown(name, no_fault)
static const struct CMUnitTest tests[] = {
    TEST(opening_that_fails_is_not_gone),
    TEST(a_wait_that_fails_is_no_death),
    TEST(an_empty_image_is_unreadable),
    TEST(a_long_image_path_is_read_whole),
    TEST(an_image_on_the_network),
    TEST(killing_the_dying_is_not_found),
    TEST(no_count_of_boots_is_unavailable),
    TEST(start_keys_are_preferred),
    TEST(no_creation_time_is_no_mismatch),
    TEST(file_ids),
    TEST(long_waits_go_in_steps),
    TEST(a_look_at_many_that_fails_is_no_exit),
    TEST(drives_of_the_network),
    TEST(what_a_path_names),
    TEST(a_record_is_its_owners),
};

int main(void)
{
    return cmocka_run_group_tests(tests, start_child, end_child);
}
