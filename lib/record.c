/*
 * record.c: records in memory, as text, and in files.
 *
 *     pidproof-record=1
 *     pid=4711
 *     boot_id=6c1d...
 *     exe_path=/usr/sbin/my%20daemon
 *     exe_sha256=9f86...
 *     instance=linux-pidfs:...
 *
 * A record has one text form and no other: what is not written exactly as
 * pidproof_record_format() writes it (but for the order of the keys) is refused, for a
 * file that somebody mended by hand must not come to mean another process.
 */
#include "record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os.h"
#include "status.h"

#define FIRST_LINE "pidproof-record=1\n"
#define FILE_MAX ((size_t)1024 * 1024)

static const char *text_of(const char *text)
{
    return text ? text : "";
}

/* ---- In memory ---------------------------------------------------------- */

pidproof_reason record_copy(const pidproof_record *record, pidproof_record **copy_ret,
                            pidproof_error *error)
{
    const char *texts[] = {text_of(record->boot_id), text_of(record->exe_path),
                           text_of(record->instance)};
    const char *copies[3];
    size_t size = sizeof *record;
    for (size_t i = 0; i < 3; i++)
        size += strlen(texts[i]) + 1;
    pidproof_record *copy = malloc(size); /* the texts live behind it */
    if (!copy)
        return error_set_memory(error, record->pid);
    char *end = (char *)(copy + 1);
    for (size_t i = 0; i < 3; i++) {
        size_t text_size = strlen(texts[i]) + 1;
        copies[i] = memcpy(end, texts[i], text_size);
        end += text_size;
    }
    *copy = *record;
    copy->boot_id = copies[0];
    copy->exe_path = copies[1];
    copy->instance = copies[2];
    *copy_ret = copy;
    return PIDPROOF_OK;
}

void pidproof_record_free(pidproof_record *record)
{
    free(record);
}

void pidproof_text_free(char *text)
{
    free(text);
}

static pidproof_reason invalid(pidproof_error *error, uint64_t line, const char *field,
                               const char *why)
{
    return error_set(
        error, &(pidproof_error){
                   .reason = PIDPROOF_INVALID_RECORD, .line = line, .field = field, .why = why});
}

/* ---- Writing ------------------------------------------------------------ */

/* Bytes that stand for themselves in a value. */
static bool is_plain(unsigned char byte)
{
    return byte > ' ' && byte < 0x7f && byte != '%';
}

static char *append(char *end, const char *text)
{
    size_t length = strlen(text);
    memcpy(end, text, length);
    return end + length;
}

static char *append_value(char *end, const char *key, const char *value)
{
    end = append(end, key);
    for (; *value; value++) {
        unsigned char byte = (unsigned char)*value;
        if (is_plain(byte)) {
            *end++ = *value;
        } else {
            *end++ = '%';
            *end++ = "0123456789ABCDEF"[byte >> 4];
            *end++ = "0123456789ABCDEF"[byte & 15];
        }
    }
    *end++ = '\n';
    return end;
}

pidproof_reason pidproof_record_format(const pidproof_record *record, char **text_ret,
                                       size_t *length_ret, pidproof_error *error)
{
    if (record->pid == 0)
        return invalid(error, 0, "pid", "is 0, which is no process");
    if (!record->exe_path || !os_path_is_absolute(record->exe_path))
        return invalid(error, 0, "exe_path", "is not an absolute path");

    const char *boot_id = text_of(record->boot_id), *instance = text_of(record->instance);
    size_t texts = strlen(boot_id) + strlen(record->exe_path) + strlen(instance);
    char *text = malloc(256 + 3 * texts);
    if (!text)
        return error_set_memory(error, record->pid);
    char number[16], digest[2 * PIDPROOF_SHA256_SIZE + 1];
    snprintf(number, sizeof number, "%" PRIu32, record->pid);
    for (size_t i = 0; i < PIDPROOF_SHA256_SIZE; i++)
        snprintf(digest + 2 * i, 3, "%02x", record->exe_sha256[i]);

    char *end = append(text, FIRST_LINE);
    end = append_value(end, "pid=", number);
    end = append_value(end, "boot_id=", boot_id);
    end = append_value(end, "exe_path=", record->exe_path);
    end = append_value(end, "exe_sha256=", digest);
    if (*instance)
        end = append_value(end, "instance=", instance);
    *end = '\0';
    if (length_ret)
        *length_ret = (size_t)(end - text);
    *text_ret = text;
    return PIDPROOF_OK;
}

