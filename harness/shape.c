/* The shape of an adapter's results, see shape.h. */
#include "shape.h"

#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum type { INTEGER, INTEGERS, FLAG, TEXT, TEXTS, OBJECT, ANYTHING };

static const char *const type_names[] = {"an integer", "integers",  "true or false", "text",
                                         "texts",      "an object", "anything"};

struct member {
    const char *name;
    enum type type;
    bool optional;
    const struct member *inside; /* members of an object; NULL: whatever it holds */
};

#define END                        \
    {                              \
        NULL, ANYTHING, true, NULL \
    }

static const struct member os_error[] = {
    {"code", INTEGER, true, NULL}, {"name", TEXT, true, NULL}, END};

static const struct member refusal[] = {
    {"reason", TEXT, false, NULL},    {"pid", ANYTHING, true, NULL},
    {"path", TEXT, true, NULL},       {"path_hex", TEXT, true, NULL},
    {"field", TEXT, true, NULL},      {"expected", ANYTHING, true, NULL},
    {"actual", ANYTHING, true, NULL}, {"expected_hex", TEXT, true, NULL},
    {"actual_hex", TEXT, true, NULL}, {"os_error", OBJECT, true, os_error},
    {"message", TEXT, true, NULL},    END,
};
static const struct member acceptance[] = {
    {"handle", INTEGER, false, NULL}, {"evidence", TEXTS, true, NULL}, END};
static const struct member record[] = {
    {"pid", INTEGER, false, NULL},
    {"boot_id", TEXT, false, NULL},
    {"exe_path", TEXT, true, NULL},
    {"exe_path_hex", TEXT, true, NULL},
    {"exe_sha256", TEXT, false, NULL},
    {"instance", TEXT, true, NULL},
    END,
};

static const struct member nothing[] = {END};
static const struct member hello[] = {
    {"protocol", INTEGER, false, NULL},   {"name", TEXT, false, NULL},
    {"version", TEXT, false, NULL},       {"language", TEXT, false, NULL},
    {"capabilities", TEXTS, false, NULL}, END,
};
static const struct member boot_id[] = {{"boot_id", TEXT, false, NULL}, END};
static const struct member sha256[] = {{"sha256", TEXT, false, NULL}, END};
static const struct member captured[] = {{"record", OBJECT, false, record}, END};
static const struct member accepted[] = {{"accepted", OBJECT, false, acceptance}, END};
static const struct member pid[] = {{"pid", INTEGER, false, NULL}, END};
static const struct member alive[] = {{"alive", FLAG, false, NULL}, END};
static const struct member exited[] = {{"exited", FLAG, false, NULL}, END};
static const struct member sent[] = {{"sent", FLAG, false, NULL}, END};
static const struct member watch[] = {{"watch", INTEGER, false, NULL}, END};
static const struct member gone[] = {{"gone", INTEGERS, false, NULL}, END};
static const struct member measured[] = {
    {"elapsed_ns", INTEGER, false, NULL}, {"iterations", INTEGER, false, NULL}, END};

static const struct shape {
    const char *method;
    const struct member *members;
    bool refusable; /* {"refused": …} instead */
} shapes[] = {
    {"hello", hello, false},
    {"noop", nothing, false},
    {"boot_id", boot_id, false},
    {"sha256_file", sha256, true},
    {"capture", captured, true},
    {"verify", accepted, true},
    {"handle_pid", pid, false},
    {"is_alive", alive, true},
    {"process_is_alive", alive, false},
    {"wait", exited, true},
    {"terminate", sent, true},
    {"force_kill", sent, true},
    {"terminate_handle", sent, true},
    {"force_kill_handle", sent, true},
    {"watch", watch, true},
    {"watch_gone", gone, true},
    {"watch_close", nothing, false},
    {"close", nothing, false},
    {"bench", measured, true},
};

static const struct member refused[] = {{"refused", OBJECT, false, refusal}, END};

static bool all(const json_t *list, bool (*fits)(const json_t *))
{
    if (!json_is_array(list))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!fits(json_array_get(list, i)))
            return false;
    }
    return true;
}

static bool is_integer(const json_t *value)
{
    return json_is_integer(value);
}

static bool is_text(const json_t *value)
{
    return json_is_string(value);
}

static bool has_type(const json_t *value, enum type type)
{
    switch (type) {
    case INTEGER:
        return json_is_integer(value);
    case INTEGERS:
        return all(value, is_integer);
    case FLAG:
        return json_is_boolean(value);
    case TEXT:
        return json_is_string(value);
    case TEXTS:
        return all(value, is_text);
    case OBJECT:
        return json_is_object(value);
    case ANYTHING:
        break;
    }
    return true;
}

/* The result as a person sees it, not longer than a line. */
static char *quote(const json_t *value)
{
    char *whole = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);
    char *quoted =
        text_format("%.200s%s", whole ? whole : "nothing", whole && strlen(whole) > 200 ? "…" : "");
    free(whole);
    return quoted;
}

static char *wrong_member(const struct member *members, const json_t *object)
{
    for (const struct member *member = members; member->name; member++) {
        const json_t *value = json_object_get(object, member->name);
        if (!value && member->optional)
            continue;
        if (!value || !has_type(value, member->type)) {
            char *came = quote(object);
            char *message = text_format("expected \"%s\" to be %s, came %s", member->name,
                                        type_names[member->type], came);
            free(came);
            return message;
        }
        char *message = member->inside ? wrong_member(member->inside, value) : NULL;
        if (message)
            return message;
    }
    return NULL;
}

static const struct member *members_for(const char *method, const json_t *result)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (!strcmp(shapes[i].method, method))
            return shapes[i].refusable && json_object_get(result, "refused") ? refused
                                                                             : shapes[i].members;
    }
    return nothing;
}

char *shape_wrong(const char *method, const json_t *result)
{
    const struct member *members = members_for(method, result);
    char *message;

    if (!json_is_object(result)) {
        char *came = quote(result);
        message = text_format("expected \"result\" to be an object, came %s", came);
        free(came);
        return message;
    }
    message = wrong_member(members, result);
    if (!message && json_object_get(result, "refused") && json_object_get(result, "accepted"))
        message = text_format("expected \"accepted\" or \"refused\", came both");
    return message;
}

static void add_unknown(const struct member *members, const json_t *object, struct text *line)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)object, name, value)
    {
        const struct member *member = members;
        while (member->name && strcmp(member->name, name) != 0)
            member++;
        if (!member->name)
            text_addf(line, "%s\"%s\"", line->length ? ", " : "", name);
        else if (member->inside && json_is_object(value))
            add_unknown(member->inside, value, line);
    }
}

char *shape_unknown(const char *method, const json_t *result)
{
    struct text line = {0};
    add_unknown(members_for(method, result), result, &line);
    return line.data;
}
