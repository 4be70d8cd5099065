/*
 * Other ways to feed SHA-256 than the library's, a page cache that is cold, and the memory
 * that hashing takes; on Linux.
 */
#define _GNU_SOURCE /* pread, mmap, posix_fadvise */

#include "bench.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The file read in pieces of `piece` bytes, without the library. */
static bool hash_by_pread(int fd, unsigned char *buffer, size_t piece, EVP_MD_CTX *context)
{
    off_t at = 0;
    ssize_t got;
    while ((got = pread(fd, buffer, piece, at)) > 0) {
        if (EVP_DigestUpdate(context, buffer, (size_t)got) != 1)
            return false;
        at += got;
    }
    return got == 0;
}

static bool hash_by_read(int fd, unsigned char *buffer, size_t piece, EVP_MD_CTX *context)
{
    ssize_t got;
    if (lseek(fd, 0, SEEK_SET) != 0)
        return false;
    while ((got = read(fd, buffer, piece)) > 0)
        if (EVP_DigestUpdate(context, buffer, (size_t)got) != 1)
            return false;
    return got == 0;
}

static bool hash_by_mmap(int fd, size_t size, EVP_MD_CTX *context)
{
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (bytes == MAP_FAILED)
        return false;
    bool hashed = EVP_DigestUpdate(context, bytes, size) == 1;
    munmap(bytes, size);
    return hashed;
}

/* `piece` 0: through a mapping; below 0: by read() in pieces of that size. */
static void hash_pieces(struct gbench_state *state, int64_t piece)
{
    const int64_t size = 16 * MIB;
    const char *path = target_path(size);
    size_t piece_size = (size_t)(piece < 0 ? -piece : piece);
    unsigned char *buffer = malloc(piece_size + 1);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    bool hashed = fd >= 0 && buffer != NULL && context != NULL;

    if (!hashed)
        gbench_fail(state, "no file to hash, or no memory");
    for (int64_t left = bench_begin(state); left > 0; left--)
        hashed = hashed && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                 (piece == 0  ? hash_by_mmap(fd, (size_t)size, context)
                  : piece < 0 ? hash_by_read(fd, buffer, piece_size, context)
                              : hash_by_pread(fd, buffer, piece_size, context));
    gbench_end(state);
    gbench_bytes_each(state, size);
    if (!hashed)
        gbench_fail(state, "the file could not be hashed");
    close(fd);
    EVP_MD_CTX_free(context);
    free(buffer);
}

/*
 * The pages of the file are dropped before each pass. Ours is sparse: what is measured
 * is filling the cache from holes, the least that a file system can take.
 */
static void hash_cold_cache(struct gbench_state *state, int64_t size)
{
    const char *path = target_path(size);
    uint8_t digest[PIDPROOF_SHA256_SIZE];
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    int64_t failed = fd < 0;

    for (int64_t left = bench_begin(state); left > 0; left--) {
        failed += posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0;
        int64_t start = clock_ns();
        failed += pidproof_sha256_file(path, digest, NULL) != PIDPROOF_OK;
        gbench_took(state, (double)(clock_ns() - start) * 1e-9);
    }
    gbench_end(state);
    gbench_bytes_each(state, size);
    if (failed != 0)
        gbench_fail(state, "the file could not be hashed");
    close(fd);
}

/* A line of /proc/self/status in KiB; -1 where there is none. */
static double status_kib(const char *name)
{
    char line[256];
    double kib = -1;
    FILE *file = fopen("/proc/self/status", "r");

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            kib = strtod(line + strlen(name), NULL);
    if (file != NULL)
        fclose(file);
    return kib;
}

/* How far the peak of resident memory rises above what was there before. */
static void hash_memory(struct gbench_state *state, int64_t size)
{
    const char *path = target_path(size);
    uint8_t digest[PIDPROOF_SHA256_SIZE];
    FILE *reset = fopen("/proc/self/clear_refs", "w");
    int64_t failed = path == NULL || reset == NULL || fputs("5", reset) < 0;

    failed |= reset != NULL && fclose(reset) != 0;
    double before = status_kib("VmRSS:");
    for (int64_t left = bench_begin(state); left > 0; left--)
        failed += pidproof_sha256_file(path, digest, NULL) != PIDPROOF_OK;
    gbench_end(state);
    gbench_bytes_each(state, size);
    double peak = status_kib("VmHWM:");
    if (failed != 0 || before < 0 || peak < 0)
        gbench_fail(state, "the peak of resident memory could not be measured");
    gbench_counter(state, "growth_KiB", peak - before);
}

static const struct gbench_case cases[] = {
    {.name = "hash/pread/16KiB", .run = hash_pieces, .argument = 16 * KIB},
    {.name = "hash/pread/64KiB", .run = hash_pieces, .argument = 64 * KIB},
    {.name = "hash/pread/256KiB", .run = hash_pieces, .argument = 256 * KIB},
    {.name = "hash/pread/1MiB", .run = hash_pieces, .argument = 1 * MIB},
    {.name = "hash/read/8KiB", .run = hash_pieces, .argument = -8 * KIB},
    {.name = "hash/read/256KiB", .run = hash_pieces, .argument = -256 * KIB},
    {.name = "hash/mmap", .run = hash_pieces, .argument = 0},
    {.name = "hash/cold_cache/16MiB",
     .run = hash_cold_cache,
     .argument = 16 * MIB,
     .manual_time = true},
    {.name = "hash/memory/1GiB", .run = hash_memory, .argument = 1 * GIB, .iterations = 1},
};

const struct bench_table bench_read = BENCH_TABLE(cases);
