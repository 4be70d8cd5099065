/*
 * Checks what a step refers to against what the steps before it made.
 */
#include "lint_references.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"
#include "vocabulary.h"

json_t *references_new(const json_t *case_)
{
    json_t *made = json_pack("{s:s, s:s, s:s}", "host", "boot_id pid_max", "adapter",
                             "pid exe_path child", "case", "dir");
    const char *name;
    json_t *values;
    json_object_foreach(json_object_get(case_, "sweep"), name, values)
    {
        json_object_set_new(made, name, json_string(""));
    }
    return made;
}

void references_add(json_t *made, const char *name, const struct word *word)
{
    if (*name) {
        json_object_set_new(made, name, json_string(word->gives));
    }
}

/* Where a complaint belongs. */
struct place {
    const json_t *made;
    const char *file, *where;
    FILE *out;
};

static size_t not_made(const struct place *place, const char *name)
{
    fprintf(place->out, "%s: %s: no earlier step made '%s'; made so far:", place->file,
            place->where, name);
    const char *known;
    json_t *members;
    json_object_foreach((json_t *)place->made, known, members)
    {
        fprintf(place->out, " %s", known);
    }
    fputc('\n', place->out);
    return 1;
}

static bool is_number(const char *text)
{
    const char *digits = text + (*text == '-');
    return *digits && digits[strspn(digits, "0123456789")] == 0;
}

/* `filter`: "flip" or "head:8". */
static bool filter_known(char *filter)
{
    char *argument = strchr(filter, ':');
    if (!argument) {
        return words_have("upper lower flip wrapped slashes json", filter);
    }
    *argument = '\0';
    return words_have("head tail alter plus repeat", filter) && is_number(argument + 1);
}

/* One reference without `${` and `}`; the text is cut up. */
static size_t check_reference(const struct place *place, char *reference)
{
    size_t complaints = 0;
    for (char *filter = strchr(reference, '|'); filter;) {
        *filter++ = '\0';
        char *next = strchr(filter, '|');
        if (next) {
            *next = '\0';
        }
        if (!filter_known(filter)) {
            fprintf(place->out,
                    "%s: %s: there is no filter '%s'; there are upper, lower, flip, wrapped, "
                    "slashes, json, "
                    "head:N, tail:N, alter:N, plus:N, repeat:N\n",
                    place->file, place->where, filter);
            complaints++;
        }
        filter = next;
    }
    char *member = strchr(reference, '.');
    if (member) {
        *member++ = '\0';
    }
    const json_t *made = json_object_get(place->made, reference);
    if (!made) {
        return complaints + not_made(place, reference);
    }
    char *deeper = member ? strchr(member, '.') : NULL;
    if (deeper) {
        *deeper = '\0';
    }
    size_t length = member ? strlen(member) : 0;
    if (length > 4 && strcmp(member + length - 4, "_hex") == 0) {
        member[length - 4] = '\0';
    }
    if (member && !words_have(json_string_value(made), member)) {
        fprintf(place->out, "%s: %s: '%s' has no '%s'; it has: %s\n", place->file, place->where,
                reference, member, json_string_value(made));
        complaints++;
    }
    return complaints;
}

static size_t check_text(const struct place *place, const char *text)
{
    size_t complaints = 0;
    while ((text = strstr(text, "${")) != NULL) {
        text += 2;
        size_t length = strcspn(text, "}");
        if (text[length] != '}') {
            fprintf(place->out, "%s: %s: a reference is not closed: '${%s'\n", place->file,
                    place->where, text);
            return complaints + 1;
        }
        char *reference = calloc(1, length + 1);
        if (reference) {
            memcpy(reference, text, length);
            complaints += check_reference(place, reference);
        }
        free(reference);
        text += length;
    }
    return complaints;
}

static size_t check_value(const struct place *place, const json_t *value)
{
    size_t complaints = 0;
    if (json_is_string(value)) {
        return check_text(place, json_string_value(value));
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        complaints += check_value(place, json_array_get(value, i));
    }
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)value, name, member)
    {
        complaints += check_value(place, member);
    }
    return complaints;
}

size_t references_check(const json_t *made, const json_t *step, const struct word *word,
                        const char *file, const char *where, FILE *out)
{
    struct place place = {made, file, where, out};
    size_t complaints = check_value(&place, step);
    for (const char *at = word ? word->takes : ""; *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " !@"), whole = strcspn(at, " ");
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        const char *object = json_string_value(json_object_get(step, name));
        if (memchr(at, '@', whole) && object && !strstr(object, "${") &&
            !json_object_get(made, object)) {
            complaints += not_made(&place, object);
        }
        at += whole;
    }
    return complaints;
}
