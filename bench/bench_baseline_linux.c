/*
 * Linux: its floor, the ways in which programs ask these questions today, and the algorithm
 * that verifies from scratch every time.
 */
#define _GNU_SOURCE /* syscall, realpath, mmap */

#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

static int pidfd_open(uint32_t pid)
{
    return (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
}

static void baseline_poll_pidfd(struct gbench_state *state, int64_t count)
{
    struct pollfd *polled = calloc((size_t)count, sizeof *polled);
    uint32_t pid = bench_pid(state);
    int ready = 0;

    for (int64_t i = 0; i < count; i++)
        polled[i] = (struct pollfd){pidfd_open(pid), POLLIN, 0};
    for (int64_t left = bench_begin(state); left > 0; left--)
        ready += poll(polled, (nfds_t)count, 0);
    gbench_end(state);
    if (ready != 0)
        gbench_fail(state, "the target died, or poll failed");
    for (int64_t i = 0; i < count; i++)
        close(polled[i].fd);
    free(polled);
}

/* kill, open, poll, close: whether a number is alive, as the original algorithm asks. */
bool naive_process_is_alive(uint32_t pid)
{
    if (kill((pid_t)pid, 0) != 0 && errno != EPERM)
        return false;
    int pidfd = pidfd_open(pid);
    if (pidfd < 0)
        return false;
    struct pollfd polled = {pidfd, POLLIN, 0};
    bool alive = poll(&polled, 1, 0) == 0;
    close(pidfd);
    return alive;
}

static void baseline_pidfd_open(struct gbench_state *state, int64_t another_open)
{
    uint32_t pid = bench_pid(state);
    int other = another_open ? pidfd_open(pid) : -1;
    for (int64_t left = bench_begin(state); left > 0; left--)
        close(pidfd_open(pid));
    gbench_end(state);
    close(other);
}

/* Reads and hashes a file as programs do that do not measure: 8 KiB at a time. */
static bool naive_sha256(const char *path, uint8_t digest[EVP_MAX_MD_SIZE])
{
    unsigned char buffer[8192];
    ssize_t got = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool hashed = fd >= 0 && context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL);

    while (hashed && (got = read(fd, buffer, sizeof buffer)) > 0)
        hashed = EVP_DigestUpdate(context, buffer, (size_t)got) == 1;
    hashed = hashed && got == 0 && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    close(fd);
    return hashed;
}

/* Verifies from scratch: kill, pidfd_open, exe link, both paths canonical, the file hashed. */
static bool naive_verify(const pidproof_record *record)
{
    char link[64], read_path[PATH_MAX], actual[PATH_MAX], expected[PATH_MAX];
    uint8_t digest[EVP_MAX_MD_SIZE];

    if (kill((pid_t)record->pid, 0) != 0)
        return false;
    int pidfd = pidfd_open(record->pid);
    snprintf(link, sizeof link, "/proc/%u/exe", record->pid);
    ssize_t length = readlink(link, read_path, sizeof read_path - 1);
    read_path[length < 0 ? 0 : length] = '\0';
    bool same = pidfd >= 0 && length > 0 && realpath(read_path, actual) != NULL &&
                realpath(record->exe_path, expected) != NULL && strcmp(actual, expected) == 0 &&
                naive_sha256(actual, digest) &&
                memcmp(digest, record->exe_sha256, PIDPROOF_SHA256_SIZE) == 0;
    close(pidfd);
    return same;
}

static void baseline_verify_rehash(struct gbench_state *state, int64_t size)
{
    const pidproof_record *record = target_of_size(size);
    int64_t refused = 0;

    if (record == NULL) {
        gbench_fail(state, "no target");
        return;
    }
    for (int64_t left = bench_begin(state); left > 0; left--)
        refused += !naive_verify(record);
    gbench_end(state);
    gbench_bytes_each(state, size);
    if (refused != 0)
        gbench_fail(state, "the target was refused");
}

/* ---- Exits ---------------------------------------------------------------- */

/* A pidfd, and an epoll set that holds it, or -1. */
struct waiting {
    int pidfd;
    int epoll;
};

static void end_waiting(void *prepared)
{
    struct waiting *waiting = prepared;
    close(waiting->epoll);
    close(waiting->pidfd);
    free(waiting);
}

static void *open_pidfd(uint32_t pid)
{
    struct waiting *waiting = malloc(sizeof *waiting);
    if (waiting == NULL)
        return NULL;
    *waiting = (struct waiting){pidfd_open(pid), -1};
    if (waiting->pidfd >= 0)
        return waiting;
    free(waiting);
    return NULL;
}

static bool by_poll(void *prepared)
{
    struct waiting *waiting = prepared;
    struct pollfd polled = {waiting->pidfd, POLLIN, 0};
    return poll(&polled, 1, -1) == 1;
}

static void *open_epoll(uint32_t pid)
{
    struct waiting *waiting = open_pidfd(pid);
    struct epoll_event event = {.events = EPOLLIN};
    if (waiting == NULL)
        return NULL;
    waiting->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (waiting->epoll >= 0 &&
        epoll_ctl(waiting->epoll, EPOLL_CTL_ADD, waiting->pidfd, &event) == 0)
        return waiting;
    end_waiting(waiting);
    return NULL;
}

static bool by_epoll(void *prepared)
{
    struct waiting *waiting = prepared;
    struct epoll_event event;
    return epoll_wait(waiting->epoll, &event, 1, -1) == 1;
}

static void exit_poll(struct gbench_state *state, int64_t argument)
{
    (void)argument;
    bench_exit_seen(state, &(struct exit_way){open_pidfd, by_poll, end_waiting});
}

static void exit_epoll(struct gbench_state *state, int64_t argument)
{
    (void)argument;
    bench_exit_seen(state, &(struct exit_way){open_epoll, by_epoll, end_waiting});
}

static const struct gbench_case cases[] = {
    {.name = "baseline/poll_pidfd", .run = baseline_poll_pidfd, .argument = 1},
    {.name = "baseline/poll_pidfd", .run = baseline_poll_pidfd, .argument = 1, .threads = 2},
    {.name = "baseline/poll_pidfds/100", .run = baseline_poll_pidfd, .argument = 100},
    {.name = "baseline/poll_pidfds/1000", .run = baseline_poll_pidfd, .argument = 1000},
    {.name = "baseline/pidfd_open_close/only", .run = baseline_pidfd_open, .argument = 0},
    {.name = "baseline/pidfd_open_close/another", .run = baseline_pidfd_open, .argument = 1},
    {.name = "baseline/verify_rehash/64KiB", .run = baseline_verify_rehash, .argument = 64 * KIB},
    {.name = "baseline/verify_rehash/512KiB", .run = baseline_verify_rehash, .argument = 512 * KIB},
    {.name = "baseline/verify_rehash/16MiB", .run = baseline_verify_rehash, .argument = 16 * MIB},
    {.name = "baseline/verify_rehash/256MiB", .run = baseline_verify_rehash, .argument = 256 * MIB},
    {.name = "exit/poll", .run = exit_poll, .iterations = EXIT_SAMPLES, .manual_time = true},
    {.name = "exit/epoll", .run = exit_epoll, .iterations = EXIT_SAMPLES, .manual_time = true},
};

static const struct bench_table baseline = BENCH_TABLE(cases);
const struct bench_table *const bench_system[] = {&bench_unix, &baseline, &bench_read, NULL};
