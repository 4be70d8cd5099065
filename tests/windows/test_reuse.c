/*
 * test_reuse.c: numbers that come back. Processes and threads get theirs from one stock, so
 * threads, which are cheap, carry it round. [LIVE-4, INST]
 */
#include "child.h"

enum { NUMBERS = 20000 };

static unsigned long __stdcall nothing(void *argument)
{
    (void)argument;
    return 0;
}

/* A number from the stock, which goes back to it. */
static DWORD next_number(void)
{
    DWORD number;
    HANDLE thread = CreateThread(NULL, 0, nothing, NULL, 0, &number);
    assert_non_null(thread);
    assert_int_equal(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CloseHandle(thread);
    return number;
}

/* How many numbers are given until this one is, and which is given just before it; 0: it is
 * not given. */
static unsigned numbers_until(DWORD wanted, unsigned limit, DWORD *before_ret)
{
    DWORD last = 0;
    for (unsigned count = 1; count <= limit; count++) {
        DWORD number = next_number();
        if (number == wanted) {
            *before_ret = last;
            return count;
        }
        last = number;
    }
    return 0;
}

/* Starts a helper that has this number; false where none gets it. Adds to *turn_ret how many
 * numbers came before it. */
static bool start_with_number(struct child *child, DWORD pid, unsigned *turn_ret)
{
    DWORD before = 0;
    for (int attempt = 0; attempt < 20; attempt++) {
        *turn_ret = numbers_until(pid, NUMBERS, &before);
        if (*turn_ret == 0 || !numbers_until(before, NUMBERS, &(DWORD){0}))
            return false;
        child_start(child, helper_path());
        if (child->pid == pid)
            return true;
        child_end(child);
    }
    return false;
}

/* How many numbers went round before one came back: the measure of the second test. */
static unsigned turn;

/* [INST-1] The same program, path and number: another instance. (W10) */
static void the_number_comes_back_for_the_same_program(void **state)
{
    (void)state;
    struct child first, second;
    child_start(&first, helper_path());
    pidproof_record *record = captured(first.pid);
    assert_int_equal(verified(record), PIDPROOF_OK);
    DWORD pid = first.pid;
    child_end(&first);
    assert_true(start_with_number(&second, pid, &turn));

    assert_int_equal(verified(record), PIDPROOF_INSTANCE_MISMATCH);
    record->instance = NULL; /* nothing else tells them apart */
    assert_int_equal(verified(record), PIDPROOF_OK);
    pidproof_record_free(record);
    child_end(&second);
}

/* [LIVE-4, SIG-6] While a handle is open its number belongs to nobody else. (W2, W11) */
static void a_handle_keeps_its_number(void **state)
{
    (void)state;
    struct child first;
    pidproof_handle *handle = NULL;
    DWORD before;
    child_start(&first, helper_path());
    pidproof_record *record = captured(first.pid);
    assert_int_equal(pidproof_verify(NULL, record, &handle, NULL), PIDPROOF_OK);
    DWORD pid = first.pid;
    child_end(&first);
    assert_true(turn > 0);
    assert_int_equal(numbers_until(pid, turn + turn / 2, &before), 0);

    bool alive = true;
    assert_int_equal(pidproof_handle_is_alive(handle, &alive, NULL), PIDPROOF_OK);
    assert_false(alive);
    assert_int_equal(pidproof_handle_force_kill(handle, NULL), PIDPROOF_NOT_FOUND);
    assert_int_equal(verified(record), PIDPROOF_NOT_FOUND);
    pidproof_handle_close(handle);
    pidproof_record_free(record);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_number_comes_back_for_the_same_program),
    cmocka_unit_test(a_handle_keeps_its_number),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
