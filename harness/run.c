/* One case, see run.h. */
#include "run.h"

#include "suite.h"
#include "text.h"
#include "trial.h"

#include <stdlib.h>
#include <string.h>

/* ---- Before anything is done -------------------------------------------------- */

static void check_needs(struct trial *trial)
{
    const json_t *needs = json_object_get(trial->case_, "needs");

    for (size_t i = 0; i < json_array_size(needs); i++) {
        const char *need = json_string_value(json_array_get(needs, i));
        const char *why;
        if (!site_has(trial->site, need, &why))
            case_outcome_lacks(&trial->outcome, "not-established", text_format("%s", need),
                               text_format("%s", why));
    }
}

static void require(struct trial *trial, const char *capability)
{
    if (!adapter_claims(trial->site->hello, capability))
        case_outcome_lacks(&trial->outcome, "unsupported", text_format("%s", capability),
                           text_format("the adapter does not claim '%s'", capability));
}

static void check_capabilities(struct trial *trial)
{
    const json_t *capabilities = json_object_get(trial->case_, "capabilities");
    const json_t *steps = json_object_get(trial->case_, "steps");

    for (size_t i = 0; i < json_array_size(capabilities); i++)
        require(trial, json_string_value(json_array_get(capabilities, i)));
    if (json_object_get(json_object_get(trial->case_, "adapter"), "close"))
        require(trial, "fd-moves");
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *replacement = json_object_get(json_array_get(steps, i), "adapter");
        if (json_object_get(replacement, "close"))
            require(trial, "fd-moves");
    }
}

/* ---- Running -------------------------------------------------------------------- */

/* A defect is a failure of the run, not chance. */
static bool not_established(const struct trial *trial)
{
    return trial->outcome.name && !strcmp(trial->outcome.name, "not-established") &&
           !trial->outcome.defect;
}

/*
 * A situation that chance can spoil is built again, as often as the case says. What was
 * judged never is: a failure stands.
 */
static void run_until_established(struct trial *trial, const json_t *scope)
{
    const struct trial start = *trial;
    json_int_t tries = json_integer_value(json_object_get(trial->case_, "tries")), tried = 1;
    const uint64_t until = uv_hrtime() + TRIES_S * UINT64_C(1000000000);

    trial_run(trial, scope);
    while (tried < tries && not_established(trial) && trial->site->launcher &&
           uv_hrtime() < until) {
        trial_clear(trial);
        *trial = start;
        trial_run(trial, scope);
        tried++;
    }
    if (tried > 1 && not_established(trial)) {
        char *message = text_format("%s (built %lld times, of which this is the last; on a quieter "
                                    "machine it is likelier to hold)",
                                    trial->outcome.message, (long long)tried);
        free(trial->outcome.message);
        trial->outcome.message = message;
    }
}

/* ---- Sweeps -------------------------------------------------------------------- */

/* The message names the value, the first thing that who repeats it wants to know. */
static void name_value(struct trial *trial, const char *name, const json_t *value)
{
    char *spelled = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);
    char *message = text_format("with %s = %.80s: %s", name, spelled, trial->outcome.message);

    free(spelled);
    free(trial->outcome.message);
    trial->outcome.message = message;
}

/*
 * Runs the case once for each value, until one fails. The heaviest outcome is kept: a
 * value that could not be established leaves no pass.
 */
static void sweep(struct trial *kept, const char *name, const json_t *values)
{
    const struct trial start = *kept;

    for (size_t i = 0; i < json_array_size(values) && start.site->launcher; i++) {
        const json_t *value = json_array_get(values, i);
        struct trial trial = start;
        json_t *scope = json_object();

        json_object_set(scope, name, (json_t *)value);
        run_until_established(&trial, scope);
        json_decref(scope);
        if (case_outcome_weight(&trial.outcome) > 0)
            name_value(&trial, name, value);
        if (i > 0 && case_outcome_weight(&trial.outcome) <= case_outcome_weight(&kept->outcome)) {
            trial_clear(&trial);
            continue;
        }
        trial_clear(kept);
        *kept = trial;
        if (case_outcome_weight(&trial.outcome) == 2)
            return;
    }
}

/* ---- The result ---------------------------------------------------------------- */

static json_t *list_or_empty(json_t *list)
{
    return list ? json_incref(list) : json_array();
}

static json_t *result_of(const struct trial *trial, uint64_t started)
{
    static const char *const copied[] = {"id", "title", "harm", "clauses", "level", "profile"};
    bool complained =
        case_outcome_weight(&trial->outcome) == 2 && trial->complaint && *trial->complaint;
    json_t *result = json_object();

    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        json_t *value = json_object_get(trial->case_, copied[i]);
        json_object_set(result, copied[i], value ? value : json_null());
    }
    case_outcome_describe(&trial->outcome, result);
    json_object_set_new(result, "situation", list_or_empty(trial->situation));
    json_object_set_new(result, "questions", list_or_empty(trial->questions));
    json_object_set_new(
        result, "audit",
        trial->before && trial->after
            ? json_pack("{s:O, s:O}", "before", trial->before, "after", trial->after)
            : json_null());
    json_object_set_new(result, "stderr", complained ? json_string(trial->complaint) : json_null());
    json_object_set_new(result, "duration_ms", json_real((double)(uv_hrtime() - started) / 1e6));
    return result;
}

json_t *run_case(struct site *site, const json_t *case_, const char *profile)
{
    uint64_t started = uv_hrtime();
    struct trial trial = {.site = site, .case_ = case_, .profile = profile};
    void *swept = json_object_iter(json_object_get(case_, "sweep")); /* one name at most */

    check_needs(&trial);
    check_capabilities(&trial);
    if (!trial.outcome.name) {
        if (swept)
            sweep(&trial, json_object_iter_key(swept), json_object_iter_value(swept));
        else
            run_until_established(&trial, NULL);
    }
    if (!trial.outcome.name && json_array_size(trial.questions) == 0)
        case_outcome_defect(&trial.outcome, text_format("no question of this case was asked under "
                                                        "profile %s",
                                                        profile));
    json_t *result = result_of(&trial, started);
    trial_clear(&trial);
    return result;
}
