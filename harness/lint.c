/*
 * The form of a case and of its steps, and the corpus as a whole. References are
 * checked in lint_references.c, constant adapters played in lint_constant.c.
 */
#include "lint.h"

#include <stdarg.h>
#include <string.h>

#include "judge.h"
#include "lint_references.h"
#include "vocabulary.h"

enum shape { TEXT, TEXTS, OBJECT, LIST, NUMBER, BOOLEAN, ANYTHING };

/* One member of an object in a case; `words` are the only values, where not NULL. */
struct member {
    const char *name;
    enum shape shape;
    bool required;
    const char *words;
    const char *instead; /* what to write */
};

static const struct member case_members[] = {
    {"id", TEXT, true, 0, "its path below cases/ without .json, \"look/zombie\""},
    {"title", TEXT, true, 0, "what is true when the case passes"},
    {"harm", TEXT, true, 0, "one sentence: what goes wrong in the world"},
    {"clauses", TEXTS, true, 0, "ids of SPEC.md, the one it is about first: [\"LOOK-4\"]"},
    {"level", TEXT, true, "MUST SHOULD", "MUST or SHOULD"},
    {"profile", TEXT, true, "core hardened", "core or hardened"},
    {"systems", TEXTS, true, known_systems, "some of linux, darwin, windows, bsd"},
    {"needs", TEXTS, false, 0, "features that `pidproof doctor` knows"},
    {"capabilities", TEXTS, false, known_capabilities, "capability groups of PROTOCOL.md"},
    {"sources", TEXTS, false, 0, "who reports it: [\"https://…\"]"},
    {"adapter", OBJECT, false, 0, "how the adapter is started, an object"},
    {"deadline_s", NUMBER, false, 0, "seconds a question may take, a number"},
    {"sweep", OBJECT, false, 0, "{\"name\": [\"a\", \"b\"]}"},
    {"tries", NUMBER, false, 0, "how often the situation is built until it holds, a number"},
    {"steps", LIST, true, 0, "a list of do, ask and expect objects"},
    {0},
};

static const struct member adapter_members[] = {
    {"seccomp", OBJECT, false, 0, "{\"pidfd_open\": \"ENOSYS\"}"},
    {"nofile", ANYTHING, false, 0, "a number, \"exhausted\" or \"exhausted+N\""},
    {"close", LIST, false, 0, "a list of descriptors: [0]"},
    {"proc", TEXT, false, "none hidepid subset outer", "none, hidepid, subset or outer"},
    {"pidns", BOOLEAN, false, 0, "true or false"},
    {"landlock", TEXT, false, "signals", "signals"},
    {"user", TEXT, false, "other", "other"},
    {"timens", ANYTHING, false, 0, "a number of seconds"},
    {0},
};

static const struct member ask_members[] = {
    {"ask", TEXT, true, 0, "a method of PROTOCOL.md"},
    {"params", OBJECT, false, 0, "the method's params, an object"},
    {"as", TEXT, false, 0, "a name for the answer"},
    {"allow", LIST, true, 0, "every answer that is right: [{\"refused\": \"not_found\"}]"},
    {"living", BOOLEAN, false, 0, "true or false"},
    {"profile", TEXT, false, "core hardened", "core or hardened"},
    {"deadline_s", NUMBER, false, 0, "a number of seconds"},
    {0},
};

static const struct member expect_members[] = {
    {"expect", TEXT, true, 0, "state, await, untouched or memory"},
    {"allow", LIST, true, 0, "every state that is right: [{\"alive\": true}]"},
    {"otherwise", TEXT, true, "false-accept harm false-refuse wrong-reason leak",
     "the direction of the failure: harm, false-accept, …"},
    {"profile", TEXT, false, "core hardened", "core or hardened"},
    {0},
};

struct lint {
    const json_t *case_;
    const char *file;
    FILE *out;
    size_t complaints;
};

static void complain(struct lint *lint, const char *where, const char *text, ...)
    __attribute__((format(printf, 3, 4)));

static void complain(struct lint *lint, const char *where, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    fprintf(lint->out, "%s: %s: ", lint->file, where);
    vfprintf(lint->out, text, arguments);
    fputc('\n', lint->out);
    va_end(arguments);
    lint->complaints++;
}

/* ---- Members ------------------------------------------------------------- */

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

/* A value that a reference stands for is known only when the case runs. */
static bool is_reference(const char *text)
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

/* `words`: names that are members too, spoken for elsewhere; NULL: none. */
static void check_members(struct lint *lint, const char *where, const json_t *object,
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

/* Arguments of an operation or params of a question against its word. */
static void check_arguments(struct lint *lint, const char *where, const json_t *arguments,
                            const struct word *word)
{
    char name[64];
    for (const char *at = word->takes; *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " !@"), whole = strcspn(at, " ");
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        bool required = memchr(at, '!', whole) != NULL;
        if (required && !json_object_get(arguments, name)) {
            complain(lint, where, "%s needs '%s'", word->name, name);
        }
        at += whole;
    }
}

