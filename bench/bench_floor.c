/*
 * Floors that every system has: what the machine takes for the least that could be done.
 * Every other figure is read against one of these, or against the system's own floor, a
 * system call that looks up nothing, measured in the same run.
 */
#include "bench.h"

#include <openssl/evp.h>

/* Reading the clock: what every single measurement of a distribution contains once. */
static void floor_clock(struct gbench_state *state, int64_t argument)
{
    (void)argument;
    for (int64_t left = bench_begin(state); left > 0; left--) {
        int64_t now = clock_ns();
        gbench_use(&now);
    }
    gbench_end(state);
}

/* OpenSSL on a buffer that fits into the second-level cache: no file, no copying. */
static void floor_sha256_in_memory(struct gbench_state *state, int64_t size)
{
    static unsigned char buffer[256 * KIB];
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done = 0;

    if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(context);
        gbench_fail(state, "OpenSSL gives no SHA-256");
        return;
    }
    for (int64_t left = bench_begin(state); left > 0; left--)
        for (int64_t hashed = 0; hashed < size; hashed += (int64_t)sizeof buffer)
            done += EVP_DigestUpdate(context, buffer, sizeof buffer);
    gbench_end(state);
    gbench_bytes_each(state, size);
    if (done == 0 || EVP_DigestFinal_ex(context, digest, NULL) != 1)
        gbench_fail(state, "OpenSSL would not hash");
    EVP_MD_CTX_free(context);
}

static const struct gbench_case cases[] = {
    {.name = "floor/clock", .run = floor_clock},
    {.name = "floor/sha256_in_memory", .run = floor_sha256_in_memory, .argument = 16 * MIB},
};

const struct bench_table bench_floor = BENCH_TABLE(cases);
