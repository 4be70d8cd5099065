/*
 * test_digest.c: digests of files, and of running images that change under a verifier that
 * remembers. [HASH-1..5]
 */
#define _GNU_SOURCE

#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "handle.h"

static void known_answers(void **state)
{
    (void)state;
    static const uint8_t empty[] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14},
                         abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea},
                         zeros[] = {0x30, 0xe1, 0x49, 0x55, 0xeb, 0xf1, 0x35, 0x22};
    uint8_t sha256[PIDPROOF_SHA256_SIZE];
    const char *path = in_world("known");
    write_file(path, "");
    assert_int_equal(pidproof_sha256_file(path, sha256, NULL), PIDPROOF_OK);
    assert_memory_equal(sha256, empty, sizeof empty);
    write_file(path, "abc");
    assert_int_equal(pidproof_sha256_file(path, sha256, NULL), PIDPROOF_OK);
    assert_memory_equal(sha256, abc, sizeof abc);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(truncate(path, 1024 * 1024), 0); /* several pieces */
    assert_int_equal(pidproof_sha256_file(path, sha256, NULL), PIDPROOF_OK);
    assert_memory_equal(sha256, zeros, sizeof zeros);
}

/* HASH-2, RES-3 */
static void what_is_no_regular_file_is_refused_unopened(void **state)
{
    (void)state;
    uint8_t sha256[PIDPROOF_SHA256_SIZE] = {1};
    pidproof_error error = {0};
    const char *fifo = in_world("pipe");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    const struct {
        const char *path;
        int code;
    } cases[] = {{fifo, EINVAL}, {"/dev/zero", EINVAL}, {"/", EISDIR}, {in_world("-"), ENOENT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(pidproof_sha256_file(cases[i].path, sha256, &error),
                         PIDPROOF_EXE_UNHASHABLE);
        assert_int_equal(error.os_error, cases[i].code);
        assert_string_equal(error.path, cases[i].path);
    }
    assert_int_equal(sha256[0], 1);
    pidproof_error_clear(&error);
}

/* The cache alone: only the same file in the same state is found; a place is taken over. */
static void a_remembered_digest_belongs_to_one_state_of_one_file(void **state)
{
    (void)state;
    const uint8_t one[PIDPROOF_SHA256_SIZE] = {1};
    uint8_t found[PIDPROOF_SHA256_SIZE];
    const struct os_file file = {.volume = 1,
                                 .id = {2, 3},
                                 .mount = 4,
                                 .links = 5,
                                 .size = 6,
                                 .modified_ns = 7,
                                 .changed_ns = 8,
                                 .regular = true};
    digest_cache *digests = digest_cache_new();
    assert_false(digest_cache_find(digests, &file, found));
    digest_cache_store(digests, &file, one);
    assert_true(digest_cache_find(digests, &file, found));
    assert_memory_equal(found, one, sizeof one);
    struct os_file others[9];
    for (size_t i = 0; i < 9; i++)
        others[i] = file;
    others[0].volume++;
    others[1].id[0]++;
    others[2].id[1]++;
    others[3].mount++;
    others[4].links++;
    others[5].size++;
    others[6].modified_ns++;
    others[7].changed_ns++;
    others[8].regular = false;
    for (size_t i = 0; i < 9; i++) {
        assert_false(file_unchanged(&file, &others[i]));
        assert_false(digest_cache_find(digests, &others[i], found));
    }
    for (uint64_t id = 0; id < 1000; id++) { /* bounded: somebody loses the place */
        others[0].id[0] = id;
        digest_cache_store(digests, &others[0], one);
        assert_true(digest_cache_find(digests, &others[0], found));
    }
    assert_false(digest_cache_find(digests, &file, found));
    digest_cache_free(digests);
    digest_cache_free(NULL);
}

/* Waits, by the clock and not by guess, until a change made from now on gets another time. */
static void let_clock_pass(const char *path)
{
    struct stat status;
    struct timespec now;
    assert_int_equal(stat(path, &status), 0);
    do
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
    while ((now.tv_sec - status.st_ctim.tv_sec) * 1000000000 + now.tv_nsec -
               status.st_ctim.tv_nsec <
           25000000);
}

static void flip_byte(const char *path)
{
    char byte;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    off_t last = lseek(fd, -1, SEEK_END);
    assert_int_equal(pread(fd, &byte, 1, last), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, last), 1);
    close(fd);
}

/* A store through a mapping: no write() anywhere. */
static void flip_byte_mapped(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &status), 0);
    size_t size = (size_t)status.st_size;
    volatile char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(bytes, MAP_FAILED);
    assert_true(bytes[size - 1] == bytes[size - 1]); /* read first: maps the page */
    bytes[size - 1] ^= 1;
    munmap((void *)bytes, size);
    close(fd);
}

static void shorten(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(truncate(path, status.st_size - 1), 0);
}

static void lengthen(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(truncate(path, status.st_size + 1), 0);
}

/* Whether the verifier knows the digest of the running image without reading it. */
static bool is_remembered(pidproof_verifier *verifier, const struct child *daemon)
{
    uint8_t sha256[PIDPROOF_SHA256_SIZE];
    struct os_failure failure;
    struct os_file file;
    os_process *process;
    assert_int_equal(os_process_open(verifier->view, (uint32_t)daemon->pid, &process, &failure), 0);
    assert_int_equal(os_process_image_file(verifier->view, process, &file, &failure), 0);
    os_process_close(process);
    return digest_cache_find(verifier->digests, &file, sha256);
}

