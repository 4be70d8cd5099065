/*
 * The explorer's model: what is true after each action, and what an atomic verifier may
 * answer then. Each row of the tables cites the clause it rests on.
 */
#include "explore_world.h"
#include "tracer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct situation after(const char *start, const char *change)
{
    const struct start *begin = start_by_name(start);
    assert_non_null(begin);
    struct situation s = situation_first(begin);
    assert_true(situation_permits_all(s, begin->actions));
    for (size_t i = 0; begin->actions[i]; i++)
        situation_apply(&s, begin->actions[i]);
    if (change) {
        const struct change *made = change_by_name(change);
        assert_non_null(made);
        assert_true(situation_permits_all(s, made->actions));
        for (size_t i = 0; made->actions[i]; i++)
            situation_apply(&s, made->actions[i]);
    }
    return s;
}

static void test_answers(void **state)
{
    static const struct {
        const char *start, *change;
        answers allowed;
        const char *clause;
    } rows[] = {
        {"daemon", NULL, ANSWER_ACCEPTED, "LIVE-1"},
        {"daemon-token", NULL, ANSWER_ACCEPTED, "INST-3"},
        {"daemon-by-link", NULL, ANSWER_ACCEPTED, "EXE-2"},
        {"gone", NULL, ANSWER_NOT_FOUND, "LOOK-1"},
        {"zombie", NULL, ANSWER_NOT_FOUND, "LOOK-4"},
        {"stranger", NULL, ANSWER_EXE_PATH_MISMATCH, "EXE-1"},
        {"stranger-token", NULL,
         ANSWER_EXE_PATH_MISMATCH | ANSWER_INSTANCE_MISMATCH | ANSWER_NOT_FOUND, "INST-1"},
        {"restarted", NULL, ANSWER_INSTANCE_MISMATCH | ANSWER_NOT_FOUND, "INST-1"},
        {"copy", NULL, ANSWER_EXE_PATH_MISMATCH, "ORD-1"},
        {"executed", NULL, ANSWER_EXE_PATH_MISMATCH, "EXE-1"},
        {"good-path-evil-image", NULL, ANSWER_EXE_SHA256_MISMATCH, "HASH-1"},
        {"good-path-evil-image", "rename-copy", ANSWER_EXE_PATH_MISMATCH, "HASH-3"},
        {"replaced", NULL, ANSWER_EXE_PATH_MISMATCH, "EXE-5"},
        {"covered", NULL, ANSWER_EXE_PATH_MISMATCH, "EXE-8"},
        {"hidden", NULL, ANSWER_EXE_PATH_MISMATCH, "EXE-8"},
        {"other-boot", NULL, ANSWER_BOOT_ID_MISMATCH, "BOOT-1"},
        {"other-boot", "boot-restore", ANSWER_ACCEPTED, "BOOT-1"},
        {"other-boot-stranger", NULL, ANSWER_BOOT_ID_MISMATCH, "ORD-1"},
        {"no-boot-id", NULL, ANSWER_BOOT_ID_UNAVAILABLE, "BOOT-3"},
        {"daemon", "die", ANSWER_NOT_FOUND, "LOOK-1"},
        {"daemon", "reuse-same", ANSWER_ACCEPTED, "ATOM-1"},
        {"daemon-token", "reuse-same", ANSWER_INSTANCE_MISMATCH | ANSWER_NOT_FOUND, "INST-1"},
        {"daemon", "exec-other", ANSWER_EXE_PATH_MISMATCH, "EXE-1"},
        {"daemon", "exec-back", ANSWER_ACCEPTED, "LIVE-6"},
        {"executed", "exec-path", ANSWER_ACCEPTED, "LIVE-6"},
        {"daemon", "stop", ANSWER_ACCEPTED, "LIVE-5"},
        {"daemon", "main-exit",
         ANSWER_ACCEPTED | ANSWER_EXE_PATH_UNREADABLE | ANSWER_EXE_UNHASHABLE, "LOOK-5"},
        {"daemon", "undumpable", ANSWER_EXE_PATH_UNREADABLE | ANSWER_EXE_UNHASHABLE, "EXE-3"},
        {"daemon", "chmod-0", ANSWER_EXE_UNHASHABLE, "HASH-2"},
        {"daemon", "unlink", ANSWER_EXE_PATH_MISMATCH, "EXE-5"},
        {"daemon", "move", ANSWER_EXE_PATH_MISMATCH, "EXE-1"},
        {"daemon", "bind-copy", ANSWER_EXE_PATH_MISMATCH, "EXE-8"},
        {"daemon-by-link", "repoint", ANSWER_EXE_PATH_MISMATCH, "EXE-2"},
        {"gone", "take-same", ANSWER_ACCEPTED, "ATOM-1"},
        {"zombie", "reap", ANSWER_NOT_FOUND, "LOOK-1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct situation s = after(rows[i].start, rows[i].change);
        if (situation_answers(&s) != rows[i].allowed)
            fail_msg("%s: %s then %s: answers %#x, not %#x", rows[i].clause, rows[i].start,
                     rows[i].change ? rows[i].change : "nothing", situation_answers(&s),
                     rows[i].allowed);
    }
}

/* Every start can be reached, and every change can be made in at least one of them. */
static void test_everything_is_used(void **state)
{
    size_t start_count, change_count;
    const struct start *all_starts = starts(&start_count);
    const struct change *all_changes = changes(&change_count);
    (void)state;
    for (size_t c = 0; c < change_count; c++) {
        bool used = false;
        for (size_t i = 0; i < start_count; i++) {
            struct situation s = after(all_starts[i].name, NULL);
            used |= situation_permits_all(s, all_changes[c].actions);
        }
        if (!used)
            fail_msg("no start permits the change %s", all_changes[c].name);
    }
}

static void test_what_cannot_be_done(void **state)
{
    (void)state;
    struct situation dead = after("gone", NULL), zombie = after("zombie", NULL);
    struct situation alive = after("daemon", NULL), covered = after("covered", NULL);
    struct situation unlinked = after("daemon", "unlink");
    assert_false(situation_permits(&dead, KILL));
    assert_false(situation_permits(&zombie, TAKE_OTHER)); /* its number is not free */
    assert_false(situation_permits(&alive, TAKE_OTHER));
    assert_false(situation_permits(&covered, RENAME_OTHER)); /* EBUSY: a mount point */
    assert_false(situation_permits(&unlinked, EXEC_PATH));
    assert_false(situation_permits(&alive, POINT_OTHER));
}

/* ATOM-4: which refusals are honest when a call fails. */
static void test_answers_when_a_call_fails(void **state)
{
    (void)state;
    struct situation s = after("daemon", NULL), evil = after("good-path-evil-image", NULL);

    answers exhausted = situation_answers_failing(&s, "EMFILE", SUBJECT_PROCESS);
    assert_true(exhausted & ANSWER_HANDLE_FAILED);
    assert_true(exhausted & ANSWER_ACCEPTED);
    assert_false(exhausted & ANSWER_NOT_FOUND); /* LOOK-6 */
    assert_false(exhausted & ANSWER_EXE_SHA256_MISMATCH);

    /* ESRCH says that nobody is there, and cannot be told from the truth. */
    assert_true(situation_answers_failing(&s, "ESRCH", SUBJECT_PROCESS) & ANSWER_NOT_FOUND);
    assert_false(situation_answers_failing(&s, "ESRCH", SUBJECT_OTHER) & ANSWER_NOT_FOUND);
    assert_true(situation_answers_failing(&s, "ENOENT", SUBJECT_PATH) & ANSWER_EXE_PATH_MISMATCH);
    assert_false(situation_answers_failing(&s, "EACCES", SUBJECT_PATH) & ANSWER_EXE_PATH_MISMATCH);

    /* No error earns an impostor an acceptance. */
    assert_false(situation_answers_failing(&evil, "EIO", SUBJECT_OTHER) & ANSWER_ACCEPTED);
}

/* Which races can end in an acceptance: those that a plain `explore` makes. */
static void test_what_adds_up(void **state)
{
    static const struct {
        const char *start, *change;
        bool adds_up;
        const char *why;
    } rows[] = {
        {"daemon", "die", true, "it was the daemon once"},
        {"good-path-evil-image", "rename-copy", true, "path of the one, bytes of the other"},
        {"good-path-evil-image", "unlink", false, "the recorded bytes are nowhere"},
        {"copy", "exec-path", true, "it becomes the program of the path"},
        {"stranger", "exec-copy", false, "its path is never the recorded one"},
        {"gone", "take-stranger", true, "the path still leads to the recorded bytes"},
        {"gone", "unlink", false, "nobody ever lives there"},
        {"gone", "take-same", true, "a process of that program"},
        {"restarted", "stop", false, "it is never the recorded instance"},
        {"other-boot", "die", false, "it is never the recorded boot"},
        {"other-boot", "boot-restore", true, "now it is"},
        {"hidden", "die", true, "its name is the right one, and so are the bytes there"},
        {"replaced", "exec-path", true, "it runs what stands at the path"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct situation instants[] = {after(rows[i].start, NULL),
                                       after(rows[i].start, rows[i].change)};
        if (situations_add_up(instants, 2) != rows[i].adds_up)
            fail_msg("%s then %s: expected %d: %s", rows[i].start, rows[i].change, rows[i].adds_up,
                     rows[i].why);
    }
    /* Wherever an acceptance is allowed, it adds up. [ATOM-1] */
    size_t start_count;
    const struct start *all = starts(&start_count);
    for (size_t i = 0; i < start_count; i++) {
        struct situation s = after(all[i].name, NULL);
        if (situation_answers(&s) & ANSWER_ACCEPTED)
            assert_true(situations_add_up(&s, 1));
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_int_equal(answer_by_name("accepted"), ANSWER_ACCEPTED);
    assert_int_equal(answer_by_name("no_such_reason"), 0);
    assert_string_equal(answer_name(ANSWER_EXE_UNHASHABLE), "exe_unhashable");
    assert_null(answer_name(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_everything_is_used),
        cmocka_unit_test(test_what_cannot_be_done),
        cmocka_unit_test(test_answers_when_a_call_fails),
        cmocka_unit_test(test_what_adds_up),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
