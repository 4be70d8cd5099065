/*
 * The JSON forms of PROTOCOL.md, see reference_json.h. Reading first, writing second.
 */
#include "reference_json.h"
#include "reference_system.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Reading ------------------------------------------------------------ */

/* The value of a hexadecimal digit, of either case; -1 for any other character. */
static int hex_digit(char character)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = character == '\0' ? NULL : strchr(digits, character);
    return found == NULL ? -1 : (int)((found - digits) % 16);
}

/* Exactly `size` bytes from exactly 2 × `size` digits. */
static bool read_hex(const char *text, size_t length, uint8_t *bytes_ret, size_t size)
{
    if (length != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes_ret[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

/* The text of a JSON string without a NUL inside; NULL for anything else. */
static const char *plain_text(const json_t *json)
{
    const char *text = json_string_value(json);
    return text != NULL && strlen(text) == json_string_length(json) ? text : NULL;
}

bool json_clip_numbers(char *line)
{
    bool clipped = false, quoted = false;

    for (char *at = line; *at != '\0'; at++) {
        size_t length = strspn(at, "+-.0123456789eE");
        if (*at == '"')
            quoted = !quoted;
        if (quoted && *at == '\\' && at[1] != '\0')
            at++;
        if (quoted || length == 0 || strchr("-0123456789", *at) == NULL)
            continue;
        char *end;
        /* The whole of it: strtod() also reads "0x1p9999" and "-inf", which are no JSON. */
        if (fabs(strtod(at, &end)) == HUGE_VAL && end == at + length) {
            char *digits = at + (*at == '-');
            memset(digits, ' ', (size_t)(end - digits));
            memcpy(digits, "1e308", 5); /* no shorter text is that large */
            clipped = true;
        }
        at += length - 1;
    }
    return clipped;
}

bool json_pid_read(const json_t *json, uint32_t *pid_ret)
{
    json_int_t value = json_integer_value(json);
    if (!json_is_integer(json) || value < 0 || value > UINT32_MAX)
        return false;
    *pid_ret = (uint32_t)value;
    return true;
}

static json_t *read_pid(const json_t *json, struct json_record *record)
{
    if (json_pid_read(json, &record->record.pid))
        return NULL;
    if (json_is_integer(json))
        return json_refused_input(PIDPROOF_INVALID_PID, "pid",
                                  "is no number that a process can have");
    return json_refused_input(PIDPROOF_INVALID_RECORD, "pid", "must be an integer");
}

static json_t *read_boot_id(const json_t *json, struct json_record *record)
{
    record->record.boot_id = plain_text(json);
    return record->record.boot_id != NULL
               ? NULL
               : json_refused_input(PIDPROOF_INVALID_RECORD, "boot_id", "must be text without NUL");
}

/* Whether the path is absolute is for the library to say. */
static json_t *read_exe_path(const json_t *json, struct json_record *record)
{
    record->record.exe_path = plain_text(json);
    return record->record.exe_path != NULL ? NULL
                                           : json_refused_input(PIDPROOF_INVALID_RECORD, "exe_path",
                                                                "must be text without NUL");
}

static json_t *read_exe_path_hex(const json_t *json, struct json_record *record)
{
    size_t size = json_string_length(json) / 2;
    char *path = calloc(size + 1, 1);

    if (path != NULL && json_is_string(json) &&
        read_hex(json_string_value(json), json_string_length(json), (uint8_t *)path, size) &&
        strlen(path) == size) {
        record->record.exe_path = record->path_owned = path;
        return NULL;
    }
    free(path);
    return json_refused_input(PIDPROOF_INVALID_RECORD, "exe_path",
                              "exe_path_hex must be pairs of hexadecimal digits, none of them 00");
}

static json_t *read_exe_sha256(const json_t *json, struct json_record *record)
{
    if (json_is_string(json) && read_hex(json_string_value(json), json_string_length(json),
                                         record->record.exe_sha256, PIDPROOF_SHA256_SIZE))
        return NULL;
    return json_refused_input(PIDPROOF_INVALID_RECORD, "exe_sha256",
                              "must be exactly 64 hexadecimal digits");
}

static json_t *read_instance(const json_t *json, struct json_record *record)
{
    record->record.instance = plain_text(json);
    if (record->record.instance != NULL && record->record.instance[0] != '\0')
        return NULL;
    return json_refused_input(PIDPROOF_INVALID_RECORD, "instance",
                              "must be text, not empty, without NUL");
}

/* Every member a record may have. */
static const struct member {
    const char *name;
    bool required;
    json_t *(*read)(const json_t *json, struct json_record *record);
} members[] = {
    {"pid", true, read_pid},
    {"boot_id", true, read_boot_id},
    {"exe_path", false, read_exe_path}, /* one of these two, see below */
    {"exe_path_hex", false, read_exe_path_hex},
    {"exe_sha256", true, read_exe_sha256},
    {"instance", false, read_instance},
};
enum { MEMBERS = sizeof members / sizeof members[0] };

static json_t *read_members(const json_t *json, struct json_record *record)
{
    size_t known = 0;

    for (size_t i = 0; i < MEMBERS; i++) {
        const json_t *value = json_object_get(json, members[i].name);
        json_t *refusal = NULL;
        if (value != NULL) {
            known++;
            refusal = members[i].read(value, record);
        } else if (members[i].required) {
            refusal = json_refused_input(PIDPROOF_INVALID_RECORD, members[i].name, "is missing");
        }
        if (refusal != NULL)
            return refusal;
    }
    bool as_text = json_object_get(json, "exe_path") != NULL;
    bool as_hex = json_object_get(json, "exe_path_hex") != NULL;
    if (as_text == as_hex)
        return json_refused_input(PIDPROOF_INVALID_RECORD, "exe_path",
                                  as_text ? "stands twice, as text and as hex" : "is missing");
    if (known != json_object_size(json))
        return json_refused_input(PIDPROOF_INVALID_RECORD, NULL, "has a member no record has");
    return NULL;
}

json_t *json_record_read(const json_t *json, struct json_record *record_ret)
{
    struct json_record record = {0};

    if (!json_is_object(json))
        return json_refused_input(PIDPROOF_INVALID_RECORD, NULL, "must be an object");
    json_t *refusal = read_members(json, &record);
    if (refusal != NULL) {
        json_record_clear(&record);
        return refusal;
    }
    *record_ret = record;
    return NULL;
}

void json_record_clear(struct json_record *record)
{
    free(record->path_owned);
    *record = (struct json_record){0};
}

/* ---- Writing ------------------------------------------------------------ */

static void write_hex(const uint8_t *bytes, size_t size, char *text_ret)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        text_ret[2 * i] = digits[bytes[i] / 16];
        text_ret[2 * i + 1] = digits[bytes[i] % 16];
    }
    text_ret[2 * size] = '\0';
}

json_t *json_sha256(const uint8_t sha256[PIDPROOF_SHA256_SIZE])
{
    char text[2 * PIDPROOF_SHA256_SIZE + 1];
    write_hex(sha256, PIDPROOF_SHA256_SIZE, text);
    return json_pack("{s:s}", "sha256", text);
}

/* exe_path, or exe_path_hex where the bytes are not UTF-8. */
static bool put_path(json_t *record, const char *path)
{
    json_t *text = json_string(path);
    if (text != NULL)
        return json_object_set_new(record, "exe_path", text) == 0;

    size_t size = strlen(path);
    char *hex = malloc(2 * size + 1);
    if (hex == NULL)
        return false;
    write_hex((const uint8_t *)path, size, hex);
    int failed = json_object_set_new(record, "exe_path_hex", json_string(hex));
    free(hex);
    return failed == 0;
}

json_t *json_captured(const pidproof_record *record)
{
    json_t *json = json_sha256(record->exe_sha256);
    json_t *digest = json == NULL ? NULL : json_object_get(json, "sha256");
    json_t *captured = json_pack("{s:I, s:s, s:O, s:s*}", "pid", (json_int_t)record->pid, "boot_id",
                                 record->boot_id == NULL ? "" : record->boot_id, "exe_sha256",
                                 digest, "instance", record->instance);
    json_decref(json);
    if (captured == NULL || !put_path(captured, record->exe_path)) {
        json_decref(captured);
        return NULL;
    }
    return json_pack("{s:o}", "record", captured);
}

json_t *json_accepted(json_int_t handle, unsigned evidence)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {
        {PIDPROOF_EVIDENCE_BOOT_ID, "boot_id"},       {PIDPROOF_EVIDENCE_EXE_PATH, "exe_path"},
        {PIDPROOF_EVIDENCE_EXE_SHA256, "exe_sha256"}, {PIDPROOF_EVIDENCE_INSTANCE, "instance"},
        {PIDPROOF_EVIDENCE_BOUND, "bound"},
    };
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (evidence & names[i].bit)
            json_array_append_new(list, json_string(names[i].name));
    return json_pack("{s:{s:I, s:o}}", "accepted", "handle", handle, "evidence", list);
}

