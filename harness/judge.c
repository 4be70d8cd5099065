/*
 * The judge: compares an answer, a look at the world or an audit with what was
 * allowed, and says which way it went wrong. Pure; the rules are in CASES.md.
 */
#include "judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"
#include "text.h"

static const char *const direction_names[] = {
    [DIRECTION_FALSE_ACCEPT] = "false-accept",
    [DIRECTION_HARM] = "harm",
    [DIRECTION_FALSE_REFUSE] = "false-refuse",
    [DIRECTION_WRONG_REASON] = "wrong-reason",
    [DIRECTION_LEAK] = "leak",
};

const char *direction_name(enum direction direction)
{
    return direction_names[direction];
}

enum direction direction_from_name(const char *name)
{
    for (int i = DIRECTION_FALSE_ACCEPT; name && i <= DIRECTION_LEAK; i++) {
        if (strcmp(direction_names[i], name) == 0) {
            return (enum direction)i;
        }
    }
    return DIRECTION_NONE;
}

void judgement_clear(struct judgement *judgement)
{
    if (judgement) {
        free(judgement->message);
        *judgement = (struct judgement){0};
    }
}

static const struct judgement right = {0};

static struct judgement wrong(enum direction direction, const char *subject, const char *what,
                              const char *detail)
{
    return (struct judgement){direction, text_format("%s: %s%s%s", subject, what, detail ? " " : "",
                                                     detail ? detail : "")};
}

/* A value as JSON on one line, cut where it is long; free() it. */
static char *shown(const json_t *value)
{
    enum { LONGEST = 300 };
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (text && strlen(text) > LONGEST) {
        memcpy(text + LONGEST, "...", 4);
    }
    return text ? text : text_format("nothing");
}

/* ---- Comparing ----------------------------------------------------------- */

static bool named_in(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *entry = json_string_value(json_array_get(list, i));
        if (entry && strcmp(entry, text) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Every member of `wanted` is there and equal, in objects at any depth. `true`
 * for what is no boolean: it is there, whatever it is.
 */
static bool holds(const json_t *wanted, const json_t *came)
{
    if (!json_is_object(wanted)) {
        bool there = came && !json_is_null(came) && !json_is_boolean(came);
        return json_equal(wanted, came) || (json_is_true(wanted) && there);
    }
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)wanted, name, value)
    {
        if (!holds(value, json_object_get(came, name))) {
            return false;
        }
    }
    return json_is_object(came);
}

/* Whether `wanted` (a reason, "*" or a list of reasons) covers this reason. */
static bool reason_fits(const json_t *wanted, const char *reason)
{
    if (json_is_array(wanted)) {
        return named_in(wanted, reason);
    }
    const char *one = json_string_value(wanted);
    return one && (strcmp(one, "*") == 0 ? reason_class(reason) != NULL : strcmp(one, reason) == 0);
}

/* A detail that was sent: equal, or one of a list. Operating system errors go by name. */
static bool detail_fits(const json_t *wanted, const json_t *came)
{
    if (json_is_object(came) && !json_is_object(wanted)) {
        came = json_object_get(came, "name");
        if (!came) {
            return true; /* only the number was sent, which means another thing on each system */
        }
    }
    if (!json_is_array(wanted)) {
        return holds(wanted, came);
    }
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        if (holds(json_array_get(wanted, i), came)) {
            return true;
        }
    }
    return false;
}

/* What about a refusal does not fit an entry's `refused`. */
struct misfit {
    bool reason;
    const char *detail; /* the first untrue one */
};

static struct misfit refusal_misfit(const json_t *wanted, const json_t *refusal)
{
    const char *reason = json_string_value(json_object_get(refusal, "reason"));
    const json_t *reasons = json_is_object(wanted) ? json_object_get(wanted, "reason") : wanted;
    struct misfit misfit = {.reason = !reason || !reason_fits(reasons, reason)};
    if (misfit.reason || !json_is_object(wanted)) {
        return misfit;
    }
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)wanted, name, value)
    {
        const json_t *came = json_object_get(refusal, name);
        if (came && strcmp(name, "reason") != 0 && !detail_fits(value, came)) {
            misfit.detail = name;
            break;
        }
    }
    return misfit;
}

/* Whether sent evidence is as the entry's `accepted` wants it; what is not sent cannot lie. */
static bool evidence_fits(const json_t *wanted, const json_t *accepted)
{
    const json_t *evidence = json_object_get(accepted, "evidence");
    const json_t *has = json_object_get(wanted, "evidence_has");
    const json_t *lacks = json_object_get(wanted, "evidence_lacks");
    if (!evidence) {
        return true;
    }
    for (size_t i = 0; i < json_array_size(has); i++) {
        if (!named_in(evidence, json_string_value(json_array_get(has, i)))) {
            return false;
        }
    }
    for (size_t i = 0; i < json_array_size(lacks); i++) {
        if (named_in(evidence, json_string_value(json_array_get(lacks, i)))) {
            return false;
        }
    }
    return true;
}

