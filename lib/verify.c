/*
 * verify.c: is this number still the recorded daemon? Top to bottom, harness/SPEC.md.
 *
 * Why an acceptance is true [ATOM-1]. One attempt looks in this order:
 *
 *     boot      the boot id is the recorded one
 *     hold      take hold of the process that has the number (or, by the recorded instance,
 *               of the process that is it, and which has the number)
 *     instance  it is the recorded one (instances never change)
 *     image 1   its running image is file F, named L
 *     path      the recorded path names F, and its canonical form is L
 *     digest    F's content is the recorded one
 *     image 2   its running image is F, unchanged to the nanosecond of its last change
 *     alive     the process that we hold has not exited
 *
 * The process that we hold is alive at the end, so it was all the while; a number is
 * given away only after its process was reaped, so the number was its own all the while,
 * and every look that went through the number met this process and no other.
 * F was its image before and after `path`: at that instant F was the image, the recorded
 * path named it, and F had the recorded content, since a running image cannot be written
 * (and a write before or after would show in its time of last change). The boot id read
 * first holds for as long as the system runs. So the instant of `path` is the one at
 * which every field was true of one process, and the handle follows that one [ATOM-2].
 *
 * What could undermine this: an image that was F, then another, then F again between two
 * of our looks, with the recorded path naming F only in between. One change of the world
 * does not do it; whoever can make both, in step, runs our daemon's own program in the
 * very process asked about, and decides what the daemon's path means.
 *
 * What no look at an image tells: whether it still decides what the process does. A debugger
 * can put other code into a process that runs our daemon's file, and Linux lets whoever is
 * root in a user namespace name another file as its own image (prctl, PR_SET_MM_MAP). Only
 * the recorded instance tells such a process from the daemon.
 *
 * Why a refusal is true [ATOM-3]: a difference was seen in a process that was alive
 * afterwards. Where it had exited, or its image had changed, we look again from the start.
 */
#include <stdlib.h>
#include <string.h>

#include "handle.h"
#include "status.h"

struct question {
    pidproof_verifier *verifier;
    const pidproof_record *record;
    pidproof_error *error;  /* never NULL */
    struct os_failure said; /* by the system, last */
    char *boot_id;          /* the current one; NULL where nobody needs it */
    bool changed;           /* the image changed while it was looked at: look again */
};

static bool recorded(const char *text)
{
    return text && *text;
}

/* ---- Record [REC] ------------------------------------------------------- */

static pidproof_reason check_record(struct question *q)
{
    const pidproof_record *record = q->record;
    if (record->pid == 0)
        return error_set(q->error, &(pidproof_error){.reason = PIDPROOF_INVALID_PID});
    if (!record->exe_path || !os_path_is_absolute(record->exe_path))
        return error_set(q->error, &(pidproof_error){.reason = PIDPROOF_INVALID_RECORD,
                                                     .pid = record->pid,
                                                     .field = "exe_path",
                                                     .why = "is not an absolute path",
                                                     .actual = (char *)record->exe_path});
    if (recorded(record->instance) && !os_instance_is_valid(record->instance))
        return error_set(q->error,
                         &(pidproof_error){.reason = PIDPROOF_INVALID_RECORD,
                                           .pid = record->pid,
                                           .field = "instance",
                                           .why = "is not a token that this system writes",
                                           .actual = (char *)record->instance});
    return PIDPROOF_OK;
}

/* ---- Boot [BOOT] -------------------------------------------------------- */

static pidproof_reason check_boot_id(struct question *q)
{
    const pidproof_record *record = q->record;
    if (!recorded(record->boot_id) && !recorded(record->instance))
        return PIDPROOF_OK;
    pidproof_reason reason = os_boot_id(q->verifier->view, &q->boot_id, &q->said);
    if (reason)
        return error_set_os(q->error, reason, record->pid, &q->said);
    if (recorded(record->boot_id) && strcmp(record->boot_id, q->boot_id) != 0)
        return error_set(q->error, &(pidproof_error){.reason = PIDPROOF_BOOT_ID_MISMATCH,
                                                     .pid = record->pid,
                                                     .expected = (char *)record->boot_id,
                                                     .actual = q->boot_id});
    return PIDPROOF_OK;
}

/* ---- Instance [INST] ---------------------------------------------------- */

static pidproof_reason check_instance(struct question *q, os_process *process)
{
    const pidproof_record *record = q->record;
    if (!recorded(record->instance))
        return PIDPROOF_OK;
    char *actual = NULL;
    pidproof_reason reason = os_process_instance_check(q->verifier->view, process, q->boot_id,
                                                       record->instance, &actual, &q->said);
    if (reason == PIDPROOF_INSTANCE_MISMATCH)
        error_set(q->error, &(pidproof_error){.reason = reason,
                                              .pid = record->pid,
                                              .expected = (char *)record->instance,
                                              .actual = actual});
    else if (reason)
        error_set_os(q->error, reason, record->pid, &q->said);
    free(actual);
    return reason;
}

