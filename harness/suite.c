/*
 * Loading the cases, finding one, and what SPEC.md says about clauses and reasons.
 */
#include "suite.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "embedded.h"
#include "text.h"

/* Hostile records hold NUL; a member given twice would hide one of them. */
#define CASE_FLAGS (JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL)

/* Takes over `case_` and remembers its file with it, in {"file": …, "case": …}. */
static bool take(json_t *owner, const char *file, json_t *case_, const json_error_t *error,
                 char **message_ret)
{
    if (!case_) {
        *message_ret =
            text_format("%s:%d:%d: not JSON: %s", file, error->line, error->column, error->text);
        return false;
    }
    if (!json_is_object(case_)) {
        json_decref(case_);
        *message_ret = text_format("%s: a case is one JSON object; CASES.md shows one", file);
        return false;
    }
    json_array_append_new(owner, json_pack("{s:s, s:o}", "file", file, "case", case_));
    return true;
}

static bool take_file(json_t *owner, const char *file, char **message_ret)
{
    json_error_t error;
    struct text text = {0};
    int status = text_add_file(&text, file);
    if (status) {
        *message_ret = text_format("%s: cannot read this case: %s", file, uv_strerror(status));
        text_clear(&text);
        return false;
    }
    json_t *case_ = json_loadb(text.data ? text.data : "", text.length, CASE_FLAGS, &error);
    text_clear(&text);
    return take(owner, file, case_, &error, message_ret);
}

static bool ends_with(const char *text, const char *tail)
{
    size_t length = strlen(text), tail_length = strlen(tail);
    return length >= tail_length && strcmp(text + length - tail_length, tail) == 0;
}

/* Loads every *.json below `directory`. */
static bool take_directory(json_t *owner, const char *directory, char **message_ret)
{
    uv_fs_t scan;
    int count = uv_fs_scandir(NULL, &scan, directory, 0, NULL);
    if (count < 0) {
        *message_ret = text_format("%s: cannot read this directory of cases: %s", directory,
                                   uv_strerror(count));
        uv_fs_req_cleanup(&scan);
        return false;
    }
    bool ok = true;
    uv_dirent_t entry;
    while (ok && uv_fs_scandir_next(&scan, &entry) != UV_EOF) {
        char *path = text_format("%s/%s", directory, entry.name);
        if (entry.type == UV_DIRENT_DIR) {
            ok = take_directory(owner, path, message_ret);
        } else if (ends_with(entry.name, ".json")) {
            ok = take_file(owner, path, message_ret);
        }
        free(path);
    }
    uv_fs_req_cleanup(&scan);
    return ok;
}

static int by_id(const void *left, const void *right)
{
    const json_t *a = *(json_t *const *)left, *b = *(json_t *const *)right;
    int order = strcmp(case_id(json_object_get(a, "case")), case_id(json_object_get(b, "case")));
    return order ? order
                 : strcmp(json_string_value(json_object_get(a, "file")),
                          json_string_value(json_object_get(b, "file")));
}

/* Makes the sorted suite out of what was taken; takes over `owner`. */
static bool finish(struct suite *suite_ret, json_t *owner, size_t embedded, char **message_ret)
{
    size_t count = json_array_size(owner);
    struct suite suite = {.count = count, .embedded = embedded, .owner = owner};
    const json_t **taken = calloc(count + 1, sizeof(*taken));
    suite.cases = calloc(count + 1, sizeof(*suite.cases));
    suite.files = calloc(count + 1, sizeof(*suite.files));
    if (!taken || !suite.cases || !suite.files) {
        *message_ret = text_format("no memory for %zu cases", count);
        free(taken);
        suite_clear(&suite);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        taken[i] = json_array_get(owner, i);
    }
    qsort(taken, count, sizeof(*taken), by_id);
    for (size_t i = 0; i < count; i++) {
        suite.cases[i] = json_object_get(taken[i], "case");
        suite.files[i] = json_string_value(json_object_get(taken[i], "file"));
    }
    free(taken);
    *suite_ret = suite;
    return true;
}

