/*
 * test_darwin.c: the macOS backend on a STAND-IN (standin.h) for macOS's calls: the latch,
 * ESRCH for a zombie, numbers that are given away at every call, every call failing. Names
 * like M3 are those of the catalogue of cases that the stand-in was built after.
 */
#define _GNU_SOURCE

#include "recorded.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Liveness ------------------------------------------------------------ */

/* [LIVE-1, LIVE-2, LIVE-3] M5: the event is handed out once; dead is for ever. */
static void exit_is_latched(void **state)
{
    (void)state;
    pidproof_handle *handle = accept_it(NULL, &record);
    assert_int_equal(pidproof_handle_evidence(handle),
                     PIDPROOF_EVIDENCE_BOOT_ID | PIDPROOF_EVIDENCE_EXE_PATH |
                         PIDPROOF_EVIDENCE_EXE_SHA256 | PIDPROOF_EVIDENCE_BOUND);
    pidproof_handle_close(handle);
    os_process *process = open_it();
    assert_true(is_alive(process));
    assert_int_equal(fcntl((int)os_process_descriptor(process), F_GETFD), FD_CLOEXEC);
    kill_unreaped(&child);
    for (int i = 0; i < 3; i++)
        assert_false(is_alive(process));
    struct pollfd poller = {.fd = (int)os_process_descriptor(process), .events = POLLIN};
    assert_int_equal(poll(&poller, 1, 0), 1); /* and the descriptor stays readable */
    finish(&child);
    assert_false(is_alive(process));
    os_process_close(process);
}

