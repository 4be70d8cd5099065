/*
 * The JSON forms of PROTOCOL.md: what the reference adapter reads as a record or a
 * pid, and how it writes verdicts of the library.
 *
 * Reading is strict [REC-3, REC-4]: a value either is exactly what the protocol
 * names, or it is refused. Nothing is rounded, truncated or defaulted.
 */
#ifndef PIDPROOF_REFERENCE_JSON_H
#define PIDPROOF_REFERENCE_JSON_H

#include <jansson.h>
#include <pidproof/pidproof.h>
#include <stdbool.h>

/* A record whose text belongs to the JSON it was read from, but for `path_owned`. */
struct json_record {
    pidproof_record record;
    char *path_owned; /* exe_path where it came as exe_path_hex */
};

/*
 * Reads a record. NULL: `*record_ret` is filled and to be released with
 * json_record_clear(). Otherwise the refusal, as it goes into `result`.
 */
json_t *json_record_read(const json_t *json, struct json_record *record_ret);
void json_record_clear(struct json_record *record);

/*
 * Makes every number in a line of JSON that is larger than the largest real ("1e999") one
 * that is not ("1e308"), in place. JSON has no largest number, but its parser has. Nothing
 * takes the one for a process number, nor the other. False where there was none.
 */
bool json_clip_numbers(char *line);

/* Whether `json` is an integer that a pid can hold; only then is `*pid_ret` written. */
bool json_pid_read(const json_t *json, uint32_t *pid_ret);

/* {"record": …} of a captured record. */
json_t *json_captured(const pidproof_record *record);

/* {"accepted": {"handle": …, "evidence": […]}}; `evidence` is of pidproof_handle_evidence(). */
json_t *json_accepted(json_int_t handle, unsigned evidence);

/* {"refused": …}: the reason and every detail that the library gave. */
json_t *json_refused(const pidproof_error *error);

/* {"refused": …} for what never reaches the library, because its types cannot hold it. */
json_t *json_refused_input(pidproof_reason reason, const char *field, const char *why);

/* {"sha256": …}: 64 hexadecimal digits. */
json_t *json_sha256(const uint8_t sha256[PIDPROOF_SHA256_SIZE]);

#endif
