/*
 * status.c: reasons and their classes, and the errors that carry them to people.
 * The wording follows the module that pidproof grew out of; programs act on the reason.
 */
#include "status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *pidproof_version(void)
{
    return PIDPROOF_VERSION;
}

const char *pidproof_reason_name(pidproof_reason reason)
{
    switch (reason) {
#define PIDPROOF_X(enumerator, name, class_) \
    case enumerator:                         \
        return name;
        PIDPROOF_REASONS(PIDPROOF_X)
#undef PIDPROOF_X
    }
    return "unknown";
}

pidproof_class pidproof_reason_class(pidproof_reason reason)
{
    switch (reason) {
#define PIDPROOF_X(enumerator, name, class_) \
    case enumerator:                         \
        return class_;
        PIDPROOF_REASONS(PIDPROOF_X)
#undef PIDPROOF_X
    }
    return PIDPROOF_CLASS_UNVERIFIABLE;
}

const char *pidproof_class_name(pidproof_class class_)
{
    switch (class_) {
    case PIDPROOF_CLASS_NONE:
        return "none";
    case PIDPROOF_CLASS_INVALID:
        return "invalid";
    case PIDPROOF_CLASS_DIFFERENT:
        return "different";
    case PIDPROOF_CLASS_GONE:
        return "gone";
    case PIDPROOF_CLASS_UNVERIFIABLE:
        return "unverifiable";
    case PIDPROOF_CLASS_UNSUPPORTED:
        return "unsupported";
    }
    return "unknown";
}

/* ---- Filling an error --------------------------------------------------- */

void pidproof_error_clear(pidproof_error *error)
{
    if (!error)
        return;
    free(error->expected);
    free(error->actual);
    free(error->path);
    *error = (pidproof_error){0};
}