/* The same where nothing but the latch remembers: no user event takes the exit's place. */
static void latch_stands_alone(void **state)
{
    (void)state;
    struct os_failure failure;
    bool alive = true;
    os_process *process = open_it();
    kill_unreaped(&child);
    fail_from(STANDIN_USER, 1, 1, ENOMEM);
    assert_int_equal(os_process_is_alive(process, false, &alive, &failure), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(failure.code, ENOMEM);
    assert_false(is_alive(process));
    os_process_close(process);
}

/* [LOOK-1, LOOK-4] M3: macOS registers no zombie, of which kill(0) says that it is there. */
static void zombie_is_gone(void **state)
{
    (void)state;
    struct os_failure failure;
    os_process *process = NULL;
    kill_unreaped(&child);
    assert_int_equal(kill(child.pid, 0), 0);
    assert_int_equal(os_process_open(NULL, record.pid, &process, &failure), PIDPROOF_NOT_FOUND);
    assert_int_equal(failure.code, ESRCH);
    refuse_it(NULL, &record, PIDPROOF_NOT_FOUND);
    assert_false(pidproof_process_is_alive(record.pid));
    pidproof_error error = {0};
    assert_int_equal(pidproof_terminate(record.pid, &error), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(error.os_error, ESRCH); /* [SIG-4] */
    finish(&child);
    standin_give(record.pid, 0);
    refuse_it(NULL, &record, PIDPROOF_NOT_FOUND);
}

/* Who is exiting when we look may have posted its event before we came: no event will come. */
static void exiting_is_gone(void **state)
{
    (void)state;
    standin.exiting = true;
    refuse_it(NULL, &record, PIDPROOF_NOT_FOUND);
    os_process *process = open_it();
    fail_from(STANDIN_EVENTS, 1, 1, EBADF); /* nor is anything asked that could fail */
    assert_false(is_alive(process));
    fail_from(STANDIN_EVENTS, 0, 0, 0);
    struct pollfd poller = {.fd = (int)os_process_descriptor(process), .events = POLLIN};
    assert_int_equal(poll(&poller, 1, 0), 1);
    struct os_failure failure;
    bool exited = false;
    assert_int_equal(os_process_wait(process, -1, &exited, &failure), PIDPROOF_OK);
    assert_true(exited);
    os_process_close(process);
}

/* An answer of another size comes from a system that this was not built for. */
static void another_layout_is_not_understood(void **state)
{
    (void)state;
    struct os_failure failure = {0};
    os_process *process = NULL;
    standin.missing = 8;
    assert_int_equal(os_process_open(NULL, record.pid, &process, &failure), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(failure.code, EPROTO);
}

/* [LIVE-5, LIVE-10] */
static void waiting(void **state)
{
    (void)state;
    struct os_failure failure;
    bool exited = true;
    os_process *process = open_it();
    assert_int_equal(kill(child.pid, SIGSTOP), 0);
    assert_int_equal(os_process_wait(process, 0, &exited, &failure), PIDPROOF_OK);
    assert_false(exited);
    assert_int_equal(kill(child.pid, SIGCONT), 0);
    close(child.in); /* at which it ends */
    assert_int_equal(os_process_wait(process, -1, &exited, &failure), PIDPROOF_OK);
    assert_true(exited);
    assert_int_equal(os_process_wait(process, 0, &exited, &failure), PIDPROOF_OK);
    assert_true(exited);
    siginfo_t info; /* nobody reaped it */
    assert_int_equal(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT), 0);
    os_process_close(process);
    child.in = dup(0); /* for finish() to close */
}

/* Kqueues do not go to forked children, where their numbers are other descriptors. */
static void forked_child_asks_nobody(void **state)
{
    (void)state;
    os_process *process = open_it();
    os_watch *watch = NULL;
    struct os_failure ignored;
    assert_int_equal(os_watch_new(&watch, &ignored), PIDPROOF_OK);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct os_failure failure;
        bool alive = true;
        bool refused =
            os_process_is_alive(process, false, &alive, &failure) == PIDPROOF_HANDLE_FAILED;
        int descriptor = (int)os_process_descriptor(process);
        os_process_close(process);
        refused &= dup(descriptor) >= 0; /* not closed under somebody */
        size_t before = open_descriptors();
        os_watch_free(watch);
        _exit(refused && open_descriptors() == before ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(is_alive(process));
    os_watch_free(watch);
    os_process_close(process);
}

/* [LOOK-2, LIVE-8, LIVE-9] Without a kqueue all that is known is whether kill(0) finds somebody;
 * who was opened and then cannot be asked was there. */
static void numbers_that_cannot_be_opened(void **state)
{
    (void)state;
    fail_from(STANDIN_KQUEUE, 1, 1, EMFILE);
    assert_true(pidproof_process_is_alive(record.pid));
    fail_from(STANDIN_KQUEUE, 1, 1, EMFILE);
    fail_from(STANDIN_KILL, 1, 1, EPERM); /* another user's */
    assert_true(pidproof_process_is_alive(record.pid));
    fail_from(STANDIN_EVENTS, 1, 1, EBADF);
    assert_true(pidproof_process_is_alive(record.pid));
    fail_from(STANDIN_KQUEUE, 1, 1, EMFILE);
    standin_give(record.pid, 0);
    assert_false(pidproof_process_is_alive(record.pid));
}

/* ---- Numbers given away -------------------------------------------------- */

/* [LIVE-4, SIG-6] */
static void reuse_does_not_revive(void **state)
{
    (void)state;
    for (int with_tokens = 0; with_tokens < 2; with_tokens++) {
        pidproof_handle *handle = accept_it(NULL, &record);
        bool alive = true;
        pidproof_error error = {0};
        number_to_stranger(program);
        standin.token_signals = with_tokens;
        assert_int_equal(pidproof_handle_force_kill(handle, &error), PIDPROOF_HANDLE_FAILED);
        assert_int_equal(error.os_error, ESRCH);
        assert_true(still_lives(&stranger));
        assert_int_equal(pidproof_handle_is_alive(handle, &alive, NULL), PIDPROOF_OK);
        assert_false(alive);
        pidproof_handle_close(handle);
        pidproof_error_clear(&error);
        child = stranger;
        record.pid = (uint32_t)child.pid;
        stranger.pid = 0;
    }
}

/* [INST-1, INST-2, INST-4, INST-7] */
static void instances(void **state)
{
    (void)state;
    pidproof_record *captured = NULL;
    assert_int_equal(pidproof_capture(NULL, record.pid, &captured, NULL), PIDPROOF_OK);
    pidproof_handle *handle = accept_it(NULL, captured);
    assert_true(pidproof_handle_evidence(handle) & PIDPROOF_EVIDENCE_INSTANCE);
    pidproof_handle_close(handle);
    /* The same process under the same number, said of another boot. */
    char boot[sizeof standin.boot];
    memcpy(boot, standin.boot, sizeof boot);
    snprintf(standin.boot, sizeof standin.boot, "6F1C2B1E-0000-4000-8000-3A5D9C7E1F21");
    pidproof_record of_old_boot = *captured;
    of_old_boot.boot_id = NULL;
    refuse_it(NULL, &of_old_boot, PIDPROOF_INSTANCE_MISMATCH);
    memcpy(standin.boot, boot, sizeof boot);
    /* Nor of one whose id is the beginning of this one's. */
    char token[128];
    snprintf(token, sizeof token, "darwin-unique:%.4s%s", boot, strrchr(captured->instance, ':'));
    pidproof_record of_shorter_boot = *captured;
    of_shorter_boot.instance = token;
    refuse_it(NULL, &of_shorter_boot, PIDPROOF_INSTANCE_MISMATCH);
    number_to_stranger(program); /* same program, same path, same number */
    refuse_it(NULL, captured, PIDPROOF_INSTANCE_MISMATCH);

    static const char *const garbled[] = {"darwin-unique:",
                                          "darwin-unique::0000000000000001",
                                          "darwin-unique:b:000000000000000",
                                          "linux-pidfs:b:1",
                                          "darwin-unique:b:000000000000000G",
                                          "darwin-unique:b.0000000000000001",
                                          "darwin-number:b:0000000000000001"};
    for (size_t i = 0; i < sizeof garbled / sizeof *garbled; i++)
        assert_false(os_instance_is_valid(garbled[i]));
    assert_true(os_instance_is_valid(captured->instance));
    snprintf(standin.boot, sizeof standin.boot, "another");
    pidproof_record elsewhere = *captured;
    elsewhere.boot_id = NULL;
    refuse_it(NULL, &elsewhere, PIDPROOF_INSTANCE_MISMATCH);
    pidproof_record_free(captured);
}

/* [ATOM-1, ATOM-2, ATOM-3] */
static void reuse_at_every_call(void **state)
{
    (void)state;
    assert_true(change_at_each_call(number_to_other_program, PIDPROOF_EXE_PATH_MISMATCH) > 9);
}

/* [ATOM-1, ATOM-3, EXE-5] */
static void replaced_at_every_call(void **state)
{
    (void)state;
    assert_true(change_at_each_call(replace_image, PIDPROOF_EXE_PATH_UNREADABLE) > 7);
}

/* ---- What fails ---------------------------------------------------------- */

/* [ATOM-4, LOOK-6, RES-1] M10: chance is tried again; nothing that failed is accepted. */
static void every_call_fails(void **state)
{
    (void)state;
    static const int codes[] = {EPERM, EINVAL, EMFILE, ENOMEM, EIO, EINTR, ESRCH, ENOENT};
    static const enum standin_call calls[] = {STANDIN_KQUEUE, STANDIN_REGISTER, STANDIN_EVENTS,
                                              STANDIN_STATUS, STANDIN_IDENTITY, STANDIN_PATH,
                                              STANDIN_SYSCTL};
    pidproof_record *captured = NULL;
    assert_int_equal(pidproof_capture(NULL, record.pid, &captured, NULL), PIDPROOF_OK);
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++)
        for (size_t e = 0; e < sizeof codes / sizeof *codes; e++)
            for (int nth = 1; nth <= 6; nth++) {
                enum standin_call call = calls[c];
                int code = codes[e];
                bool chance = (code == EINTR && call != STANDIN_KQUEUE) ||
                              (code == EIO && call >= STANDIN_STATUS);
                pidproof_handle *handle = NULL;
                pidproof_error error = {0};
                size_t before = open_descriptors();
                fail_from(call, nth, 1, code);
                pidproof_reason reason = pidproof_verify(NULL, captured, &handle, &error);
                bool failed = standin.fail[call].made >= nth;
                standin.fail[call].first = 0;
                standin.fail[call].times = 0;
                /* Died while it was looked at: its number may be another's, looked at anew. */
                bool again = code == ESRCH && (call == STANDIN_STATUS || call == STANDIN_IDENTITY);
                if (!failed || chance || again) {
                    assert_int_equal(reason, PIDPROOF_OK);
                    pidproof_handle_close(handle);
                } else if (code == ESRCH && call == STANDIN_REGISTER) {
                    assert_int_equal(reason, PIDPROOF_NOT_FOUND);
                } else {
                    assert_int_equal(pidproof_reason_class(reason), PIDPROOF_CLASS_UNVERIFIABLE);
                    assert_int_equal(error.os_error, code);
                    if (code == EMFILE || code == ENOMEM)
                        assert_int_equal(reason, PIDPROOF_HANDLE_FAILED);
                }
                assert_int_equal(open_descriptors(), before);
                pidproof_error_clear(&error);
                if (!failed)
                    break;
            }
    /* What fails by chance for ever fails. */
    fail_from(STANDIN_PATH, 1, 1000, EIO);
    refuse_it(NULL, captured, PIDPROOF_EXE_PATH_UNREADABLE);
    fail_from(STANDIN_PATH, 0, 0, 0);
    fail_from(STANDIN_SYSCTL, 1, 1000, EIO);
    refuse_it(NULL, captured, PIDPROOF_BOOT_ID_UNAVAILABLE);
    pidproof_record_free(captured);
}

/* [LIVE-9] */
static void failing_poll_is_no_death(void **state)
{
    (void)state;
    struct os_failure failure;
    bool alive = true;
    os_process *process = open_it();
    fail_from(STANDIN_EVENTS, 1, 1, EBADF);
    assert_int_equal(os_process_is_alive(process, false, &alive, &failure), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(failure.code, EBADF);
    assert_true(is_alive(process));
    os_process_close(process);
}

/* [BOOT-1, BOOT-3, BOOT-4] M6: the session's id, which the clock does not move. */
static void boot_ids(void **state)
{
    (void)state;
    char *boot_id = NULL;
    assert_int_equal(pidproof_boot_id(&boot_id, NULL), PIDPROOF_OK);
    assert_string_equal(boot_id, standin.boot);
    free(boot_id);
    snprintf(standin.boot, sizeof standin.boot, "6f1c2b1e-0000-4000-8000-3a5d9c7e1f20");
    refuse_it(NULL, &record, PIDPROOF_BOOT_ID_MISMATCH);
    standin.boot[0] = '\0';
    refuse_it(NULL, &record, PIDPROOF_BOOT_ID_UNAVAILABLE);
}

/* ---- Images -------------------------------------------------------------- */

/* [EXE-5, HASH-3] M1, M2: the image was replaced; 0 is the error, and the buffer is not read. */
static void replaced_image_is_unreadable(void **state)
{
    (void)state;
    const char *copy = make_program("copy", "1"); /* the same content */
    assert_int_equal(rename(copy, program), 0);
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
    pidproof_handle *handle;
    pidproof_error error = {0};
    assert_int_equal(pidproof_verify(NULL, &record, &handle, &error), PIDPROOF_EXE_PATH_UNREADABLE);
    assert_int_equal(error.os_error, ENOENT);
    pidproof_error_clear(&error);
    assert_true(pidproof_process_is_alive(record.pid));
}

/* [EXE-3] A path that names nothing here, and an empty one: neither is "different". */
static void path_that_leads_nowhere(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int code;
    } told[] = {{"/no/such/file", ENOENT}, {"", EPROTO}};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        pidproof_handle *handle;
        pidproof_error error = {0};
        standin.path = told[i].path;
        assert_int_equal(pidproof_verify(NULL, &record, &handle, &error),
                         PIDPROOF_EXE_PATH_UNREADABLE);
        assert_int_equal(error.os_error, told[i].code);
        pidproof_error_clear(&error);
    }
}

/* [EXE-8] File numbers are a volume's own: the same one on another is another file. */
static void numbers_of_another_volume(void **state)
{
    (void)state;
    struct os_failure failure;
    struct os_image image;
    os_process *process = open_it();
    assert_int_equal(os_process_image(NULL, process, NULL, &image, &failure), PIDPROOF_OK);
    assert_int_equal(os_path_names(NULL, program, &image, &failure), PIDPROOF_OK);
    image.file.volume++;
    assert_int_equal(os_path_names(NULL, program, &image, &failure), PIDPROOF_EXE_PATH_MISMATCH);
    free(image.path);
    os_process_close(process);
}

/* [EXE-8, EXE-9] M9: other spellings of the same file are it, a copy is not. */
static void aliases(void **state)
{
    (void)state;
    const char *link = in_world("link"), *hard = in_world("hard");
    assert_int_equal(symlink(program, link), 0);
    pidproof_record spelled = record;
    spelled.exe_path = link;
    pidproof_handle_close(accept_it(NULL, &spelled));
    assert_int_equal(linkat(AT_FDCWD, program, AT_FDCWD, hard, 0), 0);
    spelled.exe_path = hard;
    pidproof_handle_close(accept_it(NULL, &spelled));
    spelled.exe_path = make_program("same", "1");
    refuse_it(NULL, &spelled, PIDPROOF_EXE_PATH_MISMATCH);
    char long_path[6001] = "/";
    memset(long_path + 1, 'a', sizeof long_path - 2);
    spelled.exe_path = long_path; /* which we cannot ask about; [EXE-7] */
    refuse_it(NULL, &spelled, PIDPROOF_EXE_PATH_UNREADABLE);
    spelled.exe_path = in_world("missing");
    refuse_it(NULL, &spelled, PIDPROOF_EXE_PATH_MISMATCH);
    assert_int_equal(unlink(link) | unlink(hard), 0);
}

static void rename_image(enum standin_call call)
{
    static int asked;
    if (call == STANDIN_PATH && ++asked == 2) {
        standin.before = NULL;
        assert_int_equal(rename(program, in_world("moved")), 0);
        assert_int_equal(rename(other_program, program), 0);
    }
}

/* Between the two answers the name went to another file: what stands there is not taken. */
static void name_taken_while_looking(void **state)
{
    (void)state;
    struct os_failure failure;
    struct os_image image = {0};
    struct stat moved;
    os_process *process = open_it();
    standin.before = rename_image;
    assert_int_equal(os_process_image(NULL, process, NULL, &image, &failure), PIDPROOF_OK);
    assert_null(standin.before);
    assert_int_equal(stat(in_world("moved"), &moved), 0);
    assert_string_equal(image.path, in_world("moved"));
    assert_int_equal(image.file.id[0], moved.st_ino);
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_MISMATCH);
    free(image.path);
    os_process_close(process);
}