/* ---- Executable path [EXE] ---------------------------------------------- */

static pidproof_reason check_path(struct question *q, const struct os_image *image)
{
    const pidproof_record *record = q->record;
    q->said = (struct os_failure){0};
    pidproof_reason reason = os_path_names(q->verifier->view, record->exe_path, image, &q->said);
    if (!reason && !image->path && image->file.links != 1) { /* [EXE-7] */
        q->said.doing = "telling the image's names apart: the path in use is too long to be read";
        reason = PIDPROOF_EXE_PATH_UNREADABLE;
    }
    if (reason == PIDPROOF_EXE_PATH_MISMATCH)
        return error_set(q->error, &(pidproof_error){.reason = reason,
                                                     .pid = record->pid,
                                                     .os_error = q->said.code,
                                                     .why = q->said.doing,
                                                     .expected = (char *)record->exe_path,
                                                     .actual = image->path});
    return reason ? error_set_os(q->error, reason, record->pid, &q->said) : PIDPROOF_OK;
}

/* ---- Executable digest [HASH] ------------------------------------------- */

static void hexadecimal(const uint8_t sha256[PIDPROOF_SHA256_SIZE], char text_ret[])
{
    for (size_t i = 0; i < PIDPROOF_SHA256_SIZE; i++) {
        text_ret[2 * i] = "0123456789abcdef"[sha256[i] >> 4];
        text_ret[2 * i + 1] = "0123456789abcdef"[sha256[i] & 15];
    }
    text_ret[2 * PIDPROOF_SHA256_SIZE] = '\0';
}

static pidproof_reason check_digest(struct question *q, os_process *process,
                                    const struct os_image *image)
{
    uint8_t sha256[PIDPROOF_SHA256_SIZE];
    pidproof_reason reason = digest_image(q->verifier->digests, q->verifier->view, process, image,
                                          sha256, &q->changed, &q->said);
    if (reason)
        return error_set(q->error, &(pidproof_error){.reason = reason,
                                                     .pid = q->record->pid,
                                                     .os_error = q->said.code,
                                                     .why = q->said.doing,
                                                     .path = image->path});
    if (memcmp(sha256, q->record->exe_sha256, sizeof sha256) == 0)
        return PIDPROOF_OK;
    char expected[2 * sizeof sha256 + 1], actual[sizeof expected];
    hexadecimal(q->record->exe_sha256, expected);
    hexadecimal(sha256, actual);
    return error_set(q->error, &(pidproof_error){.reason = PIDPROOF_EXE_SHA256_MISMATCH,
                                                 .pid = q->record->pid,
                                                 .expected = expected,
                                                 .actual = actual,
                                                 .path = image->path});
}

/* ---- One process, looked at from all sides ------------------------------ */

static pidproof_reason check_image(struct question *q, os_process *process)
{
    struct os_image image;
    struct os_file after;
    pidproof_reason reason =
        os_process_image(q->verifier->view, process, q->record->exe_path, &image, &q->said);
    if (reason)
        return error_set_os(q->error, reason, q->record->pid, &q->said);
    reason = check_path(q, &image);
    if (!reason)
        reason = check_digest(q, process, &image);
    /* What cannot be hashed may be unreadable by now, or another image. [ATOM-3] */
    if (!reason || reason == PIDPROOF_EXE_UNHASHABLE ||
        pidproof_reason_class(reason) == PIDPROOF_CLASS_DIFFERENT) {
        pidproof_reason looked =
            os_process_image_file(q->verifier->view, process, &after, &q->said);
        if (!looked && !file_unchanged(&image.file, &after)) {
            q->changed = true;
            q->said = (struct os_failure){.doing = "looking at the running image, which changed "
                                                   "each time it was looked at"};
            looked = PIDPROOF_EXE_PATH_UNREADABLE;
        }
        if (looked)
            reason = error_set_os(q->error, looked, q->record->pid, &q->said);
    }
    free(image.path);
    return reason;
}

