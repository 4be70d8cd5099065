/*
 * test_processes.c: numbers, liveness and signals of real Windows processes.
 */
#include "child.h"

#include <stdlib.h>

/* A verified handle of the process. */
static pidproof_handle *handle_of(DWORD pid)
{
    pidproof_record *record = captured(pid);
    pidproof_handle *handle = NULL;
    assert_int_equal(pidproof_verify(NULL, record, &handle, NULL), PIDPROOF_OK);
    pidproof_record_free(record);
    return handle;
}

static bool is_alive(pidproof_handle *handle)
{
    bool alive;
    assert_int_equal(pidproof_handle_is_alive(handle, &alive, NULL), PIDPROOF_OK);
    return alive;
}

/* [LIVE-1, LOOK-7] */
static void accepted_handle_is_bound_and_alive(void **state)
{
    (void)state;
    struct child child;
    child_start(&child, helper_path());
    pidproof_handle *handle = handle_of(child.pid);
    assert_int_equal(pidproof_handle_pid(handle), child.pid);
    assert_true(is_alive(handle));
    assert_true(pidproof_process_is_alive(child.pid));
    assert_true(pidproof_handle_evidence(handle) & PIDPROOF_EVIDENCE_BOUND);
    assert_int_equal(pidproof_handle_descriptor(handle), -1);
    child_end(&child);
    assert_false(is_alive(handle));
    assert_false(is_alive(handle)); /* [LIVE-3] */
    pidproof_handle_close(handle);
}

/* [LIVE-7] STILL_ACTIVE is an exit code like any other. (W1) */
static void exit_code_259_is_dead(void **state)
{
    (void)state;
    struct child child;
    DWORD code;
    child_start(&child, helper_path());
    pidproof_handle *handle = handle_of(child.pid);
    pidproof_record *record = captured(child.pid);
    child_exit(&child, 259);
    assert_true(GetExitCodeProcess(child.process, &code));
    assert_int_equal(code, 259);
    assert_false(is_alive(handle));
    assert_false(pidproof_process_is_alive(child.pid));
    assert_int_equal(verified(record), PIDPROOF_NOT_FOUND);
    assert_int_equal(pidproof_handle_force_kill(handle, NULL), PIDPROOF_NOT_FOUND);
    pidproof_record_free(record);
    pidproof_handle_close(handle);
    child_end(&child);
}

/* [LOOK-4, LIVE-2] A handle that somebody holds lets an exited process be opened. (W2) */
static void held_exited_process_is_gone(void **state)
{
    (void)state;
    struct child child;
    child_start(&child, helper_path());
    pidproof_record *record = captured(child.pid);
    child_exit(&child, 0);
    HANDLE opened = OpenProcess(SYNCHRONIZE, FALSE, child.pid);
    assert_non_null(opened); /* the situation itself */
    CloseHandle(opened);
    assert_int_equal(verified(record), PIDPROOF_NOT_FOUND);
    assert_false(pidproof_process_is_alive(child.pid));
    assert_int_equal(pidproof_force_kill(child.pid, NULL), PIDPROOF_NOT_FOUND); /* [SIG-4] */
    pidproof_record_free(record);
    child_end(&child);
}

/* [LOOK-1, LOOK-3, SIG-3] Windows opens pid for pid+1 to pid+3; the number is nobody's. (W3) */
static void rounded_numbers_are_nobody(void **state)
{
    (void)state;
    struct child child;
    child_start(&child, helper_path());
    pidproof_record *record = captured(child.pid);
    for (uint32_t low = 1; low <= 3; low++) {
        HANDLE rounded = OpenProcess(SYNCHRONIZE, FALSE, child.pid + low);
        assert_non_null(rounded); /* the situation itself */
        CloseHandle(rounded);
        record->pid = child.pid + low;
        assert_int_equal(verified(record), PIDPROOF_NOT_FOUND);
        assert_false(pidproof_process_is_alive(child.pid + low));
        assert_int_equal(pidproof_force_kill(child.pid + low, NULL), PIDPROOF_NOT_FOUND);
    }
    assert_int_equal(WaitForSingleObject(child.process, 0), WAIT_TIMEOUT); /* unharmed */
    pidproof_record_free(record);
    child_end(&child);
}