/* ---- Signals ------------------------------------------------------------- */

static void exec_in_between(enum standin_call call)
{
    if (call == STANDIN_TOKEN) {
        standin.before = NULL;
        standin.version++;
    }
}

/* [SIG-1, SIG-2, LIVE-6] By token also across an exec that comes in between; else by number. */
static void signals_arrive(void **state)
{
    (void)state;
    for (int with_tokens = 0; with_tokens < 2; with_tokens++) {
        pidproof_handle *handle = accept_it(NULL, &record);
        bool exited = false;
        standin.token_signals = with_tokens;
        standin.before = exec_in_between;
        assert_int_equal(pidproof_handle_terminate(handle, NULL), PIDPROOF_OK);
        assert_int_equal(standin.before == NULL, with_tokens);
        assert_int_equal(pidproof_handle_wait(handle, -1, &exited, NULL), PIDPROOF_OK);
        assert_true(exited);
        assert_int_equal(standin.fail[STANDIN_KILL].made > 0, !with_tokens);
        pidproof_handle_close(handle);
        end(NULL);
        begin(NULL);
    }
    assert_int_equal(pidproof_force_kill(record.pid, NULL), PIDPROOF_OK);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(info.si_status, SIGKILL);
}

static enum standin_call give_away_before;

static void give_away(enum standin_call call)
{
    if (call != give_away_before)
        return;
    standin.before = NULL;
    number_to_stranger(program);
}