/* ---- Answers ------------------------------------------------------------- */

/* Whether any allowed entry speaks of `member`, as this boolean where it is one. */
static bool allows(const json_t *allow, const char *member, int boolean)
{
    for (size_t i = 0; i < json_array_size(allow); i++) {
        const json_t *value = json_object_get(json_array_get(allow, i), member);
        if (value && (boolean < 0 || !json_is_boolean(value) || json_is_true(value) == boolean)) {
            return true;
        }
    }
    return false;
}

static bool entry_fits(const json_t *entry, const json_t *result)
{
    const json_t *refused = json_object_get(entry, "refused");
    if (refused) {
        const json_t *refusal = json_object_get(result, "refused");
        struct misfit misfit = refusal_misfit(refused, refusal);
        return refusal && !misfit.reason && !misfit.detail;
    }
    const json_t *accepted = json_object_get(entry, "accepted");
    if (accepted) {
        /* A capture accepts by giving a record. */
        const json_t *came = json_object_get(result, "accepted");
        return came ? evidence_fits(accepted, came) : json_object_get(result, "record") != NULL;
    }
    return holds(entry, result);
}

/* The question's kind: which member of the answer is its yes. */
enum kind { KIND_OTHER, KIND_IDENTITY, KIND_LIVENESS, KIND_WAIT, KIND_SIGNAL };

static enum kind kind_of(const char *method)
{
    static const struct {
        const char *method;
        enum kind kind;
    } kinds[] = {
        {"verify", KIND_IDENTITY},
        {"capture", KIND_IDENTITY},
        {"is_alive", KIND_LIVENESS},
        {"process_is_alive", KIND_LIVENESS},
        {"wait", KIND_WAIT},
        {"terminate", KIND_SIGNAL},
        {"force_kill", KIND_SIGNAL},
        {"terminate_handle", KIND_SIGNAL},
        {"force_kill_handle", KIND_SIGNAL},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].method, method) == 0) {
            return kinds[i].kind;
        }
    }
    return KIND_OTHER;
}

/* A refusal that no entry fits. */
static enum direction refusal_direction(const json_t *step, enum kind kind, const json_t *refusal)
{
    const json_t *allow = json_object_get(step, "allow");
    if (!allows(allow, "refused", -1)) {
        bool dead_is_right = allows(allow, "alive", false);
        return kind == KIND_OTHER || dead_is_right ? DIRECTION_WRONG_REASON
                                                   : DIRECTION_FALSE_REFUSE;
    }
    const char *reason = json_string_value(json_object_get(refusal, "reason"));
    const char *class_ = reason ? reason_class(reason) : NULL;
    bool living = json_is_true(json_object_get(step, "living"));
    bool called_gone = living && class_ && strcmp(class_, "gone") == 0;
    return kind == KIND_IDENTITY && called_gone ? DIRECTION_FALSE_REFUSE : DIRECTION_WRONG_REASON;
}

/* An answer other than a refusal that no entry fits. */
static enum direction answer_direction(enum kind kind, const json_t *result)
{
    switch (kind) {
    case KIND_IDENTITY:
        return DIRECTION_FALSE_ACCEPT;
    case KIND_LIVENESS:
        return json_is_true(json_object_get(result, "alive")) ? DIRECTION_FALSE_ACCEPT
                                                              : DIRECTION_FALSE_REFUSE;
    case KIND_WAIT:
        return json_is_true(json_object_get(result, "exited")) ? DIRECTION_FALSE_REFUSE
                                                               : DIRECTION_FALSE_ACCEPT;
    case KIND_SIGNAL:
        return DIRECTION_HARM;
    case KIND_OTHER:
        break;
    }
    return DIRECTION_WRONG_REASON;
}

/* The first untrue detail of a refusal whose reason some entry allows. */
static const char *untrue_detail(const json_t *allow, const json_t *refusal)
{
    for (size_t i = 0; i < json_array_size(allow); i++) {
        const json_t *wanted = json_object_get(json_array_get(allow, i), "refused");
        struct misfit misfit = refusal_misfit(wanted, refusal);
        if (wanted && !misfit.reason && misfit.detail) {
            return misfit.detail;
        }
    }
    return NULL;
}

/*
 * What came, in words that are the same in every run: reasons and untrue details
 * by name, no numbers or paths (known failures are compared by them). The report
 * shows the whole answer beside them.
 */
