/*
 * What the files of the reference adapter share: numbered things, the shape of a
 * method, and the methods themselves.
 */
#ifndef PIDPROOF_REFERENCE_H
#define PIDPROOF_REFERENCE_H

#include <jansson.h>
#include <pidproof/pidproof.h>
#include <stdbool.h>
#include <stddef.h>

/* Things under numbers 1, 2, 3, …; no number is given twice, so a stale one is an error. */
struct table {
    void **things;
    size_t count;
};

extern pidproof_verifier *verifier;
extern struct table handles; /* of pidproof_handle */

/* Takes the thing, unless memory runs out (false). */
bool table_add(struct table *table, void *thing, json_int_t *number_ret);

/* Where the thing of that number is; NULL for a number that names none. */
void **table_find(const struct table *table, const json_t *number);

/*
 * A method answers its `result`. NULL with `*wrong` set: the params have the wrong
 * shape, which is said there. NULL without: memory ran out.
 */
typedef json_t *method(const json_t *params, const char **wrong);

method hello, noop, boot_id, sha256_file, capture, verify, handle_pid, is_alive, process_is_alive,
    wait_for_exit, terminate, force_kill, terminate_handle, force_kill_handle, close_handle,
    watch_handles, watch_gone, watch_close, bench;

/* Sets `*wrong` and returns NULL. */
void *wrong_params(const char **wrong, const char *why);

/* The open handle that params name; NULL with `*wrong` set. */
pidproof_handle *named_handle(const json_t *params, const char **wrong);

/* {"refused": …} for what the library answered; releases the error. */
json_t *refuse(pidproof_error *error);

/* A watched handle must stay open: takes it out of every watch before it is closed. */
void watches_forget(size_t handle_index);
void watches_close(void);

#endif