/* [SIG-6] Given away after the kqueue was asked, the number is told by p_uniqueid; by token
 * also given away after that. */
static void signals_meet_no_stranger(void **state)
{
    (void)state;
    for (int with_tokens = 0; with_tokens < 2; with_tokens++) {
        pidproof_handle *handle = accept_it(NULL, &record);
        pidproof_error error = {0};
        standin.token_signals = with_tokens;
        give_away_before = with_tokens ? STANDIN_TOKEN : STANDIN_IDENTITY;
        standin.before = give_away;
        assert_int_equal(pidproof_handle_force_kill(handle, &error), PIDPROOF_HANDLE_FAILED);
        assert_int_equal(error.os_error, ESRCH);
        assert_null(standin.before);
        assert_true(still_lives(&stranger));
        pidproof_handle_close(handle);
        pidproof_error_clear(&error);
        end(NULL);
        begin(NULL);
    }
}

/* [SIG-6] Who has the number cannot be told: nobody is signalled, and that is said. */
static void signals_need_a_look(void **state)
{
    (void)state;
    pidproof_handle *handle = accept_it(NULL, &record);
    pidproof_error error = {0};
    fail_from(STANDIN_IDENTITY, 1, 1, EPERM);
    assert_int_equal(pidproof_handle_force_kill(handle, &error), PIDPROOF_HANDLE_FAILED);
    assert_int_equal(error.os_error, EPERM);
    assert_true(still_lives(&child));
    pidproof_handle_close(handle);
    pidproof_error_clear(&error);
}

