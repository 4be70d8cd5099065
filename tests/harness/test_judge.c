/*
 * The judge against CASES.md, "Allowed answers" and "The direction of a failure":
 * one row a rule. The clause is one that a case with this question is about.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "judge.h"

struct row {
    const char *label; /* rule, and the clause it serves */
    const char *step;
    const char *result;
    enum direction direction;
    const char *message; /* how it begins; NULL where the answer is right */
};

#define VERIFY(allow) "{'ask': 'verify', 'allow': [" allow "]}"
#define LIVING(allow) "{'ask': 'verify', 'living': true, 'allow': [" allow "]}"
#define ASK(method, allow) "{'ask': '" method "', 'allow': [" allow "]}"
#define ACCEPTED "{'accepted': {'handle': 1, 'evidence': ['boot_id', 'exe_path']}}"
#define REFUSED(reason) "{'refused': {'reason': '" reason "'}}"

static const struct row answers[] = {
    {"any acceptance [LIVE-1]", VERIFY("{'accepted': true}"), ACCEPTED, DIRECTION_NONE, 0},
    {"evidence that must be there is [BOOT-1]",
     VERIFY("{'accepted': {'evidence_has': ['boot_id']}}"), ACCEPTED, DIRECTION_NONE, 0},
    {"evidence that must be there is not [BOOT-1]",
     VERIFY("{'accepted': {'evidence_has': ['instance']}}"), ACCEPTED, DIRECTION_FALSE_ACCEPT,
     "verify: accepted, and what it says"},
    {"evidence that must not be there is [BOOT-2]",
     VERIFY("{'accepted': {'evidence_lacks': ['boot_id']}}"), ACCEPTED, DIRECTION_FALSE_ACCEPT,
     "verify: accepted, and what it says"},
    {"evidence that is not sent cannot be untrue [BOOT-2]",
     VERIFY("{'accepted': {'evidence_has': ['instance']}}"), "{'accepted': {'handle': 1}}",
     DIRECTION_NONE, 0},
    {"accepted, only refusals allowed [EXE-1]", VERIFY("{'refused': 'exe_path_mismatch'}"),
     ACCEPTED, DIRECTION_FALSE_ACCEPT, "verify: accepted what must be refused"},
    {"the allowed reason [LOOK-1]", VERIFY("{'refused': 'not_found'}"), REFUSED("not_found"),
     DIRECTION_NONE, 0},
    {"one of several reasons [LOOK-3]", VERIFY("{'refused': ['invalid_pid', 'not_found']}"),
     REFUSED("not_found"), DIRECTION_NONE, 0},
    {"one of several entries [LOOK-3]",
     VERIFY("{'refused': 'invalid_pid'}, {'refused': 'not_found'}"), REFUSED("not_found"),
     DIRECTION_NONE, 0},
    {"any reason of SPEC.md [LOOK-4]", VERIFY("{'refused': '*'}"), REFUSED("handle_failed"),
     DIRECTION_NONE, 0},
    {"a reason of its own is none [LOOK-4]", VERIFY("{'refused': '*'}"), REFUSED("dunno"),
     DIRECTION_WRONG_REASON, "verify: refused with a reason that SPEC.md does not have: dunno"},
    {"another reason [LOOK-1]", VERIFY("{'refused': 'not_found'}"), REFUSED("handle_failed"),
     DIRECTION_WRONG_REASON, "verify: refused: handle_failed"},
    {"refused, only acceptance allowed [EXE-2]", VERIFY("{'accepted': true}"),
     REFUSED("exe_path_mismatch"), DIRECTION_FALSE_REFUSE, "verify: refused: exe_path_mismatch"},
    {"a live process called gone [LOOK-2]", LIVING("{'refused': 'exe_path_unreadable'}"),
     REFUSED("not_found"), DIRECTION_FALSE_REFUSE, "verify: refused: not_found"},
    {"a live process refused for another reason [LOOK-2]",
     LIVING("{'refused': 'exe_path_unreadable'}"), REFUSED("exe_path_mismatch"),
     DIRECTION_WRONG_REASON, "verify: refused: exe_path_mismatch"},
    {"acceptance or a refusal, and the refusal came [LOOK-5]",
     VERIFY("{'accepted': true}, {'refused': 'exe_path_unreadable'}"),
     REFUSED("exe_path_unreadable"), DIRECTION_NONE, 0},
    {"acceptance or a refusal, and called gone while living [LOOK-5]",
     LIVING("{'accepted': true}, {'refused': 'exe_path_unreadable'}"), REFUSED("not_found"),
     DIRECTION_FALSE_REFUSE, "verify: refused: not_found"},
    {"true details [EXE-1]",
     VERIFY("{'refused': {'reason': 'exe_path_mismatch', 'expected': '/a', 'actual': '/b'}}"),
     "{'refused': {'reason': 'exe_path_mismatch', 'expected': '/a', 'actual': '/b'}}",
     DIRECTION_NONE, 0},
    {"an untrue detail [EXE-1]",
     VERIFY("{'refused': {'reason': 'exe_path_mismatch', 'actual': '/b'}}"),
     "{'refused': {'reason': 'exe_path_mismatch', 'actual': '/c'}}", DIRECTION_WRONG_REASON,
     "verify: refused (exe_path_mismatch) with an untrue actual"},
    {"a detail that is not sent cannot be untrue [EXE-1]",
     VERIFY("{'refused': {'reason': 'exe_path_mismatch', 'actual': '/b'}}"),
     REFUSED("exe_path_mismatch"), DIRECTION_NONE, 0},
    {"a detail that nobody asks about [EXE-1]", VERIFY("{'refused': 'exe_path_mismatch'}"),
     "{'refused': {'reason': 'exe_path_mismatch', 'actual': '/c', 'message': 'x'}}", DIRECTION_NONE,
     0},
    {"the system's error by name [EXE-3]",
     VERIFY("{'refused': {'reason': 'exe_path_unreadable', 'os_error': 'EACCES'}}"),
     "{'refused': {'reason': 'exe_path_unreadable', 'os_error': {'code': 13, 'name': 'EACCES'}}}",
     DIRECTION_NONE, 0},
    {"another error of the system [EXE-3]",
     VERIFY("{'refused': {'reason': 'exe_path_unreadable', 'os_error': ['EACCES', 'EPERM']}}"),
     "{'refused': {'reason': 'exe_path_unreadable', 'os_error': {'code': 2, 'name': 'ENOENT'}}}",
     DIRECTION_WRONG_REASON, "verify: refused (exe_path_unreadable) with an untrue os_error"},
    {"a captured record [capture]", ASK("capture", "{'record': {'pid': 7}}"),
     "{'record': {'pid': 7, 'exe_path': '/x'}}", DIRECTION_NONE, 0},
    {"any captured record [capture]", ASK("capture", "{'record': true}"), "{'record': {'pid': 7}}",
     DIRECTION_NONE, 0},
    {"an untrue captured record [capture]", ASK("capture", "{'record': {'pid': 7}}"),
     "{'record': {'pid': 8}}", DIRECTION_FALSE_ACCEPT, "capture: accepted, and what it says"},
    {"captured what must be refused [LOOK-3]", ASK("capture", "{'refused': '*'}"),
     "{'record': {'pid': 8}}", DIRECTION_FALSE_ACCEPT, "capture: accepted what must be refused"},
    {"alive though dead [LIVE-2]", ASK("is_alive", "{'alive': false}"), "{'alive': true}",
     DIRECTION_FALSE_ACCEPT, "is_alive: says alive"},
    {"dead though alive [LIVE-5]", ASK("is_alive", "{'alive': true}"), "{'alive': false}",
     DIRECTION_FALSE_REFUSE, "is_alive: says not alive"},
    {"not alive where looking failed [LIVE-9]",
     ASK("is_alive", "{'alive': true}, {'refused': 'handle_failed'}"), "{'alive': false}",
     DIRECTION_FALSE_REFUSE, "is_alive: says not alive"},
    {"looking failed, which is allowed [LIVE-9]",
     ASK("is_alive", "{'alive': true}, {'refused': 'handle_failed'}"), REFUSED("handle_failed"),
     DIRECTION_NONE, 0},
    {"a live number called dead [LIVE-8]", ASK("process_is_alive", "{'alive': true}"),
     "{'alive': false}", DIRECTION_FALSE_REFUSE, "process_is_alive: says not alive"},
    {"a thread's number called alive [LOOK-3]", ASK("process_is_alive", "{'alive': false}"),
     "{'alive': true}", DIRECTION_FALSE_ACCEPT, "process_is_alive: says alive"},
    {"exit reported too early [LIVE-10]", ASK("wait", "{'exited': false}"), "{'exited': true}",
     DIRECTION_FALSE_REFUSE, "wait: says exited"},
    {"exit missed [LIVE-10]", ASK("wait", "{'exited': true}"), "{'exited': false}",
     DIRECTION_FALSE_ACCEPT, "wait: says not exited"},
    {"signalled what must be refused [SIG-3]", ASK("terminate", "{'refused': 'invalid_pid'}"),
     "{'sent': true}", DIRECTION_HARM, "terminate: sent a signal that must be refused"},
    {"signalled a stranger through a handle [SIG-6]",
     ASK("force_kill_handle", "{'refused': 'handle_failed'}"), "{'sent': true}", DIRECTION_HARM,
     "force_kill_handle: sent"},
    {"refused to signal [SIG-1]", ASK("terminate", "{'sent': true}"), REFUSED("handle_failed"),
     DIRECTION_FALSE_REFUSE, "terminate: refused: handle_failed"},
    {"refused to signal for another reason [SIG-4]",
     ASK("force_kill", "{'refused': {'reason': 'handle_failed', 'os_error': 'ESRCH'}}"),
     REFUSED("invalid_pid"), DIRECTION_WRONG_REASON, "force_kill: refused: invalid_pid"},
    {"anything else, equal [LIVE-1]", ASK("handle_pid", "{'pid': 7}"), "{'pid': 7}", DIRECTION_NONE,
     0},
    {"anything else, unequal [LIVE-1]", ASK("handle_pid", "{'pid': 7}"), "{'pid': 8}",
     DIRECTION_WRONG_REASON, "handle_pid: answered {\"pid\":8}"},
    {"anything else, missing [WATCH-1]", ASK("watch_gone", "{'gone': [2]}"), "{}",
     DIRECTION_WRONG_REASON, "watch_gone: answered {}"},
    {"nothing allowed fits nothing", VERIFY(""), ACCEPTED, DIRECTION_FALSE_ACCEPT,
     "verify: accepted what must be refused"},
};

