/* recorded.c: see recorded.h. */
#define _GNU_SOURCE

#include "recorded.h"

#include <stdio.h>
#include <sys/wait.h>

struct child child, stranger;
const char *program, *other_program;
pidproof_record record;

int begin(void **state)
{
    (void)state;
    standin_reset();
    program = make_program("daemon", "1");
    other_program = make_program("other", "2");
    child = spawn(program);
    stranger = (struct child){0};
    record = record_of(&child, program);
    return 0;
}

int end(void **state)
{
    (void)state;
    standin_reset();
    finish(&child);
    finish(&stranger);
    return 0;
}

void number_to_stranger(const char *path)
{
    uint32_t number = record.pid;
    finish(&child);
    stranger = spawn(path);
    standin_give(number, stranger.pid);
}

os_process *open_it(void)
{
    struct os_failure failure;
    os_process *process = NULL;
    assert_int_equal(os_process_open(NULL, record.pid, &process, &failure), PIDPROOF_OK);
    return process;
}

bool is_alive(os_process *process)
{
    struct os_failure failure;
    bool alive = false;
    assert_int_equal(os_process_is_alive(process, false, &alive, &failure), PIDPROOF_OK);
    return alive;
}

void fail_from(enum standin_call call, int first, int times, int code)
{
    standin.fail[call].made = 0;
    standin.fail[call].first = first;
    standin.fail[call].times = times;
    standin.fail[call].code = code;
}

bool still_lives(const struct child *who)
{
    siginfo_t info = {0};
    assert_int_equal(waitid(P_PID, (id_t)who->pid, &info, WEXITED | WNOWAIT | WNOHANG), 0);
    return info.si_pid == 0;
}

static enum standin_call die_before;
static bool reaped_too;

static void die(enum standin_call call)
{
    if (call != die_before)
        return;
    standin.before = NULL;
    if (reaped_too) {
        finish(&child);
        standin_give(record.pid, 0);
    } else {
        kill_unreaped(&child);
    }
}

/* [LIVE-2] The registration came too late for the event. The look comes after it, and sees a
 * zombie, or nobody. */
void exit_missed_by_the_registration(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        standin.misses_exit = true;
        standin.before = die;
        die_before = i % 2 ? STANDIN_STATUS : STANDIN_REGISTER;
        reaped_too = i >= 2;
        os_process *process = open_it();
        assert_null(standin.before);
        assert_false(is_alive(process));
        os_process_close(process);
        end(NULL);
        begin(NULL);
    }
}

static int change_at;
static void (*change_world)(void);

static void change_now(enum standin_call call)
{
    (void)call;
    if (standin.calls != change_at)
        return;
    standin.before = NULL; /* what the change itself asks is not counted */
    change_world();
}

void number_to_other_program(void)
{
    number_to_stranger(other_program);
}

void replace_image(void)
{
    assert_int_equal(rename(other_program, program), 0);
}

int change_at_each_call(void (*change)(void), pidproof_reason then)
{
    bool changed = true;
    change_world = change;
    for (change_at = 1; changed; change_at++) {
        standin.calls = 0;
        standin.before = change_now;
        pidproof_handle *handle = NULL;
        pidproof_reason reason = pidproof_verify(NULL, &record, &handle, NULL);
        changed = standin.before == NULL;
        standin.before = NULL;
        if (change_at == 1) { /* nothing was looked at before it */
            assert_true(changed);
            assert_int_equal(reason, then);
        }
        if (!reason) {
            bool alive; /* it follows the daemon, and nobody else */
            assert_int_equal(pidproof_handle_is_alive(handle, &alive, NULL), PIDPROOF_OK);
            assert_int_equal(alive, child.pid > 0);
            pidproof_handle_close(handle);
        } else if (child.pid > 0 || reason != PIDPROOF_NOT_FOUND) {
            assert_true(changed);
            assert_int_equal(reason, then);
        }
        end(NULL);
        begin(NULL);
    }
    return change_at - 1;
}

/* [WATCH-1..4] Two handles on one process, one dead when added, a number given away. */
void watches(void **state)
{
    (void)state;
    pidproof_watch *watch;
    pidproof_watched *watched[3];
    void *tags[4];
    size_t count;
    int names[3];
    pidproof_handle *handles[3] = {accept_it(NULL, &record), accept_it(NULL, &record), NULL};
    assert_int_equal(pidproof_watch_new(&watch, NULL), PIDPROOF_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pidproof_watch_add(watch, handles[i], &names[i], &watched[i], NULL),
                         PIDPROOF_OK);
    assert_int_equal(pidproof_watch_gone(watch, tags, 4, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 0);
    handles[2] = accept_it(NULL, &record);
    number_to_stranger(program);
    assert_int_equal(pidproof_watch_add(watch, handles[2], &names[2], &watched[2], NULL),
                     PIDPROOF_OK);
    assert_int_equal(pidproof_watch_gone(watch, tags, 4, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 3);
    assert_int_equal(pidproof_watch_gone(watch, tags, 4, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 0);
    pidproof_watch_free(watch);
    for (int i = 0; i < 3; i++) {
        bool alive = true;
        assert_int_equal(pidproof_handle_is_alive(handles[i], &alive, NULL), PIDPROOF_OK);
        assert_false(alive);
        pidproof_handle_close(handles[i]);
    }
}