/* ---- Watches ------------------------------------------------------------- */

/* os.h: the same ones again until they are removed. */
static void the_removed_are_forgotten(void **state)
{
    (void)state;
    struct os_failure failure;
    os_watch *watch = NULL;
    void *key = NULL;
    size_t count = 0;
    os_process *process = open_it();
    assert_int_equal(os_watch_new(&watch, &failure), PIDPROOF_OK);
    assert_int_equal(os_watch_add(watch, process, &child, &failure), PIDPROOF_OK);
    kill_unreaped(&child);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(os_watch_collect(watch, false, &key, 1, &count, &failure), PIDPROOF_OK);
        assert_int_equal(count, 1);
        assert_ptr_equal(key, &child);
    }
    os_watch_remove(watch, process);
    assert_int_equal(os_watch_collect(watch, false, &key, 1, &count, &failure), PIDPROOF_OK);
    assert_int_equal(count, 0);
    os_watch_free(watch);
    os_process_close(process);
}

/* [WATCH-1, WATCH-4] It waits in a thread of its own, which the exit wakes, and its end. */
static void a_started_watch(void **state)
{
    (void)state;
    pidproof_watch *watch;
    pidproof_watched *watched;
    void *tag = NULL;
    size_t count;
    pidproof_handle *handle = accept_it(NULL, &record);
    assert_int_equal(pidproof_watch_new(&watch, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watch_start(watch, NULL), PIDPROOF_OK);
    assert_int_equal(pidproof_watch_add(watch, handle, &child, &watched, NULL), PIDPROOF_OK);
    kill_unreaped(&child);
    while (pidproof_watched_liveness(watched) == PIDPROOF_LIVENESS_ALIVE)
        sched_yield(); /* CTest's time limit is the net */
    assert_int_equal(pidproof_watched_liveness(watched), PIDPROOF_LIVENESS_GONE);
    assert_int_equal(pidproof_watch_gone(watch, &tag, 1, &count, NULL), PIDPROOF_OK);
    assert_int_equal(count, 1);
    assert_ptr_equal(tag, &child);
    pidproof_watch_free(watch);
    pidproof_handle_close(handle);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(exit_is_latched),
        TEST(latch_stands_alone),
        TEST(zombie_is_gone),
        TEST(exiting_is_gone),
        TEST(exit_missed_by_the_registration),
        TEST(another_layout_is_not_understood),
        TEST(waiting),
        TEST(forked_child_asks_nobody),
        TEST(numbers_that_cannot_be_opened),
        TEST(reuse_does_not_revive),
        TEST(instances),
        TEST(reuse_at_every_call),
        TEST(replaced_at_every_call),
        TEST(every_call_fails),
        TEST(failing_poll_is_no_death),
        TEST(boot_ids),
        TEST(replaced_image_is_unreadable),
        TEST(path_that_leads_nowhere),
        TEST(numbers_of_another_volume),
        TEST(aliases),
        TEST(name_taken_while_looking),
        TEST(signals_arrive),
        TEST(signals_meet_no_stranger),
        TEST(signals_need_a_look),
        TEST(watches),
        TEST(the_removed_are_forgotten),
        TEST(a_started_watch),
    };
    return cmocka_run_group_tests_name("darwin on its stand-in", tests, world_begin, world_end);
}
