/*
 * Parsing, checking and rewriting a file of known failures.
 */
#include "known.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "text.h"

enum { MOST_CASES = 20 }; /* a pattern that names more hides more than anybody has looked at */

struct entry {
    char *line;    /* as it was written */
    char *pattern; /* NULL: a comment or an empty line */
    char *message; /* first words */
    bool critical;
};

struct known {
    char *path;
    struct entry *entries;
    size_t count;
};

/* ---- Parsing ------------------------------------------------------------- */

static char *trimmed(const char *text, size_t length)
{
    while (length && strchr(" \t\r", text[length - 1])) {
        length--;
    }
    while (length && strchr(" \t", *text)) {
        text++;
        length--;
    }
    return text_format("%.*s", (int)length, text);
}

/* Fills in what the line says; NULL, or what is wrong with it. */
static const char *parse_entry(struct entry *entry)
{
    static const char mark[] = "!critical";
    const char *hash = strchr(entry->line, '#');
    char *head = trimmed(entry->line, hash ? (size_t)(hash - entry->line) : strlen(entry->line));
    if (!*head) {
        free(head);
        return NULL;
    }
    entry->pattern = head;
    entry->message = hash ? trimmed(hash + 1, strlen(hash + 1)) : text_format("%s", "");
    size_t id = strcspn(head, " \t");
    const char *rest = head + id + strspn(head + id, " \t");
    entry->critical = strcmp(rest, mark) == 0;
    if (*rest && !entry->critical) {
        return "an entry is `case-id [!critical] # first words of the message`";
    }
    head[id] = '\0';
    if (!*entry->message) {
        return "an entry carries the first words of the message behind #";
    }
    if (strstr(head, "**") || strchr(head, '?')) {
        return "only * for one segment of an id may stand in an entry";
    }
    return NULL;
}

bool known_parse(const char *path, const char *text, struct known **known_ret, char **message_ret)
{
    struct known *known = calloc(1, sizeof *known);
    size_t lines = 1;
    for (const char *at = text; *at; at++) {
        lines += *at == '\n';
    }
    if (!known || !(known->entries = calloc(lines, sizeof *known->entries))) {
        free(known);
        *message_ret = text_format("%s: no memory", path);
        return false;
    }
    known->path = text_format("%s", path);
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "\n");
        struct entry *entry = &known->entries[known->count++];
        entry->line = text_format("%.*s", (int)length, at);
        const char *wrong = parse_entry(entry);
        if (wrong) {
            *message_ret = text_format("%s:%zu: %s", path, known->count, wrong);
            known_free(known);
            return false;
        }
        at += length + (at[length] == '\n');
    }
    *known_ret = known;
    return true;
}

void known_free(struct known *known)
{
    if (!known) {
        return;
    }
    for (size_t i = 0; i < known->count; i++) {
        free(known->entries[i].line);
        free(known->entries[i].pattern);
        free(known->entries[i].message);
    }
    free(known->entries);
    free(known->path);
    free(known);
}

/* ---- Checking ------------------------------------------------------------ */

static json_t *result_of(const json_t *results, const char *id)
{
    for (size_t i = 0; i < json_array_size(results); i++) {
        json_t *result = json_array_get(results, i);
        if (strcmp(case_id(result), id) == 0) {
            return result;
        }
    }
    return NULL;
}

/* What keeps an entry from being true of one case; NULL where it is. Static text. */
static const char *untrue(const struct entry *entry, const json_t *result, bool filtered)
{
    if (!result) {
        return filtered ? NULL : "is listed and never ran";
    }
    const char *outcome = case_text(result, "outcome"), *message = case_text(result, "message");
    if (strcmp(outcome, "pass") == 0) {
        return "is listed and passes: remove it";
    }
    if (strcmp(outcome, "unsupported") == 0 || strcmp(outcome, "not-established") == 0) {
        return filtered ? NULL : "is listed and was not judged";
    }
    if (strcmp(outcome, "fail") != 0) {
        return "is listed, and a crash, timeout or protocol error is never a known failure";
    }
    if (strncmp(message, entry->message, strlen(entry->message)) != 0) {
        return "is listed and fails in another way";
    }
    if (result_is_critical(result) && !entry->critical) {
        return "is listed and critical (false-accept or harm), which its entry must admit with "
               "!critical";
    }
    return NULL;
}

