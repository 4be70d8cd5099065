/*
 * What `pidproof explore` tells: findings as stories, what could not be made, how much
 * was explored, and whether that was all. See explore.h.
 */
#include "explore.h"

#include "options.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void findings_clear(struct findings *findings)
{
    json_decref(findings->hello);
    json_decref(findings->units);
    json_decref(findings->findings);
    json_decref(findings->unmade);
    json_decref(findings->clean);
    json_decref(findings->broken);
    *findings = (struct findings){0};
}

/* ---- Taking -------------------------------------------------------------- */

static void append(json_t **array, json_t *value)
{
    if (!*array)
        *array = json_array();
    json_array_append(*array, value);
}

static const char *member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static json_int_t number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

/* Every worker makes the same plan: where two differ, that one is not to be trusted. */
static void take_unit(struct findings *findings, json_t *unit)
{
    char *key = text_format("%s/%s", member(unit, "question"), member(unit, "start"));
    if (!findings->units)
        findings->units = json_object();
    json_t *known = json_object_get(findings->units, key);
    if (!known) {
        json_object_set_new(unit, "seen", json_integer(1));
        json_object_set(findings->units, key, unit);
    } else if (json_equal(json_object_get(known, "calls"), json_object_get(unit, "calls"))) {
        json_object_set_new(known, "seen", json_integer(number(known, "seen") + 1));
    }
    free(key);
}

bool findings_take(struct findings *findings, const char *line)
{
    json_t *object = json_loads(line, 0, NULL), *content;
    bool taken = true;

    if ((content = json_object_get(object, "hello"))) {
        if (!findings->hello)
            findings->hello = json_incref(content);
    } else if ((content = json_object_get(object, "unit"))) {
        take_unit(findings, content);
    } else if ((content = json_object_get(object, "finding"))) {
        append(&findings->findings, content);
    } else if ((content = json_object_get(object, "unmade"))) {
        append(&findings->unmade, content);
    } else if ((content = json_object_get(object, "clean"))) {
        findings->clean = json_incref(content);
    } else if (json_object_get(object, "broken")) {
        if (!findings->broken)
            findings->broken = json_incref(object);
    } else if ((content = json_object_get(object, "done"))) {
        findings->interleavings += (unsigned long)number(content, "interleavings");
        findings->faults += (unsigned long)number(content, "faults");
        findings->pairs += (unsigned long)number(content, "pairs");
        findings->pairs_possible += (unsigned long)number(content, "pairs_possible");
        findings->ended++;
    } else {
        taken = false;
    }
    json_decref(object);
    return taken;
}

/* ---- In order ------------------------------------------------------------ */

static int by_order(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    json_int_t p = number(x, "order"), q = number(y, "order");
    return p != q ? (p > q) - (p < q) : strcmp(member(x, "token"), member(y, "token"));
}

static void sort(json_t **array)
{
    size_t count = json_array_size(*array);
    json_t **all = calloc(count + 1, sizeof *all), *sorted = json_array();
    if (!all)
        abort();
    for (size_t i = 0; i < count; i++)
        all[i] = json_array_get(*array, i);
    qsort(all, count, sizeof *all, by_order);
    for (size_t i = 0; i < count; i++)
        json_array_append(sorted, all[i]);
    free(all);
    json_decref(*array);
    *array = sorted;
}

