/* recorded.c: see recorded.h. */
#define _GNU_SOURCE

#include "recorded.h"

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
