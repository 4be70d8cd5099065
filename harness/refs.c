/* References of a case, see refs.h. */
#include "refs.h"

#include "text.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- What a name stands for --------------------------------------------- */

static char *names_in(const json_t *object)
{
    struct text names = {0};
    const char *name;
    json_t *unused;

    json_object_foreach((json_t *)object, name, unused)
        text_addf(&names, "%s%s", names.length ? ", " : "", name);
    return text_take(&names);
}

/* `path` is "d.record"; borrowed from scope. */
static const json_t *look_up(const char *path, const json_t *scope, char **message_ret)
{
    const json_t *here = scope;
    const char *rest = path;

    while (true) {
        size_t length = strcspn(rest, ".");
        char *name = text_format("%.*s", (int)length, rest);
        const json_t *next = json_object_get(here, name);

        if (!next) {
            char *there = names_in(here);
            if (rest == path)
                *message_ret = text_format("${%s}: nothing so far is called '%s' (there is: %s)",
                                           path, name, there);
            else
                *message_ret = text_format("${%s}: '%.*s' has no '%s' (it has: %s)", path,
                                           (int)(rest - path - 1), path, name, there);
            free(there);
        }
        free(name);
        if (!next || !rest[length])
            return next;
        here = next;
        rest += length + 1;
    }
}

/* How a value reads inside a longer text. */
static char *as_text(const json_t *value)
{
    if (json_is_string(value))
        return text_format("%s", json_string_value(value));
    return refs_dump(value);
}

/* ---- Filters ------------------------------------------------------------ */

static json_t *from_text(char *text)
{
    json_t *value = json_string(text);
    free(text);
    return value;
}

static json_t *filter_upper(char *text, long long count)
{
    (void)count;
    for (char *c = text; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return json_string(text);
}

static json_t *filter_lower(char *text, long long count)
{
    (void)count;
    for (char *c = text; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return json_string(text);
}

static json_t *filter_slashes(char *text, long long count)
{
    (void)count;
    for (char *c = text; *c; c++)
        *c = *c == '\\' ? '/' : *c;
    return json_string(text);
}

/* '0' and '1' are each other's partner, and everything else becomes '0'. */
static json_t *filter_flip(char *text, long long count)
{
    (void)count;
    for (size_t i = strlen(text); i-- > 0;) {
        if (isxdigit((unsigned char)text[i])) {
            text[i] = text[i] == '0' ? '1' : '0';
            return json_string(text);
        }
    }
    return NULL; /* nothing was changed: the case would test nothing */
}

/* The character that many places before the end, or the first one; '0' and '1' as above. */
static json_t *filter_alter(char *text, long long count)
{
    size_t length = strlen(text);
    if (count < 1 || length == 0)
        return NULL;
    char *c = (size_t)count > length ? text : text + length - (size_t)count;
    *c = *c == '0' ? '1' : '0';
    return json_string(text);
}

static json_t *filter_head(char *text, long long count)
{
    size_t length = strlen(text);
    if (count < 0 || (size_t)count > length)
        return NULL;
    return json_stringn(text, (size_t)count);
}

static json_t *filter_tail(char *text, long long count)
{
    size_t length = strlen(text);
    if (count < 0 || (size_t)count > length)
        return NULL;
    return json_string(text + length - (size_t)count);
}

static json_t *filter_plus(char *text, long long count)
{
    char *end;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end)
        return NULL;
    if (count > 0 ? number > LLONG_MAX - count : number < LLONG_MIN - count)
        return NULL;
    return json_integer(number + count);
}

/* What -N looks like in 32 bits. */
static json_t *filter_wrapped(char *text, long long count)
{
    char *end;
    long long number = strtoll(text, &end, 10);
    (void)count;
    if (end == text || *end || number < 0 || number > UINT32_MAX)
        return NULL;
    return json_integer(INT64_C(4294967296) - number);
}

static json_t *filter_repeat(char *text, long long count)
{
    struct text repeated = {0};
    for (long long i = 0; i < count; i++)
        text_add(&repeated, text, strlen(text));
    return from_text(text_take(&repeated));
}

static const struct filter {
    const char *name;
    bool counts; /* `name:N` */
    json_t *(*apply)(char *text, long long count);
} filters[] = {
    {"upper", false, filter_upper},     {"lower", false, filter_lower},
    {"flip", false, filter_flip},       {"head", true, filter_head},
    {"tail", true, filter_tail},        {"plus", true, filter_plus},
    {"repeat", true, filter_repeat},    {"wrapped", false, filter_wrapped},
    {"slashes", false, filter_slashes}, {"alter", true, filter_alter},
};

/* Takes `value`. `filter` is "head:3". */
static json_t *apply_filter(const char *filter, json_t *value, char **message_ret)
{
    const char *colon = strchr(filter, ':');
    size_t length = colon ? (size_t)(colon - filter) : strlen(filter);

    /* The one filter that is not about text: the value as JSON spells it, for `$raw`. */
    if (!strcmp(filter, "json")) {
        json_t *spelled = from_text(refs_dump(value));
        json_decref(value);
        return spelled;
    }
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        if (strlen(filters[i].name) != length || strncmp(filters[i].name, filter, length) != 0)
            continue;

        char *end = NULL;
        long long count = colon ? strtoll(colon + 1, &end, 10) : 0;
        bool well_formed = filters[i].counts ? colon && end != colon + 1 && !*end : !colon;
        char *text = as_text(value);
        json_t *made = well_formed ? filters[i].apply(text, count) : NULL;
        if (!made)
            *message_ret =
                text_format("the filter '%s' cannot be applied to '%.80s'", filter, text);
        free(text);
        json_decref(value);
        return made;
    }
    *message_ret = text_format("there is no filter '%s' (there is: upper, lower, flip, head:N, "
                               "tail:N, alter:N, plus:N, repeat:N, wrapped, slashes, json)",
                               filter);
    json_decref(value);
    return NULL;
}