/* Findings that differ only in the stop at which the same thing happened. */
static bool same_story(const json_t *a, const json_t *b)
{
    static const char *const members[] = {"question", "start", "event", "wrong", "clause"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (strcmp(member(a, members[i]), member(b, members[i])) != 0)
            return false;
    return true;
}

/* ---- Telling ------------------------------------------------------------- */

static void print_command(const json_t *finding, char *const *adapter)
{
    printf("  Repeat it: pidproof explore --replay '%s' --", member(finding, "token"));
    for (size_t i = 0; adapter[i]; i++)
        printf(strpbrk(adapter[i], " \t*?$'\"\\;&|<>()") ? " '%s'" : " %s", adapter[i]);
    printf("\n");
}

static void print_story(const json_t *story)
{
    size_t i;
    json_t *line;
    json_array_foreach(story, i, line)
    {
        if (json_object_get(line, "before"))
            printf("         ---- here %s ----\n", member(line, "before"));
        printf("    %3zu  %s%s", i + 1, member(line, "call"), member(line, "result"));
        if (number(line, "thread") > 0)
            printf("   [thread %d]", (int)number(line, "thread"));
        if (json_object_get(line, "made"))
            printf("   <---- %s", member(line, "made"));
        printf("\n");
    }
}

static void print_finding(const json_t *findings, size_t at, char *const *adapter)
{
    const json_t *finding = json_array_get(findings, at);
    printf("\n%s  %s  (%s)\n", member(finding, "wrong"), member(finding, "token"),
           member(finding, "clause"));
    printf("  At first, %s. It is asked: %s.\n", member(finding, "setting"),
           member(finding, "question"));
    print_story(json_object_get(finding, "story"));
    printf("  Answer: %s\n", member(finding, "answer"));
    printf("  Wrong:  %s.\n", member(finding, "why"));
    if (!json_is_true(json_object_get(finding, "again")))
        printf("  It did not come again when it was repeated at once.\n");
    struct text others = {0};
    for (size_t i = at + 1; i < json_array_size(findings); i++)
        if (same_story(finding, json_array_get(findings, i)))
            text_addf(&others, " %d", (int)number(json_array_get(findings, i), "stop"));
    if (others.data)
        printf("  The same happens at stop%s.\n", others.data);
    text_clear(&others);
    print_command(finding, adapter);
}

static void print_findings(const json_t *findings, char *const *adapter)
{
    for (size_t i = 0; i < json_array_size(findings); i++) {
        bool told = false;
        for (size_t k = 0; k < i && !told; k++)
            told = same_story(json_array_get(findings, k), json_array_get(findings, i));
        if (!told)
            print_finding(findings, i, adapter);
    }
}

/* How many were not made, and one line each. */
static size_t print_unmade(const json_t *unmade, const char *kind, const char *title)
{
    size_t i, count = 0;
    json_t *one;
    json_array_foreach(unmade, i, one)
    {
        if (strcmp(member(one, "kind"), kind) != 0)
            continue;
        if (count++ == 0)
            printf("\n%s\n", title);
        printf("  %s: %s\n", member(one, "token"), member(one, "why"));
    }
    return count;
}

struct totals {
    json_int_t starts, stops, interleavings, faults, left_out;
};

static void print_questions(const struct findings *findings, struct totals *all)
{
    const char *key;
    json_t *unit;
    struct totals sum = {0};
    char *question = NULL;
    void *at = json_object_iter(findings->units);

    printf("\n%-18s %8s %8s %14s %8s\n", "question", "starts", "stops", "interleavings", "faults");
    for (; at || question; at = at ? json_object_iter_next(findings->units, at) : NULL) {
        key = at ? json_object_iter_key(at) : NULL;
        unit = at ? json_object_iter_value(at) : NULL;
        (void)key;
        if (question && (!unit || strcmp(question, member(unit, "question")) != 0)) {
            printf("%-18s %8d %8d %14d %8d\n", question, (int)sum.starts, (int)sum.stops,
                   (int)sum.interleavings, (int)sum.faults);
            free(question);
            question = NULL;
            sum = (struct totals){0};
        }
        if (!unit)
            break;
        if (!question)
            question = text_format("%s", member(unit, "question"));
        json_int_t stops = (json_int_t)json_array_size(json_object_get(unit, "calls"));
        sum.starts++, all->starts++;
        sum.stops += stops, all->stops += stops;
        sum.interleavings += number(unit, "interleavings");
        all->interleavings += number(unit, "interleavings");
        all->left_out += number(unit, "left_out");
        sum.faults += number(unit, "faults"), all->faults += number(unit, "faults");
    }
}

/* Whether the reply was the last stop of every plan, and all workers saw the same plans. */
static bool plans_hold(const struct findings *findings)
{
    const char *key;
    json_t *unit;
    bool hold = true;
    json_object_foreach(findings->units, key, unit)
    {
        if (!json_is_true(json_object_get(unit, "complete"))) {
            printf("%s: its last call that was seen is not the one that writes the reply\n", key);
            hold = false;
        }
        if (number(unit, "seen") != (json_int_t)findings->workers) {
            printf("%s: the workers do not see the same calls\n", key);
            hold = false;
        }
    }
    return hold;
}

/* Why nothing could be explored; NULL where it was. */
static const char *problem(const struct findings *findings)
{
    if (findings->broken)
        return member(findings->broken, "message");
    return findings->ended < findings->workers ? "a worker ended without a word" : NULL;
}

static int print_broken(const struct findings *findings)
{
    static const struct {
        const char *what, *title, *advice;
        int status;
    } kinds[] = {
        {"adapter", "the adapter does not work: ",
         "`pidproof smoke -- ADAPTER` says what it lacks\n", STATUS_ADAPTER},
        {"usage", "", "", STATUS_USAGE},
        {"host", "this host failed: ", "", STATUS_HOST},
    };
    const char *what = member(findings->broken, "broken");
    size_t kind = 0;
    while (kind + 1 < sizeof kinds / sizeof *kinds && strcmp(kinds[kind].what, what) != 0)
        kind++;
    fprintf(stderr, "pidproof explore: %s%s\n%s", kinds[kind].title, problem(findings),
            kinds[kind].advice);
    return kinds[kind].status;
}

static int print_replay(const struct findings *findings)
{
    printf("nothing is wrong with this one\n");
    print_story(json_object_get(findings->clean, "story"));
    printf("  Answer: %s\n", member(findings->clean, "answer"));
    return STATUS_OK;
}

int findings_print(struct findings *findings, char *const *adapter)
{
    struct totals planned = {0};
    sort(&findings->findings);
    sort(&findings->unmade);
    if (problem(findings))
        return print_broken(findings);

    size_t wrong = json_array_size(findings->findings);
    print_findings(findings->findings, adapter);
    size_t strayed =
        print_unmade(findings->unmade, "strayed", "Not deterministic, and so not explored:");
    size_t missing = print_unmade(findings->unmade, "not-established",
                                  "Not established on this host, and so not explored:");
    if (findings->clean)
        return print_replay(findings);
    if (findings->units) {
        print_questions(findings, &planned);
        bool all = plans_hold(findings) && strayed == 0 &&
                   (json_int_t)findings->interleavings == planned.interleavings &&
                   (json_int_t)findings->faults == planned.faults;
        bool any = planned.interleavings + planned.faults > 0;
        printf("\n%s: %lu of %lld interleavings and %lu of %lld faults made; in every plan the "
               "last stop was the reply%s\n",
               !all  ? "INCOMPLETE"
               : any ? "Complete"
                     : "Nothing",
               findings->interleavings, (long long)planned.interleavings, findings->faults,
               (long long)planned.faults, all ? "" : ", or what is said above");
        if (planned.left_out)
            printf("Left out: %lld interleavings of verify in which no order of looks could end in "
                   "an acceptance; --changes all --faults all makes them too\n",
                   (long long)planned.left_out);
        if (findings->pairs)
            printf("Pairs of changes: %lu of %lu\n", findings->pairs, findings->pairs_possible);
        strayed += !all;
    }
    printf("%lu interleavings, %lu faults, %zu findings in %.0f s by %u workers",
           findings->interleavings + findings->pairs, findings->faults, wrong, findings->seconds,
           findings->workers);
    if (missing)
        printf(", %zu not established", missing);
    printf("\n");
    if (wrong || strayed)
        return STATUS_DOES_NOT_CONFORM;
    if (findings->interleavings + findings->faults > 0)
        return STATUS_OK;
    fprintf(stderr, "pidproof explore: nothing was explored%s\n",
            missing ? ""
                    : ": of what was asked for, nothing can happen to these questions, or the "
                      "adapter claims none of them");
    return missing ? STATUS_HOST : STATUS_USAGE;
}

static json_t *or_empty(json_t *array)
{
    return array ? json_incref(array) : json_array();
}

static json_t *or_null(json_t *object)
{
    return object ? json_incref(object) : json_null();
}

json_t *findings_json(const struct findings *findings, int status)
{
    json_t *units = json_array(), *unit;
    const char *key;
    json_object_foreach(findings->units, key, unit)
    {
        json_array_append(units, unit);
    }
    return json_pack("{s:i, s:i, s:o, s:s?, s:{s:I, s:I, s:I, s:I, s:I, s:I}, s:o, s:o, s:o, s:o}",
                     "explorer", 1, "status", status, "adapter", or_null(findings->hello),
                     "problem", problem(findings), "totals", "interleavings",
                     (json_int_t)findings->interleavings, "faults", (json_int_t)findings->faults,
                     "pairs", (json_int_t)findings->pairs, "pairs_possible",
                     (json_int_t)findings->pairs_possible, "findings",
                     (json_int_t)json_array_size(findings->findings), "unmade",
                     (json_int_t)json_array_size(findings->unmade), "plans", units, "findings",
                     or_empty(findings->findings), "unmade", or_empty(findings->unmade), "clean",
                     or_null(findings->clean));
}
