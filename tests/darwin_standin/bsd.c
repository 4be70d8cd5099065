/* bsd.c: see bsd.h. */
#define _GNU_SOURCE

#include "bsd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* [LIVE-1..3] Accepted, bound, without an instance; the exit is latched. */
void exit_is_latched(void **state)
{
    (void)state;
    pidproof_handle *handle = accept_it(NULL, &record);
    assert_int_equal(pidproof_handle_evidence(handle),
                     (record.boot_id ? PIDPROOF_EVIDENCE_BOOT_ID : 0) | PIDPROOF_EVIDENCE_EXE_PATH |
                         PIDPROOF_EVIDENCE_EXE_SHA256 | PIDPROOF_EVIDENCE_BOUND);
    kill_unreaped(&child);
    for (int i = 0; i < 3; i++) {
        bool alive = true;
        assert_int_equal(pidproof_handle_is_alive(handle, &alive, NULL), PIDPROOF_OK);
        assert_false(alive);
    }
    pidproof_handle_close(handle);
}

/* [LOOK-1, LOOK-4] A zombie, one that is exiting, and nobody. */
void the_dead_are_gone(void **state)
{
    (void)state;
    standin.exiting = true;
    refuse_it(NULL, &record, PIDPROOF_NOT_FOUND);
    assert_false(pidproof_process_is_alive(record.pid));
    standin.exiting = false;
    assert_true(pidproof_process_is_alive(record.pid));
    kill_unreaped(&child);
    refuse_it(NULL, &record, PIDPROOF_NOT_FOUND);
    finish(&child);
    standin_give(record.pid, 0);
    refuse_it(NULL, &record, PIDPROOF_NOT_FOUND);
    assert_false(pidproof_process_is_alive(record.pid));
}

/* [INST-7] No text is an instance, nor has any process one. */
void no_instances(void **state)
{
    (void)state;
    struct os_failure failure;
    char *instance = NULL;
    os_process *process = open_it();
    assert_int_equal(os_process_instance(NULL, process, "boot", &instance, &failure), PIDPROOF_OK);
    assert_null(instance);
    os_process_close(process);
    pidproof_record elsewhere = record;
    elsewhere.instance = "darwin-unique:b:0000000000000001";
    refuse_it(NULL, &elsewhere, PIDPROOF_INVALID_RECORD);
}

/* [LIVE-4, SIG-6] A handle does not follow its number to a stranger, nor do its signals. */
void reuse_does_not_revive(void **state)
{
    (void)state;
    pidproof_handle *handle = accept_it(NULL, &record);
    pidproof_error error = {0};
    number_to_stranger(program);
    assert_int_equal(pidproof_handle_force_kill(handle, &error), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(error.os_error, ESRCH);
    pidproof_error_clear(&error);
    pidproof_handle_close(handle);
    assert_true(still_lives(&stranger));
}

/* [ATOM-1, ATOM-2, ATOM-3] */
void reuse_at_every_call(void **state)
{
    (void)state;
    assert_true(change_at_each_call(number_to_other_program, PIDPROOF_EXE_PATH_MISMATCH) > 7);
}

/* [SIG-1, SIG-2] */
void signals_arrive(void **state)
{
    (void)state;
    pidproof_handle *handle = accept_it(NULL, &record);
    bool exited = false;
    assert_int_equal(pidproof_handle_terminate(handle, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_handle_wait(handle, -1, &exited, NULL), PIDPROOF_OK);
    assert_true(exited);
    assert_int_equal(standin.fail[STANDIN_KILL].made, 1);
    pidproof_handle_close(handle);
}

/* An answer of another size, or about another number, comes from a system that this was not
 * built for. */
void another_layout_is_not_understood(void **state)
{
    (void)state;
    struct os_failure failure = {0};
    os_process *process = NULL;
    standin.missing = 4;
    assert_int_equal(os_process_open(NULL, record.pid, &process, &failure), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(failure.code, EPROTO);
    standin.missing = 0;
    standin.grown = 8;
    standin.shifted = 1;
    assert_int_equal(os_process_open(NULL, record.pid, &process, &failure), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(failure.code, EPROTO);
}

void every_call_fails(int none)
{
    static const int codes[] = {EPERM, EINVAL, EMFILE, ENOMEM, ENOSPC, EIO, EINTR, ESRCH, ENOENT};
    static const enum standin_call calls[] = {STANDIN_KQUEUE, STANDIN_REGISTER, STANDIN_EVENTS,
                                              STANDIN_STATUS, STANDIN_PATH,     STANDIN_TABLE,
                                              STANDIN_SYSCTL};
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++)
        for (size_t e = 0; e < sizeof codes / sizeof *codes; e++)
            for (int nth = 1;; nth++) {
                enum standin_call call = calls[c];
                int code = codes[e];
                pidproof_handle *handle = NULL;
                pidproof_error error = {0};
                size_t before = open_descriptors();
                fail_from(call, nth, 1, code);
                pidproof_reason reason = pidproof_verify(NULL, &record, &handle, &error);
                bool failed = standin.fail[call].made >= nth;
                standin.fail[call].times = 0;
                /* Of two calls the second gets the table, for which it asks again. */
                bool grew =
                    call == STANDIN_TABLE && nth % 2 == 0 && (code == ENOMEM || code == ENOSPC);
                bool again = (code == EINTR && call != STANDIN_KQUEUE) || grew ||
                             (code == none && call == STANDIN_STATUS);
                if (!failed || again) {
                    assert_int_equal(reason, PIDPROOF_OK);
                    pidproof_handle_close(handle);
                } else if (code == ESRCH && call == STANDIN_REGISTER) {
                    assert_int_equal(reason, PIDPROOF_NOT_FOUND);
                } else {
                    assert_int_equal(pidproof_reason_class(reason), PIDPROOF_CLASS_UNVERIFIABLE);
                    assert_int_equal(error.os_error, code);
                    if (code == EMFILE || code == ENOMEM)
                        assert_int_equal(reason, PIDPROOF_HANDLE_FAILED); /* [LOOK-6] */
                }
                assert_int_equal(open_descriptors(), before);
                pidproof_error_clear(&error);
                if (!failed)
                    break;
            }
}

void no_boot_id(void **state)
{
    (void)state;
    char *boot_id = NULL;
    pidproof_record *captured = NULL;
    assert_null(record.boot_id);
    assert_int_equal(pidproof_boot_id(&boot_id, NULL), PIDPROOF_BOOT_ID_UNAVAILABLE);
    assert_int_equal(pidproof_capture(NULL, record.pid, &captured, NULL),
                     PIDPROOF_BOOT_ID_UNAVAILABLE);
    pidproof_record of_a_boot = record;
    of_a_boot.boot_id = "6f1c2b1e-0000-4000-8000-3a5d9c7e1f20";
    refuse_it(NULL, &of_a_boot, PIDPROOF_BOOT_ID_UNAVAILABLE);
}
