/*
 * The explorer's judge: which answers were true at one instant, how wrong the others are,
 * and what a handle may say afterwards. Pure: no process is started here.
 */
#include "explore_judge.h"
#include "tracer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* All instants of a start and then a change, as an experiment goes through them. */
static struct reached through(const char *start, const char *change)
{
    const struct start *begin = start_by_name(start);
    const struct change *made = change ? change_by_name(change) : NULL;
    struct reached reached = {0};
    assert_non_null(begin);
    struct situation now = situation_first(begin);
    for (size_t i = 0; i < ACTIONS_MAX && begin->actions[i]; i++)
        situation_apply(&now, begin->actions[i]);
    reached_add(&reached, &now);
    for (size_t i = 0; made && i < ACTIONS_MAX && made->actions[i]; i++) {
        assert_true(situation_permits(&now, made->actions[i]));
        situation_apply(&now, made->actions[i]);
        reached_add(&reached, &now);
    }
    return reached;
}

static const struct situation *end_of(const struct reached *reached)
{
    return &reached->instants[reached->count - 1];
}

/* Direction and clause of an opinion; it must say why exactly if it is one. */
static void expect(struct opinion opinion, enum direction direction, const char *clause,
                   const char *what)
{
    if (opinion.direction != direction)
        fail_msg("%s: %s, not %s (%s)", what, direction_name(opinion.direction),
                 direction_name(direction), opinion.why ? opinion.why : "no reason");
    assert_true((opinion.why != NULL) == (direction != DIRECTION_NONE));
    if (clause)
        assert_string_equal(opinion.clause, clause);
    opinion_clear(&opinion);
}