static bool may_be_remembered(const char *path)
{
    struct os_file file;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(os_file_stat(fd, &file, &(struct os_failure){0}), PIDPROOF_OK);
    bool settled = os_file_is_settled(fd, &file);
    close(fd);
    return settled;
}

static const char *place; /* a directory on the file system that is being tried */

/*
 * Runs a program, verifies it until its digest is remembered if it ever is, changes the file
 * while nothing runs it, puts its times back, runs it again: the old record must be refused.
 */
static void changed_behind_our_back(void (*change)(const char *path))
{
    char path[PATH_MAX], name[64];
    pidproof_verifier *verifier;
    assert_int_equal(pidproof_verifier_new(&verifier, NULL), PIDPROOF_OK);
    snprintf(name, sizeof name, "%s/changing", place);
    snprintf(path, sizeof path, "%s", make_program(name, "some bytes at the end"));
    let_clock_pass(path);
    struct child daemon = spawn(path);
    pidproof_record record = record_of(&daemon, path);
    for (int i = 0; i < 3; i++)
        pidproof_handle_close(accept_it(verifier, &record));
    assert_int_equal(is_remembered(verifier, &daemon), may_be_remembered(path));
    if (strcmp(place, ".") != 0)
        assert_false(is_remembered(verifier, &daemon)); /* tmpfs, overlay: no promise */
    finish(&daemon);

    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    change(path);
    const struct timespec times[] = {status.st_atim, status.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    daemon = spawn(path);
    record.pid = (uint32_t)daemon.pid;
    refuse_it(verifier, &record, PIDPROOF_EXE_SHA256_MISMATCH);
    finish(&daemon);
    assert_int_equal(unlink(path), 0);
    pidproof_verifier_free(verifier);
}

static void replace(const char *path)
{
    char name[64];
    snprintf(name, sizeof name, "%s/replacement", place);
    assert_int_equal(rename(make_program(name, "other bytes at the end"), path), 0);
}

static void no_change_is_missed(void **state)
{
    (void)state;
    void (*const changes[])(const char *) = {flip_byte, flip_byte_mapped, shorten, lengthen,
                                             replace};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        changed_behind_our_back(changes[i]);
}

/* A digest is not remembered while a change could still leave the same time behind. */
static void a_file_that_just_changed_is_not_remembered(void **state)
{
    (void)state;
    const char *path = make_program("fresh", "");
    pidproof_verifier *verifier;
    struct timespec now;
    struct stat status;
    assert_int_equal(pidproof_verifier_new(&verifier, NULL), PIDPROOF_OK);
    struct child daemon = spawn(path);
    pidproof_record record = record_of(&daemon, path);
    assert_int_equal(chmod(path, 0700), 0); /* a change of attributes is one as well */
    pidproof_handle_close(accept_it(verifier, &record));
    bool remembered = is_remembered(verifier, &daemon);
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    assert_int_equal(stat(path, &status), 0);
    bool recent =
        (now.tv_sec - status.st_ctim.tv_sec) * 1000000000 + now.tv_nsec - status.st_ctim.tv_nsec <
        20000000;
    assert_false(recent && remembered);
    finish(&daemon);
    pidproof_verifier_free(verifier);
}

/* Makes `place` a file system of that kind, in a mount namespace of our own. */
static bool mount_place(const char *kind)
{
    char options[PATH_MAX], map[64];
    unsigned user = (unsigned)getuid();
    if (unshare(CLONE_NEWNS) != 0) {
        if (unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0)
            return false;
        snprintf(map, sizeof map, "0 %u 1", user);
        write_file("/proc/self/uid_map", map);
    }
    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
    place = "mounted";
    for (const char *const *name = (const char *const[]){place, "lower", "upper", "work", NULL};
         *name; name++)
        mkdir(in_world(*name), 0700);
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s", in_world("lower"),
             in_world("upper"), in_world("work"));
    return mount(kind, in_world(place), kind, 0,
                 strcmp(kind, "overlay") == 0 ? options : "mode=0700") == 0;
}

/* Without an argument on the disk; with "tmpfs" or "overlay" on that, or skipped. */
int main(int argc, char **argv)
{
    const struct CMUnitTest on_disk[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(what_is_no_regular_file_is_refused_unopened),
        cmocka_unit_test(a_remembered_digest_belongs_to_one_state_of_one_file),
        cmocka_unit_test(no_change_is_missed),
        cmocka_unit_test(a_file_that_just_changed_is_not_remembered),
    };
    const struct CMUnitTest elsewhere[] = {cmocka_unit_test(no_change_is_missed)};
    place = ".";
    if (argc < 2)
        return cmocka_run_group_tests(on_disk, world_begin, world_end);
    if (world_begin(NULL) != 0)
        return 1;
    int failed = mount_place(argv[1]) ? cmocka_run_group_tests(elsewhere, NULL, NULL) : 77;
    umount2(in_world(place), MNT_DETACH);
    world_end(NULL);
    return failed;
}