bool suite_load(struct suite *suite_ret, const char *directory, char **message_ret)
{
    json_t *owner = json_array();
    bool ok = true;
    for (const struct embedded_case *embedded = embedded_cases; ok && embedded->file; embedded++) {
        json_error_t error;
        json_t *case_ = json_loads(embedded->text, CASE_FLAGS, &error);
        ok = take(owner, embedded->file, case_, &error, message_ret);
    }
    size_t embedded = json_array_size(owner);
    if (ok && directory) {
        ok = take_directory(owner, directory, message_ret);
    }
    if (!ok) {
        json_decref(owner);
        return false;
    }
    return finish(suite_ret, owner, embedded, message_ret);
}

bool suite_load_files(struct suite *suite_ret, char *const *files, char **message_ret)
{
    json_t *owner = json_array();
    for (; *files; files++) {
        if (!take_file(owner, *files, message_ret)) {
            json_decref(owner);
            return false;
        }
    }
    return finish(suite_ret, owner, 0, message_ret);
}

void suite_clear(struct suite *suite)
{
    if (!suite) {
        return;
    }
    free(suite->cases);
    free(suite->files);
    json_decref(suite->owner);
    *suite = (struct suite){0};
}

const json_t *suite_find(const struct suite *suite, const char *id)
{
    for (size_t i = 0; i < suite->count; i++) {
        if (strcmp(case_id(suite->cases[i]), id) == 0) {
            return suite->cases[i];
        }
    }
    return NULL;
}

const char *case_id(const json_t *case_)
{
    return case_text(case_, "id");
}

const char *case_text(const json_t *case_, const char *member)
{
    const char *text = json_string_value(json_object_get(case_, member));
    return text ? text : "";
}

bool case_names(const json_t *case_, const char *member, const char *text)
{
    const json_t *list = json_object_get(case_, member);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *named = json_string_value(json_array_get(list, i));
        if (named && strcmp(named, text) == 0) {
            return true;
        }
    }
    return false;
}

static bool asks_hardened(const json_t *case_)
{
    const json_t *steps = json_object_get(case_, "steps");
    bool any = strcmp(case_text(case_, "profile"), "hardened") == 0;
    for (size_t i = 0; i < json_array_size(steps); i++) {
        any = any || strcmp(case_text(json_array_get(steps, i), "profile"), "hardened") == 0;
    }
    return any;
}

bool case_is_of(const json_t *case_, const char *system)
{
    if (strcmp(system, "unix") == 0) {
        return case_names(case_, "systems", "linux") &&
               (case_names(case_, "systems", "darwin") || case_names(case_, "systems", "bsd"));
    }
    return case_names(case_, "systems", system);
}

bool case_in_profile(const json_t *case_, const char *profile)
{
    if (strcmp(profile, "core") == 0) {
        return strcmp(case_text(case_, "profile"), "core") == 0;
    }
    return strcmp(profile, "all") == 0 || asks_hardened(case_);
}

bool id_matches(const char *glob, const char *id)
{
    for (; *glob; glob++, id++) {
        if (*glob == '*') {
            bool across = glob[1] == '*';
            const char *rest = glob + (across ? 2 : 1);
            for (;; id++) {
                if (id_matches(rest, id)) {
                    return true;
                }
                if (!*id || (*id == '/' && !across)) {
                    return false;
                }
            }
        }
        if (!*id || (*glob == '?' ? *id == '/' : *glob != *id)) {
            return false;
        }
    }
    return !*id;
}

const struct clause *clauses(void)
{
    return embedded_clauses;
}

const struct clause *clause_find(const char *id)
{
    for (const struct clause *clause = embedded_clauses; clause->id; clause++) {
        if (strcmp(clause->id, id) == 0) {
            return clause;
        }
    }
    return NULL;
}

const char *clause_text(const char *clause)
{
    const struct clause *found = clause_find(clause);
    return found ? found->text : NULL;
}

const char *reason_class(const char *reason)
{
    for (const struct embedded_reason *known = embedded_reasons; known->name; known++) {
        if (strcmp(known->name, reason) == 0) {
            return known->class_;
        }
    }
    return NULL;
}

const char *reason_name(size_t n)
{
    for (const struct embedded_reason *known = embedded_reasons; known->name; known++) {
        if (n-- == 0) {
            return known->name;
        }
    }
    return NULL;
}