/* ---- References --------------------------------------------------------- */

/* `inside` is what stands between the braces, "d.exe_sha256|head:3|upper". */
static json_t *resolve_one(const char *inside, const json_t *scope, char **message_ret)
{
    size_t length = strcspn(inside, "|");
    char *path = text_format("%.*s", (int)length, inside);
    const json_t *found = look_up(path, scope, message_ret);
    json_t *value = found ? json_deep_copy(found) : NULL;

    free(path);
    for (const char *rest = inside + length; value && *rest == '|';) {
        length = strcspn(++rest, "|");
        char *filter = text_format("%.*s", (int)length, rest);
        value = apply_filter(filter, value, message_ret);
        free(filter);
        rest += length;
    }
    return value;
}

static json_t *resolve_text(const json_t *value, const json_t *scope, char **message_ret)
{
    const char *rest = json_string_value(value);
    struct text made = {0};

    if (!strstr(rest, "${"))
        return json_deep_copy(value); /* also what holds a NUL, unharmed */
    while (true) {
        const char *open = strstr(rest, "${");
        if (!open) {
            text_add(&made, rest, strlen(rest));
            return from_text(text_take(&made));
        }
        const char *close = strchr(open, '}');
        if (!close) {
            *message_ret = text_format("'%.80s': \"${\" without \"}\"", json_string_value(value));
            break;
        }
        char *inside = text_format("%.*s", (int)(close - open - 2), open + 2);
        json_t *one = resolve_one(inside, scope, message_ret);
        free(inside);
        if (!one)
            break;
        if (open == json_string_value(value) && !close[1])
            return one; /* alone: the value itself, not its text */

        char *text = as_text(one);
        json_decref(one);
        text_add(&made, rest, (size_t)(open - rest));
        text_add(&made, text, strlen(text));
        free(text);
        rest = close + 1;
    }
    text_clear(&made);
    return NULL;
}

/* {"$of": base, member: …}: the base with these members in place of its own. */
static json_t *resolve_of(const json_t *value, const json_t *scope, char **message_ret)
{
    json_t *base = refs_resolve(json_object_get(value, "$of"), scope, message_ret);
    const char *name;
    json_t *member;

    if (base && !json_is_object(base)) {
        *message_ret = text_format("\"$of\" wants an object");
        json_decref(base);
        base = NULL;
    }
    if (!base)
        return NULL;
    json_object_foreach((json_t *)value, name, member)
    {
        if (!strcmp(name, "$of"))
            continue;
        if (json_is_null(member)) {
            json_object_del(base, name);
            continue;
        }
        json_t *resolved = refs_resolve(member, scope, message_ret);
        if (!resolved) {
            json_decref(base);
            return NULL;
        }
        json_object_set_new(base, name, resolved);
    }
    return base;
}

static json_t *resolve_object(const json_t *value, const json_t *scope, char **message_ret)
{
    if (json_object_get(value, "$of"))
        return resolve_of(value, scope, message_ret);
    if (json_object_get(value, "$null"))
        return json_null();

    json_t *made = json_object();
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)value, name, member)
    {
        json_t *resolved = refs_resolve(member, scope, message_ret);
        if (!resolved) {
            json_decref(made);
            return NULL;
        }
        json_object_set_new(made, name, resolved);
    }
    return made;
}

json_t *refs_resolve(const json_t *value, const json_t *scope, char **message_ret)
{
    if (json_is_string(value))
        return resolve_text(value, scope, message_ret);
    if (json_is_object(value))
        return resolve_object(value, scope, message_ret);
    if (!json_is_array(value))
        return json_deep_copy(value);

    json_t *made = json_array();
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *resolved = refs_resolve(json_array_get(value, i), scope, message_ret);
        if (!resolved) {
            json_decref(made);
            return NULL;
        }
        json_array_append_new(made, resolved);
    }
    return made;
}

/* ---- Spelling ----------------------------------------------------------- */

static void dump(const json_t *value, struct text *line)
{
    if (json_is_object(value)) {
        const json_t *raw = json_object_get(value, "$raw");
        const char *name;
        json_t *member;
        const char *separator = "";

        if (json_is_string(raw)) {
            text_add(line, json_string_value(raw), json_string_length(raw));
            return;
        }
        text_add(line, "{", 1);
        json_object_foreach((json_t *)value, name, member)
        {
            json_t *key = json_string(name);
            text_addf(line, "%s", separator);
            dump(key, line);
            text_add(line, ":", 1);
            dump(member, line);
            json_decref(key);
            separator = ",";
        }
        text_add(line, "}", 1);
    } else if (json_is_array(value)) {
        text_add(line, "[", 1);
        for (size_t i = 0; i < json_array_size(value); i++) {
            text_addf(line, "%s", i ? "," : "");
            dump(json_array_get(value, i), line);
        }
        text_add(line, "]", 1);
    } else {
        char *spelled = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        text_addf(line, "%s", spelled ? spelled : "null");
        free(spelled);
    }
}

char *refs_dump(const json_t *value)
{
    struct text line = {0};
    dump(value, &line);
    return text_take(&line);
}