/* [REC-1, REC-2, SIG-3] */
static void numbers_out_of_range_are_nobody(void **state)
{
    (void)state;
    static const uint32_t wrong[] = {0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
    pidproof_record *record = captured(GetCurrentProcessId());
    for (size_t i = 0; i < ARRAYSIZE(wrong); i++) {
        record->pid = wrong[i];
        assert_int_equal(verified(record), PIDPROOF_NOT_FOUND);
        assert_false(pidproof_process_is_alive(wrong[i]));
        assert_int_equal(pidproof_force_kill(wrong[i], NULL), PIDPROOF_NOT_FOUND);
    }
    record->pid = 0;
    assert_int_equal(verified(record), PIDPROOF_INVALID_PID);
    assert_false(pidproof_process_is_alive(0));
    assert_int_equal(pidproof_force_kill(0, NULL), PIDPROOF_INVALID_PID);
    pidproof_record_free(record);
}

/* [LOOK-2, SIG-5] "Access denied" proves existence, but not under a rounded number. (W5) */
static void protected_process_exists(void **state)
{
    (void)state;
    struct child child;
    pidproof_record *record = captured(GetCurrentProcessId());
    pidproof_error error = {0};
    child_start_protected(&child, helper_path(), L"D:P");
    assert_null(OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, child.pid));
    assert_int_equal(GetLastError(), ERROR_ACCESS_DENIED);

    record->pid = child.pid;
    pidproof_handle *handle = NULL;
    assert_int_equal(pidproof_verify(NULL, record, &handle, &error), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(error.os_error, ERROR_ACCESS_DENIED);
    assert_true(pidproof_process_is_alive(child.pid));
    assert_int_equal(pidproof_force_kill(child.pid, &error), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(error.os_error, ERROR_ACCESS_DENIED);
    assert_int_equal(WaitForSingleObject(child.process, 0), WAIT_TIMEOUT); /* unharmed */

    record->pid = child.pid + 1;
    assert_int_equal(verified(record), PIDPROOF_NOT_FOUND);
    assert_false(pidproof_process_is_alive(child.pid + 1));
    assert_int_equal(pidproof_force_kill(child.pid + 1, NULL), PIDPROOF_NOT_FOUND);
    pidproof_error_clear(&error);
    pidproof_record_free(record);
    child_end(&child);
}

/* [SIG-5] Looking is allowed, ending is not. */
static void unkillable_process_is_unharmed(void **state)
{
    (void)state;
    struct child child;
    pidproof_error error = {0};
    child_start_protected(&child, helper_path(), L"D:P(A;;0x101000;;;WD)");
    pidproof_handle *handle = handle_of(child.pid);
    assert_int_equal(pidproof_handle_force_kill(handle, &error), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(error.os_error, ERROR_ACCESS_DENIED);
    assert_true(is_alive(handle));
    pidproof_error_clear(&error);
    pidproof_handle_close(handle);
    child_end(&child);
}

/* [SIG-1, SIG-2] */
static void signals(void **state)
{
    (void)state;
    struct child child;
    bool exited = false;
    child_start(&child, helper_path());
    pidproof_handle *handle = handle_of(child.pid);
    assert_int_equal(pidproof_terminate(child.pid, NULL), PIDPROOF_TERMINATE_UNSUPPORTED);
    assert_int_equal(pidproof_handle_terminate(handle, NULL), PIDPROOF_TERMINATE_UNSUPPORTED);
    assert_true(is_alive(handle));
    assert_int_equal(pidproof_handle_force_kill(handle, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_handle_wait(handle, 10000, &exited, NULL), PIDPROOF_OK);
    assert_true(exited);
    pidproof_handle_close(handle);
    child_end(&child);

    child_start(&child, helper_path());
    assert_int_equal(pidproof_force_kill(child.pid, NULL), PIDPROOF_OK);
    child_end(&child);
}

/* [LIVE-10] */
static void waiting(void **state)
{
    (void)state;
    struct child child;
    bool exited = true;
    child_start(&child, helper_path());
    pidproof_handle *handle = handle_of(child.pid);
    assert_int_equal(pidproof_handle_wait(handle, 0, &exited, NULL), PIDPROOF_OK);
    assert_false(exited);
    ULONGLONG before = GetTickCount64();
    assert_int_equal(pidproof_handle_wait(handle, 60, &exited, NULL), PIDPROOF_OK);
    assert_false(exited);
    assert_true(GetTickCount64() - before >= 45); /* a tick is 16 ms */
    child_exit(&child, 1);
    assert_int_equal(pidproof_handle_wait(handle, -1, &exited, NULL), PIDPROOF_OK);
    assert_true(exited);
    assert_int_equal(pidproof_handle_wait(handle, INT64_MAX, &exited, NULL), PIDPROOF_OK);
    pidproof_handle_close(handle);
    child_end(&child);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(accepted_handle_is_bound_and_alive),
    cmocka_unit_test(exit_code_259_is_dead),
    cmocka_unit_test(held_exited_process_is_gone),
    cmocka_unit_test(rounded_numbers_are_nobody),
    cmocka_unit_test(numbers_out_of_range_are_nobody),
    cmocka_unit_test(protected_process_exists),
    cmocka_unit_test(unkillable_process_is_unharmed),
    cmocka_unit_test(signals),
    cmocka_unit_test(waiting),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