/* Sets a member unless there is nothing to say; bytes that are not UTF-8 stay unsaid. */
static void put(json_t *object, const char *member, json_t *value_taken)
{
    if (value_taken != NULL)
        json_object_set_new(object, member, value_taken);
}

static json_t *text_or_null(const char *text)
{
    return text == NULL ? NULL : json_string(text);
}

json_t *json_refused(const pidproof_error *error)
{
    char message[512];
    json_t *refused = json_object();

    put(refused, "reason", json_string(pidproof_reason_name(error->reason)));
    if (error->pid != 0 || error->reason == PIDPROOF_INVALID_PID)
        put(refused, "pid", json_integer(error->pid));
    put(refused, "field", text_or_null(error->field));
    put(refused, "expected", text_or_null(error->expected));
    put(refused, "actual", text_or_null(error->actual));
    put(refused, "path", text_or_null(error->path));
    if (error->os_error != 0)
        put(refused, "os_error",
            json_pack("{s:I, s:s*}", "code", (json_int_t)error->os_error, "name",
                      system_error_name(error->os_error)));
    put(refused, "message", text_or_null(pidproof_error_format(error, message, sizeof message)));
    return json_pack("{s:o}", "refused", refused);
}

json_t *json_refused_input(pidproof_reason reason, const char *field, const char *why)
{
    const char *what = reason == PIDPROOF_INVALID_PID ? "invalid daemon pid: "
                       : field == NULL                ? "invalid daemon record: it "
                                                      : "invalid daemon record: ";
    return json_pack("{s:{s:s, s:s*, s:s+++}}", "refused", "reason", pidproof_reason_name(reason),
                     "field", field, "message", what, field == NULL ? "" : field,
                     field == NULL ? "" : " ", why);
}
