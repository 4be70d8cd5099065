/* The linter on what a step allows as an answer: see lint_form.h. */
#include <string.h>

#include "lint_form.h"
#include "suite.h"

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

void check_allow(struct lint *lint, const char *where, const json_t *step, const struct word *word)
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
