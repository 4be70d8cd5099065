/*
 * Hashing files, in the library's way; bench_read_*.c has others.
 */
#include "bench.h"

static void hash_file(struct gbench_state *state, int64_t size)
{
    const char *path = target_path(size);
    uint8_t digest[PIDPROOF_SHA256_SIZE];
    pidproof_error error = {0};
    int64_t failed = path == NULL;

    for (int64_t left = bench_begin(state); left > 0; left--)
        failed += pidproof_sha256_file(path, digest, &error) != PIDPROOF_OK;
    gbench_end(state);
    gbench_bytes_each(state, size);
    if (failed != 0)
        bench_refused(state, &error);
    pidproof_error_clear(&error);
}

static const struct gbench_case cases[] = {
    {.name = "hash/file/64KiB", .run = hash_file, .argument = 64 * KIB},
    {.name = "hash/file/16MiB", .run = hash_file, .argument = 16 * MIB},
    {.name = "hash/file/256MiB", .run = hash_file, .argument = 256 * MIB},
};

const struct bench_table bench_hash = BENCH_TABLE(cases);