/* allowed(S0) ∪ allowed(S1), the instants in between, and nothing else. */
static void test_verify(void **state)
{
    static const struct {
        const char *start, *change;
        answers answer;
        enum direction direction;
        const char *clause;
    } rows[] = {
        {"daemon", NULL, ANSWER_ACCEPTED, DIRECTION_NONE, NULL},
        {"daemon", NULL, ANSWER_NOT_FOUND, DIRECTION_FALSE_REFUSE, "ATOM-3"},
        {"daemon", NULL, ANSWER_HANDLE_FAILED, DIRECTION_FALSE_REFUSE, "ATOM-3"},
        {"stranger", NULL, ANSWER_ACCEPTED, DIRECTION_FALSE_ACCEPT, "ATOM-1"},
        {"stranger", NULL, ANSWER_EXE_SHA256_MISMATCH, DIRECTION_WRONG_REASON, "ATOM-3"},
        {"stranger", NULL, ANSWER_NOT_FOUND, DIRECTION_FALSE_REFUSE, "ATOM-3"},
        /* Before, and after. */
        {"daemon", "die", ANSWER_ACCEPTED, DIRECTION_NONE, NULL},
        {"daemon", "die", ANSWER_NOT_FOUND, DIRECTION_NONE, NULL},
        {"daemon", "die", ANSWER_EXE_PATH_MISMATCH, DIRECTION_WRONG_REASON, "ATOM-3"},
        /* In between nobody had the number. */
        {"daemon", "reuse-stranger", ANSWER_NOT_FOUND, DIRECTION_NONE, NULL},
        {"daemon", "reuse-stranger", ANSWER_EXE_PATH_MISMATCH, DIRECTION_NONE, NULL},
        {"daemon", "reuse-stranger", ANSWER_EXE_SHA256_MISMATCH, DIRECTION_WRONG_REASON, "ATOM-3"},
        /* Path of the one, digest of the other: at no instant. */
        {"good-path-evil-image", "rename-copy", ANSWER_ACCEPTED, DIRECTION_FALSE_ACCEPT, "ATOM-1"},
        {"good-path-evil-image", "rename-copy", ANSWER_EXE_SHA256_MISMATCH, DIRECTION_NONE, NULL},
        {"good-path-evil-image", "rename-copy", ANSWER_EXE_PATH_MISMATCH, DIRECTION_NONE, NULL},
        /* Another instance was never what is recorded. */
        {"restarted", NULL, ANSWER_ACCEPTED, DIRECTION_FALSE_ACCEPT, "ATOM-1"},
        {"other-boot", "boot-restore", ANSWER_ACCEPTED, DIRECTION_NONE, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reached reached = through(rows[i].start, rows[i].change);
        char what[128];
        snprintf(what, sizeof what, "%s, %s: %s", rows[i].start,
                 rows[i].change ? rows[i].change : "nothing", answer_name(rows[i].answer));
        expect(judge_verify(&reached, rows[i].answer, NULL), rows[i].direction, rows[i].clause,
               what);
    }
}

/* ATOM-4: an error earns no acceptance; it may be told; EINTR and a short read may not. */
static void test_verify_with_a_failing_call(void **state)
{
    struct reached daemon = through("daemon", NULL), evil = through("good-path-evil-image", NULL);
    struct failure exhausted = {"pidfd_open", "EMFILE", SUBJECT_PROCESS, false};
    struct failure absent = {"pidfd_open", "ESRCH", SUBJECT_PROCESS, false};
    struct failure interrupted = {"read", "EINTR", SUBJECT_PATH, true};
    struct failure cut_short = {"read", NULL, SUBJECT_PATH, true};
    (void)state;

    expect(judge_verify(&daemon, ANSWER_HANDLE_FAILED, &exhausted), DIRECTION_NONE, NULL,
           "could not check");
    expect(judge_verify(&daemon, ANSWER_ACCEPTED, &exhausted), DIRECTION_NONE, NULL, "managed");
    expect(judge_verify(&daemon, ANSWER_NOT_FOUND, &exhausted), DIRECTION_FALSE_REFUSE, "ATOM-4",
           "exhaustion read as gone"); /* LOOK-6 */
    expect(judge_verify(&daemon, ANSWER_NOT_FOUND, &absent), DIRECTION_NONE, NULL,
           "ESRCH cannot be told from absence");
    expect(judge_verify(&evil, ANSWER_ACCEPTED, &exhausted), DIRECTION_FALSE_ACCEPT, "ATOM-4",
           "an acceptance that was not earned");
    expect(judge_verify(&daemon, ANSWER_HANDLE_FAILED, &interrupted), DIRECTION_FALSE_REFUSE,
           "ATOM-4", "EINTR told of");
    expect(judge_verify(&daemon, ANSWER_EXE_SHA256_MISMATCH, &cut_short), DIRECTION_FALSE_REFUSE,
           "ATOM-4", "a short read taken for the end");
}

/* ATOM-2: bound to what was verified, and to nobody else, for ever. */
static void test_binding(void **state)
{
    struct reached reused = through("daemon", "reuse-stranger");
    struct reached same = through("daemon", "reuse-same");
    struct reached dead = through("daemon", "die"), alive = through("daemon", NULL);
    (void)state;

    assert_int_equal(reached_verified(&reused), 1U << 1);
    assert_int_equal(reached_verified(&same), 1U << 1 | 1U << 2);
    struct reached never = through("stranger", NULL);
    assert_int_equal(reached_verified(&never), 0);

    expect(judge_binding(1U << 1, end_of(&alive), true), DIRECTION_NONE, NULL, "it lives");
    expect(judge_binding(1U << 1, end_of(&alive), false), DIRECTION_FALSE_REFUSE, "LIVE-1",
           "it lives and is called dead");
    expect(judge_binding(1U << 1, end_of(&dead), true), DIRECTION_FALSE_ACCEPT, "ATOM-2",
           "it is dead and called alive");
    expect(judge_binding(1U << 1, end_of(&reused), false), DIRECTION_NONE, NULL,
           "the number is a stranger's");
    expect(judge_binding(1U << 1, end_of(&reused), true), DIRECTION_FALSE_ACCEPT, "ATOM-2",
           "a stranger revives it");
    /* Two processes were the daemon of the record: either may be meant, but one of them. */
    expect(judge_binding(1U << 1 | 1U << 2, end_of(&same), true), DIRECTION_NONE, NULL, "the new");
    expect(judge_binding(1U << 1 | 1U << 2, end_of(&same), false), DIRECTION_NONE, NULL, "the old");
    expect(judge_binding(1U << 2, end_of(&same), false), DIRECTION_FALSE_ACCEPT, "ATOM-2",
           "only the new one was verified, and the handle is the old one's");
}

static void test_liveness(void **state)
{
    struct reached alive = through("daemon", NULL), dies = through("daemon", "die");
    struct reached dead = through("gone", NULL), reused = through("daemon", "reuse-stranger");
    struct reached zombie = through("zombie", NULL), stopped = through("daemon", "stop");
    struct failure interrupted = {"poll", "EINTR", SUBJECT_PROCESS, true};
    struct failure broken = {"poll", "ENOMEM", SUBJECT_PROCESS, false};
    (void)state;

    expect(judge_liveness(&alive, 1, true, NULL), DIRECTION_NONE, NULL, "alive");
    expect(judge_liveness(&alive, 1, false, NULL), DIRECTION_FALSE_REFUSE, "ATOM-3", "LIVE-1");
    expect(judge_liveness(&dead, 0, true, NULL), DIRECTION_FALSE_ACCEPT, "ATOM-3", "LIVE-8");
    expect(judge_liveness(&zombie, 0, true, NULL), DIRECTION_FALSE_ACCEPT, "ATOM-3", "LOOK-4");
    expect(judge_liveness(&stopped, 1, false, NULL), DIRECTION_FALSE_REFUSE, "ATOM-3", "LIVE-5");
    expect(judge_liveness(&dies, 1, true, NULL), DIRECTION_NONE, NULL, "as it was");
    expect(judge_liveness(&dies, 1, false, NULL), DIRECTION_NONE, NULL, "as it is");
    struct reached afterwards = {0};
    reached_add(&afterwards, end_of(&reused));
    expect(judge_liveness(&afterwards, 1, true, NULL), DIRECTION_FALSE_ACCEPT, "ATOM-3", "LIVE-4");
    expect(judge_liveness(&afterwards, 0, true, NULL), DIRECTION_NONE, NULL, "whoever has it");
    /* LIVE-9: a failing poll is an error, not a death. */
    expect(judge_liveness(&alive, 1, false, &interrupted), DIRECTION_FALSE_REFUSE, "LIVE-9",
           "EINTR is death");
    expect(judge_liveness(&alive, 1, false, &broken), DIRECTION_FALSE_REFUSE, "LIVE-9",
           "ENOMEM is death");
}

static void test_signals(void **state)
{
    struct reached alive = through("daemon", NULL), dead = through("gone", NULL);
    struct reached dies = through("daemon", "die"), zombie = through("zombie", NULL);
    struct reached reused = through("daemon", "reuse-stranger");
    struct failure refused = {"kill", "EPERM", SUBJECT_PROCESS, false};
    (void)state;

    expect(judge_signal(&alive, 0, true, 0, NULL), DIRECTION_NONE, NULL, "sent");
    expect(judge_signal(&alive, 0, false, ANSWER_HANDLE_FAILED, NULL), DIRECTION_FALSE_REFUSE,
           "ATOM-3", "refused for nothing");
    expect(judge_signal(&dead, 0, true, 0, NULL), DIRECTION_HARM, "SIG-4", "sent to nobody");
    expect(judge_signal(&dead, 0, false, ANSWER_HANDLE_FAILED, NULL), DIRECTION_NONE, NULL,
           "SIG-4");
    expect(judge_signal(&zombie, 0, true, 0, NULL), DIRECTION_NONE, NULL, "a zombie takes it");
    expect(judge_signal(&dies, 0, false, ANSWER_NOT_FOUND, NULL), DIRECTION_NONE, NULL, "gone");
    expect(judge_signal(&reused, 1, false, ANSWER_NOT_FOUND, NULL), DIRECTION_NONE, NULL,
           "SIG-6: the handle's process is gone");
    expect(judge_signal(&alive, 0, false, ANSWER_HANDLE_FAILED, &refused), DIRECTION_NONE, NULL,
           "SIG-5");
    expect(judge_signal(&alive, 0, false, ANSWER_NOT_FOUND, &refused), DIRECTION_FALSE_REFUSE,
           "ATOM-4", "EPERM proves that it is there");
}

/* A record is of one process at one instant; path and digest of two are of none. [ATOM-1] */
static void test_capture(void **state)
{
    json_t *here = json_pack("{s:s, s:s}", "path", "/w/recorded", "sha256", "aa");
    json_t *there = json_pack("{s:s, s:s}", "path", "/w/other", "sha256", "bb");
    const json_t *files[FILE_COUNT] = {[FILE_RECORDED] = here, [FILE_OTHER] = there};
    json_t *old = json_pack("{s:s, s:s}", "exe_path", "/w/recorded", "exe_sha256", "aa");
    json_t *new = json_pack("{s:s, s:s}", "exe_path", "/w/other", "exe_sha256", "bb");
    json_t *mixed = json_pack("{s:s, s:s}", "exe_path", "/w/recorded", "exe_sha256", "bb");
    struct reached executes = through("daemon", "exec-other"), still = through("daemon", NULL);
    (void)state;

    expect(judge_capture(&executes, files, old, 0, NULL), DIRECTION_NONE, NULL, "before");
    expect(judge_capture(&executes, files, new, 0, NULL), DIRECTION_NONE, NULL, "after");
    expect(judge_capture(&executes, files, mixed, 0, NULL), DIRECTION_FALSE_ACCEPT, "ATOM-1",
           "path before, digest after");
    expect(judge_capture(&executes, files, NULL, ANSWER_EXE_PATH_MISMATCH, NULL), DIRECTION_NONE,
           NULL, "it noticed");
    expect(judge_capture(&still, files, new, 0, NULL), DIRECTION_FALSE_ACCEPT, "ATOM-1",
           "another's record");
    expect(judge_capture(&still, files, NULL, ANSWER_NOT_FOUND, NULL), DIRECTION_FALSE_REFUSE,
           "ATOM-3", "called gone");
    json_decref(here);
    json_decref(there);
    json_decref(old);
    json_decref(new);
    json_decref(mixed);
}

/* A file that is moved takes the path of its process along, whichever file it is. */
static void test_capture_of_what_is_moved(void **state)
{
    static const char *const starts_and_images[][2] = {{"daemon", "aa"}, {"replaced", "cc"}};
    json_t *recorded = json_pack("{s:s, s:s}", "path", "/w/recorded", "sha256", "aa");
    json_t *newer = json_pack("{s:s, s:s}", "path", "/w/recorded", "sha256", "cc");
    json_t *away = json_pack("{s:s, s:s}", "path", "/w/moved", "sha256", "aa");
    const json_t *files[FILE_COUNT] = {
        [FILE_RECORDED] = recorded, [FILE_NEW_COPY] = newer, [FILE_MOVED] = away};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct reached reached = through(starts_and_images[i][0], "exec-path");
        struct situation now = *end_of(&reached);
        assert_true(situation_permits(&now, MOVE));
        situation_apply(&now, MOVE);
        reached_add(&reached, &now);
        json_t *record =
            json_pack("{s:s, s:s}", "exe_path", "/w/moved", "exe_sha256", starts_and_images[i][1]);
        expect(judge_capture(&reached, files, record, 0, NULL), DIRECTION_NONE, NULL,
               starts_and_images[i][0]);
        json_decref(record);
    }
    struct reached replaced = through("replaced", NULL);
    struct situation now = *end_of(&replaced);
    situation_apply(&now, MOVE); /* of the new file: the process runs the old one, which is gone */
    reached_add(&replaced, &now);
    json_t *record = json_pack("{s:s, s:s}", "exe_path", "/w/moved", "exe_sha256", "aa");
    expect(judge_capture(&replaced, files, record, 0, NULL), DIRECTION_FALSE_ACCEPT, "ATOM-1",
           "another file was moved");
    json_decref(record);
    json_decref(recorded);
    json_decref(newer);
    json_decref(away);
}

static void test_answer_of(void **state)
{
    json_t *refused = json_pack("{s:{s:s}}", "refused", "reason", "not_found");
    json_t *unknown = json_pack("{s:{s:s}}", "refused", "reason", "accepted");
    json_t *accepted = json_pack("{s:{s:i}}", "accepted", "handle", 1);
    (void)state;
    assert_int_equal(answer_of(refused), ANSWER_NOT_FOUND);
    assert_int_equal(answer_of(unknown), 0); /* a refusal whose reason is "accepted" is none */
    assert_int_equal(answer_of(accepted), ANSWER_ACCEPTED);
    json_decref(refused);
    json_decref(unknown);
    json_decref(accepted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_verify_with_a_failing_call),
        cmocka_unit_test(test_binding),
        cmocka_unit_test(test_liveness),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_capture),
        cmocka_unit_test(test_capture_of_what_is_moved),
        cmocka_unit_test(test_answer_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