/* ---- Reading ------------------------------------------------------------ */

/* Each value reader returns NULL, or what is wrong with the value. */

static const char *read_pid(const char *value, pidproof_record *record)
{
    static const char wrong[] = "is not a number from 1 to 4294967295 in plain digits";
    uint64_t number = 0;
    if (*value < '1' || *value > '9')
        return wrong;
    for (; *value; value++) {
        if (*value < '0' || *value > '9')
            return wrong;
        number = number * 10 + (uint64_t)(*value - '0');
        if (number > UINT32_MAX)
            return wrong;
    }
    record->pid = (uint32_t)number;
    return NULL;
}

static const char *read_boot_id(const char *value, pidproof_record *record)
{
    record->boot_id = value;
    return NULL;
}

static const char *read_exe_path(const char *value, pidproof_record *record)
{
    record->exe_path = value;
    return os_path_is_absolute(value) ? NULL : "is not an absolute path";
}

static int digit_of(const char *digits, char digit)
{
    const char *found = digit ? strchr(digits, digit) : NULL;
    return found ? (int)(found - digits) : -1;
}

static const char *read_exe_sha256(const char *value, pidproof_record *record)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < PIDPROOF_SHA256_SIZE; i++, value += 2) {
        int high = digit_of(digits, value[0]);
        int low = high < 0 ? -1 : digit_of(digits, value[1]);
        if (low < 0)
            return "is not 64 lower-case hexadecimal digits";
        record->exe_sha256[i] = (uint8_t)(high << 4 | low);
    }
    return *value ? "is not 64 lower-case hexadecimal digits" : NULL;
}

static const char *read_instance(const char *value, pidproof_record *record)
{
    record->instance = value;
    return *value ? NULL : "is empty: leave the line out";
}

static const struct key {
    const char *name;
    bool needed;
    const char *(*read)(const char *value, pidproof_record *record);
} keys[] = {
    {"pid", true, read_pid},
    {"boot_id", true, read_boot_id},
    {"exe_path", true, read_exe_path},
    {"exe_sha256", true, read_exe_sha256},
    {"instance", false, read_instance},
};
#define KEYS (sizeof keys / sizeof *keys)

/* Decodes text[0, length) into `value`, which has room for it and a NUL. */
static const char *decode(const char *text, size_t length, char *value)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < length; i++) {
        if (is_plain((unsigned char)text[i])) {
            *value++ = text[i];
            continue;
        }
        if (text[i] != '%')
            return "holds a byte that must be percent-encoded (a space is %20)";
        int high = length - i > 2 ? digit_of(digits, text[i + 1]) : -1;
        int low = high < 0 ? -1 : digit_of(digits, text[i + 2]);
        if (low < 0)
            return "holds a % without two upper-case hexadecimal digits";
        int byte = high << 4 | low;
        if (byte == 0)
            return "holds a NUL";
        if (is_plain((unsigned char)byte))
            return "percent-encodes a byte that stands for itself";
        *value++ = (char)byte;
        i += 2;
    }
    *value = '\0';
    return NULL;
}

/* One line, without its \n. `value` has room for it. */
static pidproof_reason parse_line(const char *line, size_t length, uint64_t number, bool seen[],
                                  char *value, pidproof_record *record, pidproof_error *error)
{
    const char *equals = memchr(line, '=', length);
    if (!equals)
        return invalid(error, number, NULL, "there is no = in it");
    size_t name_length = (size_t)(equals - line);
    for (size_t i = 0; i < KEYS; i++) {
        const struct key *key = &keys[i];
        if (strlen(key->name) != name_length || memcmp(key->name, line, name_length) != 0)
            continue;
        if (seen[i])
            return invalid(error, number, key->name, "is there twice");
        seen[i] = true;
        const char *wrong = decode(equals + 1, length - name_length - 1, value);
        if (!wrong)
            wrong = key->read(value, record);
        return wrong ? invalid(error, number, key->name, wrong) : PIDPROOF_OK;
    }
    return invalid(error, number, NULL,
                   "the key is none of pid, boot_id, exe_path, exe_sha256, instance");
}