static void check_unknown_arguments(struct lint *lint, const char *where, const json_t *arguments,
                                    const struct word *word, const char *except)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)arguments, name, value)
    {
        if (!words_have(except, name) && !words_have(word->takes, name)) {
            complain(lint, where, "%s does not take '%s'; it takes: %s", word->name, name,
                     *word->takes ? word->takes : "nothing");
        }
    }
}

/* ---- Allowed answers ----------------------------------------------------- */

static void check_reason(struct lint *lint, const char *where, const json_t *reason)
{
    const char *text = json_string_value(reason);
    if (!text) {
        complain(lint, where, "a reason is a text of SPEC.md, \"*\", or a list of texts");
    } else if (strcmp(text, "*") != 0 && !is_reference(text) && !reason_class(text)) {
        complain(lint, where, "SPEC.md has no reason '%s'", text);
    }
}

static void check_refused(struct lint *lint, const char *where, const json_t *refused)
{
    static const char details[] = "reason pid expected actual path field os_error";
    const json_t *reasons = refused;
    if (json_is_object(refused)) {
        const char *name;
        json_t *value;
        json_object_foreach((json_t *)refused, name, value)
        {
            if (!words_have(details, name)) {
                complain(lint, where, "a refusal has no detail '%s'; it has: %s", name, details);
            }
        }
        reasons = json_object_get(refused, "reason");
    }
    if (!json_is_array(reasons)) {
        check_reason(lint, where, reasons);
        return;
    }
    for (size_t i = 0; i < json_array_size(reasons); i++) {
        check_reason(lint, where, json_array_get(reasons, i));
    }
}

static void check_accepted(struct lint *lint, const char *where, const json_t *accepted)
{
    static const struct member members[] = {
        {"evidence_has", TEXTS, false, "boot_id exe_path exe_sha256 instance bound", "fields"},
        {"evidence_lacks", TEXTS, false, "boot_id exe_path exe_sha256 instance bound", "fields"},
        {0},
    };
    if (json_is_object(accepted)) {
        check_members(lint, where, accepted, members, NULL);
    } else if (!json_is_true(accepted)) {
        complain(lint, where, "write {\"accepted\": true} or what its evidence must be");
    }
}

static void check_allow(struct lint *lint, const char *where, const json_t *step,
                        const struct word *word)
{
    const json_t *allow = json_object_get(step, "allow");
    for (size_t i = 0; i < json_array_size(allow); i++) {
        const json_t *entry = json_array_get(allow, i);
        char place[96];
        snprintf(place, sizeof place, "%s.allow[%zu]", where, i);
        if (json_object_size(entry) == 0 && *word->gives) {
            complain(lint, place,
                     "an entry that names nothing fits every answer; say what must "
                     "be there: {\"alive\": false}");
        }
        const char *name;
        json_t *value;
        json_object_foreach((json_t *)entry, name, value)
        {
            if (strcmp(name, "refused") == 0) {
                check_refused(lint, place, value);
            } else if (strcmp(name, "accepted") == 0) {
                check_accepted(lint, place, value);
            } else if (!words_have(word->gives, name)) {
                complain(lint, place, "%s has no '%s'; it has: %s", word->name, name, word->gives);
            }
        }
    }
}

/* ---- Steps --------------------------------------------------------------- */

static const struct word *known_word(struct lint *lint, const char *where, const char *kind,
                                     const struct word *table, const json_t *step)
{
    const char *name = case_text(step, kind);
    const struct word *word = word_find(table, name);
    if (!word && *name) {
        complain(lint, where, "there is no %s '%s'; %s lists what there is", kind, name,
                 table == ask_words ? "PROTOCOL.md" : "fixtures/launcher/OPERATIONS.md");
    }
    return word;
}

static void check_adapter(struct lint *lint, const char *where, const json_t *adapter)
{
    if (json_is_object(adapter)) {
        check_members(lint, where, adapter, adapter_members, NULL);
    } else {
        complain(lint, where, "how an adapter is started is an object: {\"proc\": \"hidepid\"}");
    }
}

static const struct word *check_step(struct lint *lint, const char *where, const json_t *step)
{
    const struct word *word = NULL;
    if (json_object_get(step, "do")) {
        word = known_word(lint, where, "do", do_words, step);
        if (word) {
            check_arguments(lint, where, step, word);
            check_unknown_arguments(lint, where, step, word, "do");
        }
    } else if (json_object_get(step, "ask")) {
        check_members(lint, where, step, ask_members, NULL);
        word = known_word(lint, where, "ask", ask_words, step);
        if (word) {
            const json_t *params = json_object_get(step, "params");
            check_arguments(lint, where, params, word);
            check_unknown_arguments(lint, where, params, word, "");
            check_allow(lint, where, step, word);
            if (word->capability && !case_names(lint->case_, "capabilities", word->capability)) {
                complain(lint, where,
                         "%s is asked of adapters that claim '%s': add it to "
                         "\"capabilities\"",
                         word->name, word->capability);
            }
        }
    } else if (json_object_get(step, "expect")) {
        word = known_word(lint, where, "expect", expect_words, step);
        check_members(lint, where, step, expect_members, word ? word->takes : NULL);
        if (word) {
            check_arguments(lint, where, step, word);
            check_allow(lint, where, step, word);
        }
    } else if (json_object_get(step, "adapter")) {
        check_adapter(lint, where, json_object_get(step, "adapter"));
    } else {
        complain(lint, where, "a step has \"do\", \"ask\", \"expect\" or \"adapter\"");
    }
    return word;
}