static size_t named_by(const struct entry *entry, const struct suite *suite)
{
    size_t named = 0;
    for (size_t i = 0; i < suite->count; i++) {
        named += id_matches(entry->pattern, case_id(suite->cases[i]));
    }
    return named;
}

static bool names_some(const struct entry *entry, const struct suite *suite)
{
    size_t named = named_by(entry, suite);
    return named > 0 && named <= MOST_CASES;
}

size_t known_check_names(const struct known *known, const struct suite *suite, FILE *out)
{
    size_t complaints = 0;
    for (size_t i = 0; i < known->count; i++) {
        const struct entry *entry = &known->entries[i];
        if (entry->pattern && !names_some(entry, suite)) {
            complaints++;
            fprintf(out,
                    "%s:%zu: '%s' names %zu cases; an entry names at least one and at most %d\n",
                    known->path, i + 1, entry->pattern, named_by(entry, suite), MOST_CASES);
        }
    }
    return complaints;
}

/* Complaints about one entry; `out` may be NULL. */
static size_t check_entry(const struct known *known, size_t number, const struct suite *suite,
                          const json_t *results, bool filtered, FILE *out)
{
    const struct entry *entry = &known->entries[number];
    size_t complaints = 0;
    if (!names_some(entry, suite)) {
        return 1; /* which --known-fix removes */
    }
    for (size_t i = 0; i < suite->count; i++) {
        const char *id = case_id(suite->cases[i]);
        if (!id_matches(entry->pattern, id)) {
            continue;
        }
        json_t *result = result_of(results, id);
        const char *wrong = untrue(entry, result, filtered);
        if (wrong) {
            complaints++;
            if (out) {
                fprintf(out, "%s:%zu: %s %s%s%s\n", known->path, number + 1, id, wrong,
                        result && *case_text(result, "message") ? "; it says: " : "",
                        result ? case_text(result, "message") : "");
            }
        } else if (result && strcmp(case_text(result, "outcome"), "fail") == 0) {
            json_object_set_new(result, "known", json_true());
        }
    }
    return complaints;
}

size_t known_check(const struct known *known, const struct suite *suite, const json_t *results,
                   bool filtered, FILE *out)
{
    size_t complaints = 0;
    for (size_t i = 0; i < known->count; i++) {
        if (known->entries[i].pattern) {
            complaints += check_entry(known, i, suite, results, filtered, out);
        }
    }
    return complaints;
}

/* ---- Rewriting ----------------------------------------------------------- */

static bool covered(const struct known *known, const bool *kept, const char *id)
{
    for (size_t i = 0; i < known->count; i++) {
        if (known->entries[i].pattern && kept[i] && id_matches(known->entries[i].pattern, id)) {
            return true;
        }
    }
    return false;
}

static void add_entry(struct text *fixed, const json_t *result)
{
    /* One line of words: a message may quote what the adapter sent. */
    char *message = text_format("%s", case_text(result, "message"));
    message[strcspn(message, "\r\n")] = '\0';
    text_addf(fixed, "%s%s # %s\n", case_id(result), result_is_critical(result) ? " !critical" : "",
              message);
    free(message);
}

char *known_fixed(const struct known *known, const struct suite *suite, const json_t *results)
{
    struct text fixed = {0};
    bool *kept = calloc(known->count + 1, sizeof *kept);
    for (size_t i = 0; kept && i < known->count; i++) {
        kept[i] =
            !known->entries[i].pattern || check_entry(known, i, suite, results, false, NULL) == 0;
        if (kept[i]) {
            text_addf(&fixed, "%s\n", known->entries[i].line);
        }
    }
    for (size_t i = 0; kept && i < json_array_size(results); i++) {
        const json_t *result = json_array_get(results, i);
        bool failed = strcmp(case_text(result, "outcome"), "fail") == 0;
        if (failed && !covered(known, kept, case_id(result))) {
            add_entry(&fixed, result);
        }
    }
    free(kept);
    return text_take(&fixed);
}