static const struct row expectations[] = {
    {"as allowed [SIG-3]", "{'expect': 'untouched', 'who': 'd', 'allow': [{'signals': []}]}",
     "{'alive': true, 'signals': []}", DIRECTION_NONE, 0},
    {"its own direction [SIG-3]",
     "{'expect': 'state', 'who': 'd', 'allow': [{'alive': true}], 'otherwise': 'harm'}",
     "{'alive': false}", DIRECTION_HARM, "state of d: is {\"alive\":false}"},
    {"a member that was not seen does not fit [SIG-2]",
     "{'expect': 'await', 'who': 'd', 'allow': [{'exited': true}], 'otherwise': 'false-refuse'}",
     "{}", DIRECTION_FALSE_REFUSE, "await of d: is {}"},
};

/* Here `step` is the audit before, `result` the one after. */
static const struct row audits[] = {
    {"nothing changed [RES-1, RES-2]",
     "{'descriptors': 4, 'children': [], 'zombies': 0, 'stray': [],"
     " 'canaries': [{'name': 'group', 'alive': true, 'signals': []}]}",
     "{'descriptors': 4, 'children': [], 'zombies': 0, 'stray': [],"
     " 'canaries': [{'name': 'group', 'alive': true, 'signals': []}]}",
     DIRECTION_NONE, 0},
    {"a descriptor left open [RES-1]", "{'descriptors': 4}", "{'descriptors': 5}", DIRECTION_LEAK,
     "audit: a descriptor was left open"},
    {"a descriptor fewer is no leak [RES-1]", "{'descriptors': 5}", "{'descriptors': 4}",
     DIRECTION_NONE, 0},
    {"a child left behind [RES-2]", "{'children': [3]}", "{'children': [3, 9]}", DIRECTION_LEAK,
     "audit: a child process was left behind"},
    {"a zombie left behind [RES-2]", "{'zombies': 0}", "{'zombies': 1}", DIRECTION_LEAK,
     "audit: a zombie was left behind"},
    {"a bystander killed [SIG-3]", "{'canaries': [{'name': 'group', 'alive': true}]}",
     "{'canaries': [{'name': 'group', 'alive': false}]}", DIRECTION_HARM,
     "audit: a bystander was killed: group"},
    {"a bystander signalled [SIG-3]",
     "{'canaries': [{'name': 'group', 'alive': true, 'signals': []}]}",
     "{'canaries': [{'name': 'group', 'alive': true, 'signals': ['SIGTERM']}]}", DIRECTION_HARM,
     "audit: a bystander was signalled: group"},
    {"somebody else's child reaped [RES-2]", "{'stray': []}", "{'stray': ['status of 7']}",
     DIRECTION_HARM, "audit: somebody else's child"},
    {"harm before leak", "{'descriptors': 4, 'canaries': [{'name': 'g', 'alive': true}]}",
     "{'descriptors': 9, 'canaries': [{'name': 'g', 'alive': false}]}", DIRECTION_HARM,
     "audit: a bystander was killed: g"},
    {"what could not be observed is not judged", "{}", "{}", DIRECTION_NONE, 0},
};

