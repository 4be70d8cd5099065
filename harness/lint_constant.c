/*
 * Adapters that always say the same, played against a case without running it.
 * One that passes shows that the case asks nothing.
 */
#include <string.h>

#include "judge.h"
#include "lint.h"

struct constant {
    const char *name;
    bool accepts; /* and calls everything alive */
    bool exited;
};

static const struct constant constants[] = {
    {"accepts everything and lets every wait time out", true, false},
    {"accepts everything and says of every wait that it is over", true, true},
    {"refuses everything and says of every wait that it is over", false, true},
    {"refuses everything and lets every wait time out", false, false},
};

/* `reason` is the one that it refuses everything with. */
static json_t *answer_of(const struct constant *constant, const char *reason, const char *method)
{
    static const char *const alive[] = {"is_alive", "process_is_alive"};
    for (size_t i = 0; i < sizeof alive / sizeof *alive; i++) {
        if (strcmp(method, alive[i]) == 0) {
            return json_pack("{s:b}", "alive", constant->accepts);
        }
    }
    if (strcmp(method, "wait") == 0) {
        return json_pack("{s:b}", "exited", constant->exited);
    }
    static const struct {
        const char *method, *yes;
    } verdicts[] = {
        {"verify", "{\"accepted\": {\"handle\": 1}}"},
        {"capture", "{\"record\": {}}"},
        {"terminate", "{\"sent\": true}"},
        {"force_kill", "{\"sent\": true}"},
        {"terminate_handle", "{\"sent\": true}"},
        {"force_kill_handle", "{\"sent\": true}"},
        {"sha256_file", "{\"sha256\": \"\"}"},
    };
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        if (strcmp(method, verdicts[i].method) == 0) {
            return constant->accepts ? json_loads(verdicts[i].yes, 0, NULL)
                                     : json_pack("{s:{s:s}}", "refused", "reason", reason);
        }
    }
    static const struct {
        const char *method, *constant;
    } others[] = {
        {"boot_id", "{\"boot_id\": \"\"}"},
        {"handle_pid", "{\"pid\": 1}"},
        {"watch", "{\"watch\": 1}"},
        {"watch_gone", "{\"gone\": []}"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(method, others[i].method) == 0) {
            return json_loads(others[i].constant, 0, NULL);
        }
    }
    return json_object();
}

/*
 * What the world looks like to an `expect` when the adapter does nothing: as the
 * launcher's own steps left it. Members that this cannot know are not in it.
 */
static json_t *world_of(const json_t *steps, size_t until, const char *who)
{
    bool dead = false;
    for (size_t i = 0; i < until; i++) {
        const json_t *step = json_array_get(steps, i);
        const char *operation = case_text(step, "do");
        const char *signal = case_text(step, "signal");
        bool fatal =
            strcmp(operation, "exit") == 0 ||
            (strcmp(operation, "kill") == 0 &&
             (!*signal || strcmp(signal, "SIGKILL") == 0 || strcmp(signal, "SIGTERM") == 0));
        if (strcmp(case_text(step, "who"), who) == 0) {
            dead = dead || fatal;
        }
    }
    return json_pack("{s:b, s:b, s:[]}", "alive", !dead, "exited", dead, "signals");
}

/* Whether some allowed entry agrees with the world in what the world knows. */
static bool expectation_holds(const json_t *step, json_t *world)
{
    const json_t *allow = json_object_get(step, "allow");
    for (size_t i = 0; i < json_array_size(allow); i++) {
        const char *name;
        json_t *known;
        bool agrees = true;
        json_object_foreach(world, name, known)
        {
            const json_t *wanted = json_object_get(json_array_get(allow, i), name);
            agrees = agrees && (!wanted || json_equal(wanted, known));
        }
        if (agrees) {
            return true;
        }
    }
    return false;
}

/* `hardened`: whether the questions that only that profile asks are asked. */
static bool passes(const json_t *case_, const struct constant *constant, const char *reason,
                   bool hardened)
{
    const json_t *steps = json_object_get(case_, "steps");
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        if (!hardened && strcmp(case_text(step, "profile"), "hardened") == 0) {
            continue;
        }
        bool holds = true;
        if (json_object_get(step, "ask")) {
            json_t *answer = answer_of(constant, reason, case_text(step, "ask"));
            struct judgement judgement = judge_answer(step, answer);
            holds = judgement.direction == DIRECTION_NONE;
            judgement_clear(&judgement);
            json_decref(answer);
        } else if (json_object_get(step, "expect")) {
            json_t *world = world_of(steps, i, case_text(step, "who"));
            holds = expectation_holds(step, world);
            json_decref(world);
        }
        if (!holds) {
            return false;
        }
    }
    return true;
}

const char *lint_constant_adapter(const json_t *case_)
{
    bool core = strcmp(case_text(case_, "profile"), "core") == 0;
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        const struct constant *constant = &constants[i];
        const char *reason;
        for (size_t n = 0; (reason = reason_name(n)) != NULL; n++) {
            if (passes(case_, constant, reason, true) ||
                (core && passes(case_, constant, reason, false))) {
                return constant->name;
            }
            if (constant->accepts) {
                break; /* it never gives the reason */
            }
        }
    }
    return NULL;
}