static void check_steps(struct lint *lint)
{
    json_t *made = references_new(lint->case_);
    const json_t *steps = json_object_get(lint->case_, "steps");
    for (size_t i = 0; i < json_array_size(steps); i++) {
        char where[32];
        snprintf(where, sizeof where, "steps[%zu]", i);
        const json_t *step = json_array_get(steps, i);
        const struct word *word = check_step(lint, where, step);
        lint->complaints += references_check(made, step, word, lint->file, where, lint->out);
        if (word) {
            references_add(made, case_text(step, "as"), word);
        }
    }
    json_decref(made);
}

static void check_clauses(struct lint *lint)
{
    const json_t *named = json_object_get(lint->case_, "clauses");
    if (named && json_array_size(named) == 0) {
        complain(lint, "clauses", "a case is about at least one clause of SPEC.md");
    }
    for (size_t i = 0; i < json_array_size(named); i++) {
        const char *clause = json_string_value(json_array_get(named, i));
        if (clause && !clause_text(clause)) {
            complain(lint, "clauses", "SPEC.md has no clause '%s'", clause);
        }
    }
}

static void check_needs(struct lint *lint)
{
    const json_t *needs = json_object_get(lint->case_, "needs");
    for (size_t i = 0; i < json_array_size(needs); i++) {
        const char *feature = json_string_value(json_array_get(needs, i));
        if (feature && !feature_how(feature)) {
            complain(lint, "needs", "'%s' is not known here; `pidproof doctor` lists features",
                     feature);
        }
    }
}

/* The file's name must end in the id: that is how a failing case is found. */
static void check_id(struct lint *lint)
{
    const char *id = case_id(lint->case_);
    size_t length = strlen(id), file = strlen(lint->file), tail = length + strlen(".json");
    bool same = file >= tail && strcmp(lint->file + file - 5, ".json") == 0 &&
                memcmp(lint->file + file - tail, id, length) == 0 &&
                (file == tail || lint->file[file - tail - 1] == '/');
    if (*id && !same) {
        complain(lint, "id",
                 "'%s' is not where it says: write the path below cases/ without "
                 ".json, or move the file to %s.json",
                 id, id);
    }
    if (*id && !strchr(id, '/')) {
        complain(lint, "id", "'%s' has no area: put the file into a directory", id);
    }
}

size_t lint_case(const json_t *case_, const char *file, FILE *out)
{
    struct lint lint = {.case_ = case_, .file = file, .out = out};
    check_members(&lint, "", case_, case_members, NULL);
    check_id(&lint);
    check_clauses(&lint);
    check_needs(&lint);
    const json_t *adapter = json_object_get(case_, "adapter");
    if (json_is_object(adapter)) {
        check_adapter(&lint, "adapter", adapter);
    }
    check_steps(&lint);
    if (lint.complaints == 0) {
        const char *passing = lint_constant_adapter(case_);
        if (passing) {
            complain(&lint, "steps",
                     "an adapter that %s would pass: ask something that it gets "
                     "wrong, such as the daemon itself before the situation",
                     passing);
        }
    }
    return lint.complaints;
}

size_t lint_suite(const struct suite *suite, FILE *out)
{
    size_t complaints = 0;
    for (size_t i = 0; i < suite->count; i++) {
        complaints += lint_case(suite->cases[i], suite->files[i], out);
        if (i > 0 && strcmp(case_id(suite->cases[i - 1]), case_id(suite->cases[i])) == 0) {
            fprintf(out, "%s: id: '%s' is taken by %s; give it another\n", suite->files[i],
                    case_id(suite->cases[i]), suite->files[i - 1]);
            complaints++;
        }
    }
    return complaints;
}

size_t lint_coverage(const struct suite *suite, const char *system, FILE *out)
{
    size_t complaints = 0;
    for (const struct clause *clause = clauses(); clause->id; clause++) {
        bool here = words_have(clause->systems, system) && strcmp(clause->profile, "core") == 0;
        bool covered = false;
        for (size_t i = 0; i < suite->count && !covered; i++) {
            covered = case_names(suite->cases[i], "clauses", clause->id);
        }
        if (here && !covered) {
            fprintf(out, "SPEC.md: %s: no case is about it; write one: %s\n", clause->id,
                    clause->text);
            complaints++;
        }
    }
    return complaints;
}
