/* The linter on the steps of a case: see lint_form.h. */
#include <string.h>

#include "lint_form.h"
#include "lint_references.h"
#include "suite.h"

static const struct member adapter_members[] = {
    {"seccomp", OBJECT, false, 0, "{\"pidfd_open\": \"ENOSYS\"}"},
    {"nofile", ANYTHING, false, 0, "a number, \"exhausted\" or \"exhausted+N\""},
    {"close", LIST, false, 0, "a list of descriptors: [0]"},
    {"proc", TEXT, false, "none hidepid ptraceable subset outer",
     "none, hidepid, ptraceable, subset or outer"},
    {"pidns", BOOLEAN, false, 0, "true or false"},
    {"child", BOOLEAN, false, 0, "true or false"},
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

void check_adapter(struct lint *lint, const char *where, const json_t *adapter)
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

void check_steps(struct lint *lint)
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
