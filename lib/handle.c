/*
 * handle.c: verified processes afterwards, and processes by number.
 */
#include "handle.h"

#include <stdlib.h>

#include "status.h"

/* ---- Handles ------------------------------------------------------------ */

void pidproof_handle_close(pidproof_handle *handle)
{
    if (!handle)
        return;
    os_process_close(handle->process);
    free(handle);
}

uint32_t pidproof_handle_pid(const pidproof_handle *handle)
{
    return handle ? handle->pid : 0;
}

unsigned pidproof_handle_evidence(const pidproof_handle *handle)
{
    return handle ? handle->evidence : 0;
}

int pidproof_handle_descriptor(const pidproof_handle *handle)
{
    return (int)os_process_descriptor(handle->process);
}

pidproof_reason pidproof_handle_is_alive(pidproof_handle *handle, bool *alive_ret,
                                         pidproof_error *error)
{
    struct os_failure failure;
    if (atomic_load_explicit(&handle->dead, memory_order_relaxed)) {
        *alive_ret = false;
        return PIDPROOF_OK;
    }
    pidproof_reason reason = os_process_is_alive(handle->process, true, alive_ret, &failure);
    if (reason)
        return error_set_os(error, reason, handle->pid, &failure);
    if (!*alive_ret)
        atomic_store_explicit(&handle->dead, true, memory_order_relaxed);
    return PIDPROOF_OK;
}

pidproof_reason pidproof_handle_wait(pidproof_handle *handle, int64_t timeout_ms, bool *exited_ret,
                                     pidproof_error *error)
{
    bool exited = true;
    if (!atomic_load_explicit(&handle->dead, memory_order_relaxed)) {
        struct os_failure failure;
        pidproof_reason reason = os_process_wait(handle->process, timeout_ms, &exited, &failure);
        if (reason)
            return error_set_os(error, reason, handle->pid, &failure);
        if (exited)
            atomic_store_explicit(&handle->dead, true, memory_order_relaxed);
    }
    *exited_ret = exited;
    return PIDPROOF_OK;
}

static pidproof_reason signal_handle(pidproof_handle *handle, enum os_signal signal,
                                     pidproof_error *error)
{
    struct os_failure failure;
    pidproof_reason reason = os_process_signal(handle->process, signal, &failure);
    return reason ? error_set_os(error, reason, handle->pid, &failure) : PIDPROOF_OK;
}

pidproof_reason pidproof_handle_terminate(pidproof_handle *handle, pidproof_error *error)
{
    return signal_handle(handle, OS_TERMINATE, error);
}

pidproof_reason pidproof_handle_force_kill(pidproof_handle *handle, pidproof_error *error)
{
    return signal_handle(handle, OS_KILL, error);
}

/* ---- By number ---------------------------------------------------------- */

bool pidproof_process_is_alive(uint32_t pid)
{
    return os_pid_is_valid(pid) && os_pid_is_alive(pid);
}

static pidproof_reason signal_number(uint32_t pid, enum os_signal signal, pidproof_error *error)
{
    /* 0, -1 and other negative numbers would be groups, or everybody. [SIG-3] */
    if (!os_pid_is_valid(pid))
        return error_set(error, &(pidproof_error){.reason = PIDPROOF_INVALID_PID, .pid = pid});
    struct os_failure failure;
    pidproof_reason reason = os_pid_signal(pid, signal, &failure);
    return reason ? error_set_os(error, reason, pid, &failure) : PIDPROOF_OK;
}

pidproof_reason pidproof_terminate(uint32_t pid, pidproof_error *error)
{
    return signal_number(pid, OS_TERMINATE, error);
}

pidproof_reason pidproof_force_kill(uint32_t pid, pidproof_error *error)
{
    return signal_number(pid, OS_KILL, error);
}
