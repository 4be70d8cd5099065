/* Complaints, and the form of objects in a case: see lint_form.h. */
#include "lint_form.h"

#include <stdarg.h>
#include <string.h>

void complain(struct lint *lint, const char *where, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    fprintf(lint->out, "%s: %s: ", lint->file, where);
    vfprintf(lint->out, text, arguments);
    fputc('\n', lint->out);
    va_end(arguments);
    lint->complaints++;
}

static bool has_shape(const json_t *value, enum shape shape)
{
    switch (shape) {
    case TEXT:
        return json_is_string(value) && json_string_length(value) > 0;
    case TEXTS:
        for (size_t i = 0; i < json_array_size(value); i++) {
            if (!json_is_string(json_array_get(value, i))) {
                return false;
            }
        }
        return json_is_array(value);
    case OBJECT:
        return json_is_object(value);
    case LIST:
        return json_is_array(value) && json_array_size(value) > 0;
    case NUMBER:
        return json_is_number(value) && json_number_value(value) > 0;
    case BOOLEAN:
        return json_is_boolean(value);
    case ANYTHING:
        break;
    }
    return true;
}

bool is_reference(const char *text)
{
    return strstr(text, "${") != NULL;
}

/* `"${missing}"` alone stands for any JSON of a sweep. */
static bool is_whole_reference(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && strncmp(text, "${", 2) == 0 && strchr(text, '}') == strrchr(text, '\0') - 1;
}

static void check_words(struct lint *lint, const char *where, const json_t *value,
                        const struct member *member)
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
        const char *text = json_string_value(one);
        if (text && !is_reference(text) && !words_have(member->words, text)) {
            complain(lint, where, "'%s' is not known here; known: %s", text, member->words);
        }
    }
}

void check_members(struct lint *lint, const char *where, const json_t *object,
                   const struct member *members, const char *words)
{
    char place[128];
    for (const struct member *member = members; member->name; member++) {
        const json_t *value = json_object_get(object, member->name);
        snprintf(place, sizeof place, "%s%s%s", where, *where ? "." : "", member->name);
        if (!value && member->required) {
            complain(lint, place, "is missing; write %s", member->instead);
        } else if (value && !has_shape(value, member->shape) && !is_whole_reference(value)) {
            complain(lint, place, "has the wrong form; write %s", member->instead);
        } else if (value && member->words) {
            check_words(lint, place, value, member);
        }
    }
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        const struct member *member = members;
        while (member->name && strcmp(member->name, name) != 0) {
            member++;
        }
        if (!member->name && !(words && words_have(words, name))) {
            snprintf(place, sizeof place, "%s%s%s", where, *where ? "." : "", name);
            complain(lint, place, "there is no such member; CASES.md lists what there is");
        }
    }
}