static struct judgement misjudged(const json_t *step, const char *method, const json_t *result,
                                  enum kind kind)
{
    const json_t *allow = json_object_get(step, "allow");
    const json_t *refusal = json_object_get(result, "refused");
    if (refusal) {
        enum direction direction = refusal_direction(step, kind, refusal);
        const char *reason = json_string_value(json_object_get(refusal, "reason"));
        const char *detail = untrue_detail(allow, refusal);
        if (detail) {
            char what[160];
            snprintf(what, sizeof what, "refused (%s) with an untrue %s", reason, detail);
            return wrong(direction, method, what, NULL);
        }
        if (reason && !reason_class(reason)) {
            return wrong(direction, method,
                         "refused with a reason that SPEC.md does not have:", reason);
        }
        return wrong(direction, method, "refused:", reason ? reason : "without a reason");
    }
    enum direction direction = answer_direction(kind, result);
    if (kind == KIND_IDENTITY) {
        bool acceptable = allows(allow, "accepted", -1) || allows(allow, "record", -1);
        return wrong(direction, method,
                     acceptable ? "accepted, and what it says about it is untrue"
                                : "accepted what must be refused",
                     NULL);
    }
    if (kind == KIND_SIGNAL) {
        return wrong(direction, method, "sent a signal that must be refused", NULL);
    }
    if (kind == KIND_LIVENESS) {
        bool alive = json_is_true(json_object_get(result, "alive"));
        return wrong(direction, method, alive ? "says alive" : "says not alive", NULL);
    }
    if (kind == KIND_WAIT) {
        bool exited = json_is_true(json_object_get(result, "exited"));
        return wrong(direction, method, exited ? "says exited" : "says not exited", NULL);
    }
    char *came = shown(result);
    struct judgement judgement = wrong(direction, method, "answered", came);
    free(came);
    return judgement;
}

struct judgement judge_answer(const json_t *step, const json_t *result)
{
    const json_t *allow = json_object_get(step, "allow");
    for (size_t i = 0; i < json_array_size(allow); i++) {
        if (entry_fits(json_array_get(allow, i), result)) {
            return right;
        }
    }
    const char *method = case_text(step, "ask");
    return misjudged(step, method, result, kind_of(method));
}

struct judgement judge_expectation(const json_t *step, const json_t *facts)
{
    const json_t *allow = json_object_get(step, "allow");
    for (size_t i = 0; i < json_array_size(allow); i++) {
        if (holds(json_array_get(allow, i), facts)) {
            return right;
        }
    }
    enum direction direction = direction_from_name(case_text(step, "otherwise"));
    char subject[160];
    const char *who = case_text(step, "who"); /* empty where the operation takes a number */
    snprintf(subject, sizeof subject, "%s%s%s", case_text(step, "expect"), *who ? " of " : "", who);
    char *came = shown(facts);
    struct judgement judgement =
        wrong(direction ? direction : DIRECTION_WRONG_REASON, subject, "is", came);
    free(came);
    return judgement;
}

/* ---- The audit ----------------------------------------------------------- */

static const json_t *canary_named(const json_t *audit, const char *name)
{
    const json_t *canaries = json_object_get(audit, "canaries");
    for (size_t i = 0; i < json_array_size(canaries); i++) {
        const json_t *canary = json_array_get(canaries, i);
        if (strcmp(case_text(canary, "name"), name) == 0) {
            return canary;
        }
    }
    return NULL;
}

/* A list's length or a number; -1 where it was not observed. */
static json_int_t amount(const json_t *audit, const char *member)
{
    const json_t *value = json_object_get(audit, member);
    if (json_is_array(value)) {
        return (json_int_t)json_array_size(value);
    }
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

static bool grew(const json_t *before, const json_t *after, const char *member)
{
    return amount(before, member) >= 0 && amount(after, member) > amount(before, member);
}

struct judgement judge_audit(const json_t *before, const json_t *after)
{
    const json_t *canaries = json_object_get(before, "canaries");
    for (size_t i = 0; i < json_array_size(canaries); i++) {
        const json_t *was = json_array_get(canaries, i);
        const char *name = case_text(was, "name");
        const json_t *is = canary_named(after, name);
        if (json_is_true(json_object_get(was, "alive")) && is &&
            !json_is_true(json_object_get(is, "alive"))) {
            return wrong(DIRECTION_HARM, "audit", "a bystander was killed:", name);
        }
        if (is && grew(was, is, "signals")) {
            return wrong(DIRECTION_HARM, "audit", "a bystander was signalled:", name);
        }
    }
    if (amount(after, "stray") > 0 && amount(after, "stray") > amount(before, "stray")) {
        char *stray = shown(json_object_get(after, "stray"));
        struct judgement judgement =
            wrong(DIRECTION_HARM, "audit", "somebody else's child or signals were taken:", stray);
        free(stray);
        return judgement;
    }
    static const struct {
        const char *member, *what;
    } leaks[] = {
        {"zombies", "a zombie was left behind"},
        {"children", "a child process was left behind"},
        {"descriptors", "a descriptor was left open"},
    };
    for (size_t i = 0; i < sizeof leaks / sizeof *leaks; i++) {
        if (grew(before, after, leaks[i].member)) {
            return wrong(DIRECTION_LEAK, "audit", leaks[i].what, NULL);
        }
    }
    return right;
}
