/*
 * A case as a whole, and all of them together. The form of its objects is checked in
 * lint_form.c, its steps in lint_steps.c, allowed answers in lint_answers.c, references in
 * lint_references.c; constant adapters are played in lint_constant.c.
 */
#include "lint.h"

#include <string.h>

#include "lint_form.h"

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

static const struct {
    const char *clauses;
    const char *systems;
    const char *why;
} excuses[] = {
    {"BOOT-3 BOOT-5", "darwin bsd windows", "nothing can be put over the boot id there"},
    {"LOOK-3 SIG-7", "darwin bsd", "threads have no numbers among those of processes there"},
    {"LOOK-6 LOOK-7 LOOK-8 LIVE-9 RES-4", "darwin bsd windows",
     "only on Linux can an adapter be confined"},
    {"INST-2 INST-4 INST-6 INST-8", "darwin bsd windows",
     "only on Linux can ticks, boots and clocks be chosen"},
    {"RES-1", "darwin bsd windows", "only on Linux are an adapter's descriptors counted"},
    {"SIG-3", "darwin bsd", "a wrong answer signals everybody, so it is asked in a sandbox only"},
    {"SIG-5", "darwin bsd windows", "only on Linux are there processes of another user"},
    {"LOOK-2", "windows", "only on Linux are there processes of another user"},
    {"EXE-10 LIVE-6", "windows", "Windows starts no scripts and has no exec"},
    {"WATCH-3", "windows", "a handle keeps its process's number from being given away there"},
    {"LOOK-5 EXE-3 EXE-8 EXE-9 HASH-2 HASH-3 RES-2", "windows",
     "no case of Windows is about it so far"},
};

const char *lint_excuse(const struct clause *clause, const char *system)
{
    for (size_t i = 0; i < sizeof excuses / sizeof *excuses; i++) {
        if (words_have(excuses[i].clauses, clause->id) && words_have(excuses[i].systems, system)) {
            return excuses[i].why;
        }
    }
    if (strncmp(clause->id, "ATOM-", 5) == 0) {
        return "judged by `pidproof explore`, which stops at every system call";
    }
    return words_have(clause->systems, system) ? NULL : "not of this system";
}

size_t lint_coverage(const struct suite *suite, const char *system, FILE *out)
{
    size_t complaints = 0;
    for (const struct clause *clause = clauses(); clause->id; clause++) {
        const char *excuse = lint_excuse(clause, system);
        bool covered = false;
        for (size_t i = 0; i < suite->count && !covered; i++) {
            covered = case_names(suite->cases[i], "systems", system) &&
                      case_names(suite->cases[i], "clauses", clause->id);
        }
        if (!covered && !excuse) {
            fprintf(out, "SPEC.md: %s: no case of %s is about it; write one: %s\n", clause->id,
                    system, clause->text);
            complaints++;
        } else if (covered && excuse && words_have(clause->systems, system)) {
            fprintf(out, "SPEC.md: %s: a case of %s is about it, and lint.c excuses it: %s\n",
                    clause->id, system, excuse);
            complaints++;
        }
    }
    return complaints;
}
