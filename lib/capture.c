/*
 * capture.c: writing down a process that is there. What was seen is handed to
 * pidproof_verify(), so that a record that comes back is one that verified; where the process
 * became another program meanwhile, it is looked at again.
 */
#include <stdlib.h>
#include <string.h>

#include "handle.h"
#include "record.h"
#include "status.h"

pidproof_reason pidproof_boot_id(char **boot_id_ret, pidproof_error *error)
{
    struct os_failure failure;
    os_view *view = os_view_new();
    if (!view)
        return error_set_memory(error, 0);
    pidproof_reason reason = os_boot_id(view, boot_id_ret, &failure);
    os_view_free(view);
    return reason ? error_set_os(error, reason, 0, &failure) : PIDPROOF_OK;
}

/* What is seen of the process now. The texts are malloc'ed, also after a failure;
 * *changed_ret is set to true where the image changed meanwhile. */
static pidproof_reason see(pidproof_verifier *verifier, uint32_t pid, pidproof_record *seen,
                           struct os_file *file_ret, bool *changed_ret, struct os_failure *failure)
{
    os_process *process = NULL;
    struct os_image image = {0};
    char *boot_id = NULL, *instance = NULL;
    seen->pid = pid;
    pidproof_reason reason = os_boot_id(verifier->view, &boot_id, failure);
    seen->boot_id = boot_id;
    if (!reason)
        reason = os_process_open(verifier->view, pid, &process, failure);
    if (!reason)
        reason = os_process_instance(verifier->view, process, boot_id, &instance, failure);
    seen->instance = instance;
    if (!reason)
        reason = os_process_image(verifier->view, process, NULL, &image, failure);
    seen->exe_path = image.path;
    *file_ret = image.file;
    if (!reason && !image.path) {
        *failure = (struct os_failure){.doing = "reading its path, which is too long"};
        reason = PIDPROOF_EXE_PATH_UNREADABLE;
    }
    if (!reason)
        reason = digest_image(verifier->digests, verifier->view, process, &image, seen->exe_sha256,
                              changed_ret, failure);

    bool alive = true;
    struct os_failure ignored;
    if (reason && process && !os_process_is_alive(process, false, &alive, &ignored) && !alive) {
        /* That is why it could not be seen. */
        *failure = (struct os_failure){0};
        reason = PIDPROOF_NOT_FOUND;
    }
    os_process_close(process);
    return reason;
}

/* Whether the running image is still this file, in this state. */
static bool image_is(pidproof_verifier *verifier, uint32_t pid, const struct os_file *file)
{
    os_process *process;
    struct os_file now;
    struct os_failure ignored;
    if (os_process_open(verifier->view, pid, &process, &ignored))
        return false;
    bool same = !os_process_image_file(verifier->view, process, &now, &ignored) &&
                file_unchanged(file, &now);
    os_process_close(process);
    return same;
}

/* One attempt; *changed_ret tells whether another one may see it otherwise. */
static pidproof_reason capture(pidproof_verifier *verifier, uint32_t pid,
                               pidproof_record **record_ret, bool *changed_ret,
                               pidproof_error *error)
{
    pidproof_record seen = {0};
    pidproof_handle *handle;
    struct os_file file;
    struct os_failure failure = {0};
    pidproof_reason reason = see(verifier, pid, &seen, &file, changed_ret, &failure);
    if (reason) {
        error_set(error, &(pidproof_error){.reason = reason,
                                           .pid = pid,
                                           .os_error = failure.code,
                                           .why = failure.doing,
                                           .path = (char *)seen.exe_path});
    } else {
        reason = pidproof_verify(verifier, &seen, &handle, error);
        *changed_ret = reason == PIDPROOF_INSTANCE_MISMATCH ||
                       (pidproof_reason_class(reason) == PIDPROOF_CLASS_DIFFERENT &&
                        !image_is(verifier, pid, &file));
    }
    if (!reason) {
        pidproof_handle_close(handle);
        reason = record_copy(&seen, record_ret, error);
    }
    free((char *)seen.boot_id);
    free((char *)seen.exe_path);
    free((char *)seen.instance);
    return reason;
}

pidproof_reason pidproof_capture(pidproof_verifier *verifier, uint32_t pid,
                                 pidproof_record **record_ret, pidproof_error *error)
{
    if (!os_pid_is_valid(pid))
        return error_set(error, &(pidproof_error){.reason = PIDPROOF_INVALID_PID, .pid = pid});
    pidproof_verifier *own = NULL;
    if (!verifier || !os_view_is_current(verifier->view)) {
        pidproof_reason reason = pidproof_verifier_new(&own, error);
        if (reason)
            return reason;
        verifier = own;
    }
    pidproof_reason reason;
    pidproof_error found = {0};
    bool changed;
    int attempt = 1;
    do {
        changed = false;
        reason = capture(verifier, pid, record_ret, &changed, &found);
    } while (reason && changed && attempt++ < ATTEMPTS);
    if (reason)
        error_move(error, &found);
    else
        pidproof_error_clear(&found); /* an earlier attempt may have left something */
    pidproof_verifier_free(own);
    return reason;
}
