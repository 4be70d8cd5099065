/*
 * test_ahead.c: fetching ahead of what is hashed decides nothing: not what the digest is, not
 * whether there is one, and no file that changes meanwhile ends the caller. [HASH-1, HASH-2,
 * HASH-4]
 */
#define _GNU_SOURCE

#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/evp.h>

/* ---- The library's calls (-Wl,--wrap=...) --------------------------------- */

static bool no_mapping;         /* mmap() fails */
static unsigned asked;          /* madvise(): so often */
static unsigned populating;     /* ... to have pages there */
static bool nothing_there;      /* ... which fails */
static const char *shrinks;     /* this file is cut short after the first time */
static unsigned updates_before; /* so many EVP_DigestUpdate() succeed; 0: all */

void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    errno = ENOMEM;
    return no_mapping ? MAP_FAILED : __real_mmap(at, size, protection, flags, fd, offset);
}

int __real_madvise(void *at, size_t size, int advice);
int __wrap_madvise(void *at, size_t size, int advice);
int __wrap_madvise(void *at, size_t size, int advice)
{
    bool populates = advice == 22; /* MADV_POPULATE_READ */
    asked++;
    populating += populates;
    errno = EFAULT;
    if (populates && nothing_there)
        return -1;
    int result = __real_madvise(at, size, advice);
    if (populates && shrinks) {
        assert_int_equal(truncate(shrinks, 5000), 0);
        shrinks = NULL;
    }
    return result;
}

int __real_EVP_DigestUpdate(EVP_MD_CTX *context, const void *bytes, size_t size);
int __wrap_EVP_DigestUpdate(EVP_MD_CTX *context, const void *bytes, size_t size);
int __wrap_EVP_DigestUpdate(EVP_MD_CTX *context, const void *bytes, size_t size)
{
    return updates_before && --updates_before == 0 ? 0
                                                   : __real_EVP_DigestUpdate(context, bytes, size);
}

/* ---- Files ---------------------------------------------------------------- */

enum { MIB = 1024 * 1024, LARGEST = 5 * MIB };

static unsigned char content[LARGEST];

static const char *file_of(size_t size)
{
    const char *path = in_world("hashed");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void assert_is_digest_of(size_t size, const uint8_t sha256[PIDPROOF_SHA256_SIZE])
{
    uint8_t right[PIDPROOF_SHA256_SIZE];
    assert_int_equal(EVP_Digest(content, size, right, NULL, EVP_sha256(), NULL), 1);
    assert_memory_equal(sha256, right, sizeof right);
}

static void assert_hashes(size_t size)
{
    uint8_t sha256[PIDPROOF_SHA256_SIZE] = {0};
    asked = populating = 0;
    assert_int_equal(pidproof_sha256_file(file_of(size), sha256, NULL), PIDPROOF_OK);
    assert_is_digest_of(size, sha256);
}

/* ---- The tests -------------------------------------------------------------- */

static void every_size_has_its_digest(void **state)
{
    (void)state;
    static const size_t sizes[] = {0,
                                   1,
                                   MIB - 1,
                                   MIB,
                                   MIB + 1,
                                   MIB + 1023,
                                   MIB + 1024,
                                   MIB + MIB / 2 - 1,
                                   MIB + MIB / 2,
                                   MIB + MIB / 2 + 4097,
                                   3 * MIB + 777,
                                   LARGEST};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_hashes(sizes[i]);
        if (sizes[i] < MIB)
            assert_int_equal(asked, 0); /* small files cost no call more */
        if (sizes[i] == LARGEST)
            assert_int_equal(populating, (LARGEST - MIB) / (MIB / 2));
    }
}

static void nothing_depends_on_it(void **state)
{
    (void)state;
    no_mapping = true;
    assert_hashes(LARGEST);
    assert_int_equal(asked, 0);
    no_mapping = false;
    nothing_there = true; /* as before Linux 5.14 */
    assert_hashes(LARGEST);
    assert_int_equal(populating, 1); /* it is not asked again */
    nothing_there = false;
}

/* To load from the mapping would be SIGBUS here. */
static void a_file_that_shrinks_meanwhile_ends_nobody(void **state)
{
    (void)state;
    uint8_t sha256[PIDPROOF_SHA256_SIZE] = {0};
    const char *path = file_of(LARGEST);
    shrinks = path;
    assert_int_equal(pidproof_sha256_file(path, sha256, NULL), PIDPROOF_OK);
    assert_null(shrinks);
    assert_is_digest_of(MIB, sha256); /* what had been read by then */
}

static void openssl_that_fails_half_way_is_told(void **state)
{
    (void)state;
    uint8_t sha256[PIDPROOF_SHA256_SIZE] = {1};
    updates_before = 8 + 130; /* eight pieces, then grains */
    assert_int_equal(pidproof_sha256_file(file_of(LARGEST), sha256, NULL), PIDPROOF_EXE_UNHASHABLE);
    assert_int_equal(updates_before, 0);
    assert_int_equal(sha256[0], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_has_its_digest),
        cmocka_unit_test(nothing_depends_on_it),
        cmocka_unit_test(a_file_that_shrinks_meanwhile_ends_nobody),
        cmocka_unit_test(openssl_that_fails_half_way_is_told),
    };
    for (size_t i = 0; i < LARGEST; i++)
        content[i] = (unsigned char)(i * 2654435761U >> 13);
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