/* Into a record whose texts lie in `values`, which has room for `length` bytes. */
static pidproof_reason parse(const char *text, size_t length, char *values, pidproof_record *record,
                             pidproof_error *error)
{
    bool seen[KEYS] = {false};
    size_t first = strlen(FIRST_LINE);
    uint64_t number = 1;
    if (length < first || memcmp(text, FIRST_LINE, first) != 0)
        return invalid(error, number, NULL, "the first line is not pidproof-record=1");
    for (size_t at = first; at < length; number++) {
        const char *end = memchr(text + at, '\n', length - at);
        if (!end)
            return invalid(error, number + 1, NULL, "the line is not ended by a newline");
        size_t line_length = (size_t)(end - text) - at;
        /* A value is shorter than its line, so each finds room where its line stands. */
        pidproof_reason reason =
            parse_line(text + at, line_length, number + 1, seen, values + at, record, error);
        if (reason)
            return reason;
        at += line_length + 1;
    }
    for (size_t i = 0; i < KEYS; i++)
        if (keys[i].needed && !seen[i])
            return invalid(error, 0, keys[i].name, "is missing");
    return PIDPROOF_OK;
}

pidproof_reason pidproof_record_parse(const char *text, size_t length, pidproof_record **record_ret,
                                      pidproof_error *error)
{
    pidproof_record record = {0};
    char *values = malloc(length + 1);
    if (!values)
        return error_set_memory(error, 0);
    pidproof_reason reason = parse(text, length, values, &record, error);
    if (!reason)
        reason = record_copy(&record, record_ret, error);
    free(values);
    return reason;
}

/* ---- Files -------------------------------------------------------------- */

static pidproof_reason file_failed(pidproof_error *error, const char *path,
                                   const struct os_failure *failure)
{
    return error_set(error, &(pidproof_error){.reason = PIDPROOF_RECORD_IO,
                                              .os_error = failure->code,
                                              .why = failure->doing,
                                              .path = (char *)path});
}

/* At most `size` bytes; *length_ret tells how many there were. */
static pidproof_reason read_whole(const char *path, char *text, size_t size, size_t *length_ret,
                                  struct os_failure *failure)
{
    os_fd fd;
    pidproof_reason reason = os_file_open(path, &fd, failure);
    if (reason)
        return reason;
    size_t length = 0, count = 1;
    while (!reason && count > 0 && length < size) {
        reason = os_file_read(fd, length, text + length, size - length, &count, failure);
        if (!reason)
            length += count;
    }
    os_file_close(fd);
    *length_ret = length;
    return reason;
}

pidproof_reason pidproof_record_read(const char *path, pidproof_record **record_ret,
                                     pidproof_error *error)
{
    struct os_failure failure = {0};
    size_t length;
    char *text = malloc(FILE_MAX + 1);
    if (!text)
        return error_set_memory(error, 0);
    pidproof_reason reason = read_whole(path, text, FILE_MAX + 1, &length, &failure);
    if (reason || length > FILE_MAX) {
        if (!reason)
            failure.doing = "it is larger than 1 MiB, which no record is";
        reason = file_failed(error, path, &failure);
    } else {
        reason = pidproof_record_parse(text, length, record_ret, error);
    }
    free(text);
    return reason;
}

pidproof_reason pidproof_record_write(const char *path, const pidproof_record *record,
                                      pidproof_error *error)
{
    char *text;
    size_t length;
    struct os_failure failure;
    pidproof_reason reason = pidproof_record_format(record, &text, &length, error);
    if (reason)
        return reason;
    reason = os_file_replace(path, text, length, &failure);
    free(text);
    return reason ? file_failed(error, path, &failure) : PIDPROOF_OK;
}