static char *copy_text(const char *text)
{
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

pidproof_reason error_set(pidproof_error *error, const struct pidproof_error *detail)
{
    if (!error)
        return detail->reason;
    /* Copied first: the detail may lie in what is being replaced. */
    pidproof_error filled = *detail;
    filled.expected = copy_text(detail->expected);
    filled.actual = copy_text(detail->actual);
    filled.path = copy_text(detail->path);
    pidproof_error_clear(error);
    *error = filled;
    return error->reason;
}

void error_move(pidproof_error *error, pidproof_error *from)
{
    pidproof_error_clear(error);
    if (error)
        *error = *from;
    else
        pidproof_error_clear(from);
    *from = (pidproof_error){0};
}

pidproof_reason error_set_os(pidproof_error *error, pidproof_reason reason, uint32_t pid,
                             const struct os_failure *failure)
{
    return error_set(
        error, &(pidproof_error){
                   .reason = reason, .pid = pid, .os_error = failure->code, .why = failure->doing});
}

pidproof_reason error_set_memory(pidproof_error *error, uint32_t pid)
{
    return error_set(error, &(pidproof_error){.reason = PIDPROOF_HANDLE_FAILED,
                                              .pid = pid,
                                              .why = "there is no memory left"});
}

/* ---- Telling people ----------------------------------------------------- */

/* A line that is being written: whole characters until one does not fit. */
struct line {
    char *text;
    size_t size, used;
    bool full;
};

static void add_bytes(struct line *line, const char *bytes, size_t count)
{
    if (line->full || count >= line->size - line->used) {
        line->full = true;
        return;
    }
    memcpy(line->text + line->used, bytes, count);
    line->used += count;
}

/* Bytes of the UTF-8 character at `text`; 0 where there is none. */
static size_t character_size(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    size_t size = byte[0] < 0x80   ? 1
                  : byte[0] < 0xc2 ? 0
                  : byte[0] < 0xe0 ? 2
                  : byte[0] < 0xf0 ? 3
                  : byte[0] < 0xf5 ? 4
                                   : 0;
    for (size_t i = 1; i < size; i++)
        if ((byte[i] & 0xc0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, beyond U+10FFFF. */
    if ((byte[0] == 0xe0 && byte[1] < 0xa0) || (byte[0] == 0xed && byte[1] > 0x9f) ||
        (byte[0] == 0xf0 && byte[1] < 0x90) || (byte[0] == 0xf4 && byte[1] > 0x8f))
        return 0;
    return size;
}

/* Text of somebody else's: stays on one line, and what is not a character is shown as \xNN. */
static void add_foreign(struct line *line, const char *text)
{
    while (*text) {
        size_t size = character_size(text);
        unsigned char byte = (unsigned char)*text;
        if (size == 0 || byte < 0x20 || byte == 0x7f) {
            char escaped[8];
            snprintf(escaped, sizeof escaped, "\\x%02x", byte);
            add_bytes(line, escaped, 4);
            text++;
        } else {
            add_bytes(line, text, size);
            text += size;
        }
    }
}

static void add_number(struct line *line, uint64_t number)
{
    char digits[24];
    add_bytes(line, digits, (size_t)snprintf(digits, sizeof digits, "%" PRIu64, number));
}

/* "%p" the pid, "%l" the line, "%e" "%a" "%f" expected, actual, path; a member that is not
 * there reads "?". */
static void add_template(struct line *line, const char *template, const pidproof_error *error)
{
    for (; *template; template ++) {
        if (*template != '%') {
            add_bytes(line, template, 1);
            continue;
        }
        const char *text = NULL;
        switch (*++template) {
        case 'p':
            add_number(line, error->pid);
            continue;
        case 'l':
            add_number(line, error->line);
            continue;
        case 'e':
            text = error->expected;
            break;
        case 'a':
            text = error->actual;
            break;
        default: /* 'f' */
            text = error->path;
        }
        add_foreign(line, text ? text : "?");
    }
}

static const char *template_of(const pidproof_error *error)
{
    switch (error->reason) {
    case PIDPROOF_OK:
        return "";
    case PIDPROOF_INVALID_RECORD:
        return error->line ? "invalid daemon record: line %l" : "invalid daemon record";
    case PIDPROOF_INVALID_PID:
        return "invalid daemon pid: %p";
    case PIDPROOF_BOOT_ID_MISMATCH:
        return "daemon boot id mismatch: expected %e, current %a";
    case PIDPROOF_BOOT_ID_UNAVAILABLE:
        return "current boot id is not available";
    case PIDPROOF_NOT_FOUND:
        return "process not found: %p";
    case PIDPROOF_INSTANCE_MISMATCH:
        return "daemon instance mismatch for pid %p: expected %e, actual %a";
    case PIDPROOF_EXE_PATH_UNREADABLE:
        return "failed to resolve executable path for pid %p";
    case PIDPROOF_EXE_PATH_MISMATCH:
        return "daemon executable path mismatch for pid %p: expected \"%e\", actual \"%a\"";
    case PIDPROOF_EXE_UNHASHABLE:
        return error->pid ? "failed to hash executable for pid %p at \"%f\""
                          : "failed to hash file at \"%f\"";
    case PIDPROOF_EXE_SHA256_MISMATCH:
        return "daemon executable sha256 mismatch for pid %p";
    case PIDPROOF_HANDLE_FAILED:
        return error->pid ? "process handle operation failed for pid %p" : "operation failed";
    case PIDPROOF_TERMINATE_UNSUPPORTED:
        return "graceful terminate is unsupported on this platform";
    case PIDPROOF_RECORD_IO:
        return "daemon record file \"%f\" failed";
    }
    return "unknown reason";
}

const char *pidproof_error_format(const pidproof_error *error, char *text, size_t size)
{
    if (!text || size == 0)
        return "";
    struct line line = {.text = text, .size = size};
    if (error) {
        add_template(&line, template_of(error), error);
        if (error->field) {
            add_bytes(&line, ": ", 2);
            add_foreign(&line, error->field);
        }
        if (error->why) {
            add_bytes(&line, ": ", 2);
            add_foreign(&line, error->why);
        }
        if (error->os_error) {
            char said[128];
            os_error_text(error->os_error, said, sizeof said);
            add_bytes(&line, ": ", 2);
            add_foreign(&line, said);
            snprintf(said, sizeof said, " (os error %" PRId64 ")", error->os_error);
            add_foreign(&line, said);
        }
    }
    text[line.used] = '\0';
    return text;
}