static json_t *parse(const char *quoted)
{
    char text[1024];
    size_t length = strlen(quoted);
    assert_true(length < sizeof text);
    for (size_t i = 0; i <= length; i++) {
        text[i] = quoted[i] == '\'' ? '"' : quoted[i];
    }
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    return value;
}

static void check(const struct row *rows, size_t count,
                  struct judgement (*judge)(const json_t *, const json_t *))
{
    for (size_t i = 0; i < count; i++) {
        json_t *step = parse(rows[i].step), *result = parse(rows[i].result);
        struct judgement judgement = judge(step, result);
        const char *message = judgement.message ? judgement.message : "";
        const char *wanted = rows[i].message ? rows[i].message : "";
        bool same = rows[i].message ? strncmp(message, wanted, strlen(wanted)) == 0 : !*message;
        if (judgement.direction != rows[i].direction || !same) {
            fail_msg("%s: came %d '%s', right is %d '%s'", rows[i].label, judgement.direction,
                     message, rows[i].direction, wanted);
        }
        judgement_clear(&judgement);
        json_decref(step);
        json_decref(result);
    }
}

static void answers_are_judged(void **state)
{
    (void)state;
    check(answers, sizeof answers / sizeof *answers, judge_answer);
}

static void expectations_are_judged(void **state)
{
    (void)state;
    check(expectations, sizeof expectations / sizeof *expectations, judge_expectation);
}

static void audits_are_judged(void **state)
{
    (void)state;
    check(audits, sizeof audits / sizeof *audits, judge_audit);
}

static void directions_have_names(void **state)
{
    (void)state;
    for (int i = DIRECTION_FALSE_ACCEPT; i <= DIRECTION_LEAK; i++) {
        assert_int_equal(direction_from_name(direction_name((enum direction)i)), i);
    }
    assert_null(direction_name(DIRECTION_NONE));
    assert_int_equal(direction_from_name("sideways"), DIRECTION_NONE);
    assert_int_equal(direction_from_name(NULL), DIRECTION_NONE);
    judgement_clear(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_judged),
        cmocka_unit_test(expectations_are_judged),
        cmocka_unit_test(audits_are_judged),
        cmocka_unit_test(directions_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