/* One attempt; PIDPROOF_OK gives the process. */
static pidproof_reason look(struct question *q, os_process **process_ret)
{
    uint32_t pid = q->record->pid;
    os_process *process = NULL;
    pidproof_reason reason = PIDPROOF_OK;
    if (recorded(q->record->instance)) /* [INST-8] */
        process = os_process_reopen(q->verifier->view, pid, q->boot_id, q->record->instance);
    if (!process)
        reason = os_process_open(q->verifier->view, pid, &process, &q->said);
    if (reason == PIDPROOF_NOT_FOUND)
        return error_set(q->error, &(pidproof_error){.reason = reason, .pid = pid});
    if (reason)
        return error_set_os(q->error, reason, pid, &q->said);
    reason = check_instance(q, process);
    if (!reason)
        reason = check_image(q, process);

    bool alive;
    pidproof_reason asked = os_process_is_alive(process, false, &alive, &q->said);
    if (asked) {
        reason = error_set_os(q->error, asked, pid, &q->said);
        q->changed = false;
    } else if (!alive) {
        reason = error_set(q->error, &(pidproof_error){.reason = PIDPROOF_NOT_FOUND, .pid = pid});
        q->changed = true;
    }
    if (reason)
        os_process_close(process);
    else
        *process_ret = process;
    return reason;
}

static unsigned evidence(const pidproof_record *record, const os_process *process)
{
    return PIDPROOF_EVIDENCE_EXE_PATH | PIDPROOF_EVIDENCE_EXE_SHA256 |
           (recorded(record->boot_id) ? PIDPROOF_EVIDENCE_BOOT_ID : 0U) |
           (recorded(record->instance) ? PIDPROOF_EVIDENCE_INSTANCE : 0U) |
           (os_process_is_bound(process) ? PIDPROOF_EVIDENCE_BOUND : 0U);
}

/* ---- The question as a whole, in the order of [ORD-1] -------------------- */

static pidproof_reason answer(struct question *q, os_process **process_ret)
{
    pidproof_reason reason = check_record(q);
    if (!reason)
        reason = check_boot_id(q);
    if (!reason && !os_pid_is_valid(q->record->pid))
        reason = error_set(
            q->error, &(pidproof_error){.reason = PIDPROOF_INVALID_PID, .pid = q->record->pid});
    if (reason)
        return reason;
    for (int attempt = 1;; attempt++) {
        q->changed = false;
        reason = look(q, process_ret);
        /* The first death may have made room for a process that is still to be judged. */
        bool died_again = reason == PIDPROOF_NOT_FOUND && attempt > 1;
        if (!q->changed || died_again || attempt == ATTEMPTS)
            return reason;
    }
}

static pidproof_reason verify(pidproof_verifier *verifier, const pidproof_record *record,
                              pidproof_handle **handle_ret, pidproof_error *error)
{
    pidproof_error found = {0};
    struct question q = {.verifier = verifier, .record = record, .error = &found};
    os_process *process = NULL;
    pidproof_reason reason = answer(&q, &process);
    free(q.boot_id);
    pidproof_handle *handle = reason ? NULL : malloc(sizeof *handle);
    if (!reason && !handle) {
        os_process_close(process);
        reason = error_set_memory(&found, record->pid);
    }
    if (reason) {
        error_move(error, &found);
        return reason;
    }
    pidproof_error_clear(&found); /* an earlier attempt may have left something */
    handle->pid = record->pid;
    handle->evidence = evidence(record, process);
    atomic_init(&handle->dead, false);
    handle->process = process;
    *handle_ret = handle;
    return PIDPROOF_OK;
}

/* ---- Verifiers ---------------------------------------------------------- */

pidproof_reason pidproof_verifier_new(pidproof_verifier **verifier_ret, pidproof_error *error)
{
    pidproof_verifier *verifier = calloc(1, sizeof *verifier);
    if (verifier) {
        verifier->view = os_view_new();
        verifier->digests = digest_cache_new();
    }
    if (!verifier || !verifier->view || !verifier->digests) {
        pidproof_verifier_free(verifier);
        return error_set_memory(error, 0);
    }
    *verifier_ret = verifier;
    return PIDPROOF_OK;
}

void pidproof_verifier_free(pidproof_verifier *verifier)
{
    if (!verifier)
        return;
    os_view_free(verifier->view);
    digest_cache_free(verifier->digests);
    free(verifier);
}

pidproof_reason pidproof_verify(pidproof_verifier *verifier, const pidproof_record *record,
                                pidproof_handle **handle_ret, pidproof_error *error)
{
    if (verifier && os_view_is_current(verifier->view))
        return verify(verifier, record, handle_ret, error);
    /* Nothing to remember, or a forked child's inheritance: one for this call. */
    pidproof_verifier *own;
    pidproof_reason reason = pidproof_verifier_new(&own, error);
    if (reason)
        return reason;
    reason = verify(own, record, handle_ret, error);
    pidproof_verifier_free(own);
    return reason;
}
