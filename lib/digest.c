/*
 * digest.c: SHA-256 of open files (OpenSSL), and digests that are remembered.
 */
#include "digest.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

/* Read in pieces of this size: small enough to stay in the second-level cache, where
 * hashing finds it again, large enough for the system calls not to count. */
#define PIECE ((size_t)256 * 1024)

pidproof_reason digest_file(os_fd fd, uint8_t sha256_ret[PIDPROOF_SHA256_SIZE],
                            struct os_failure *failure)
{
    pidproof_reason reason = PIDPROOF_EXE_UNHASHABLE;
    unsigned char *piece = malloc(PIECE);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    struct os_failure why = {.doing = "setting up SHA-256 in OpenSSL"};

    if (!piece || !context || !EVP_DigestInit_ex(context, EVP_sha256(), NULL))
        goto out;
    for (uint64_t offset = 0;;) {
        size_t count;
        reason = os_file_read(fd, offset, piece, PIECE, &count, &why);
        if (reason || count == 0)
            break;
        offset += count;
        if (!EVP_DigestUpdate(context, piece, count)) {
            reason = PIDPROOF_EXE_UNHASHABLE;
            break;
        }
    }
    if (!reason && !EVP_DigestFinal_ex(context, sha256_ret, NULL))
        reason = PIDPROOF_EXE_UNHASHABLE;
out:
    if (reason)
        *failure = why;
    EVP_MD_CTX_free(context);
    free(piece);
    return reason;
}

pidproof_reason pidproof_sha256_file(const char *path, uint8_t sha256_ret[PIDPROOF_SHA256_SIZE],
                                     pidproof_error *error)
{
    os_fd fd = OS_NO_FD;
    uint8_t sha256[PIDPROOF_SHA256_SIZE];
    struct os_failure failure = {0};
    pidproof_reason reason = os_file_open(path, &fd, &failure);
    if (!reason)
        reason = digest_file(fd, sha256, &failure);
    os_file_close(fd);
    if (reason)
        return error_set(error, &(pidproof_error){.reason = PIDPROOF_EXE_UNHASHABLE,
                                                  .os_error = failure.code,
                                                  .why = failure.doing,
                                                  .path = (char *)path});
    memcpy(sha256_ret, sha256, sizeof sha256);
    return PIDPROOF_OK;
}

/* ---- Remembered digests ------------------------------------------------- */

/*
 * Each file has one place, given by its id, and takes it from whoever had it: bounded,
 * and nothing to keep in order. A verifier rarely meets more than a few executables.
 */
#define PLACES 64

struct entry {
    bool used;
    struct os_file file;
    uint8_t sha256[PIDPROOF_SHA256_SIZE];
};

struct digest_cache {
    os_lock *lock;
    struct entry entries[PLACES];
};

digest_cache *digest_cache_new(void)
{
    digest_cache *digests = calloc(1, sizeof *digests);
    if (!digests)
        return NULL;
    digests->lock = os_lock_new();
    if (!digests->lock) {
        free(digests);
        return NULL;
    }
    return digests;
}

void digest_cache_free(digest_cache *digests)
{
    if (!digests)
        return;
    os_lock_free(digests->lock);
    free(digests);
}

static struct entry *place_of(digest_cache *digests, const struct os_file *file)
{
    /* File ids are often consecutive; the multiplier (2^64 / golden ratio) spreads them. */
    uint64_t mixed = (file->id[0] ^ file->id[1] ^ (file->volume << 32)) * 0x9e3779b97f4a7c15U;
    return &digests->entries[(mixed >> 32) % PLACES];
}

bool file_unchanged(const struct os_file *a, const struct os_file *b)
{
    return a->volume == b->volume && a->id[0] == b->id[0] && a->id[1] == b->id[1] &&
           a->mount == b->mount && a->links == b->links && a->size == b->size &&
           a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns &&
           a->regular == b->regular;
}

bool digest_cache_find(digest_cache *digests, const struct os_file *file,
                       uint8_t sha256_ret[PIDPROOF_SHA256_SIZE])
{
    os_lock_take(digests->lock);
    const struct entry *entry = place_of(digests, file);
    bool found = entry->used && file_unchanged(&entry->file, file);
    if (found)
        memcpy(sha256_ret, entry->sha256, PIDPROOF_SHA256_SIZE);
    os_lock_release(digests->lock);
    return found;
}

void digest_cache_store(digest_cache *digests, const struct os_file *file,
                        const uint8_t sha256[PIDPROOF_SHA256_SIZE])
{
    os_lock_take(digests->lock);
    struct entry *entry = place_of(digests, file);
    entry->used = true;
    entry->file = *file;
    memcpy(entry->sha256, sha256, PIDPROOF_SHA256_SIZE);
    os_lock_release(digests->lock);
}

pidproof_reason digest_image(digest_cache *digests, os_view *view, os_process *process,
                             const struct os_image *image, uint8_t sha256_ret[PIDPROOF_SHA256_SIZE],
                             bool *changed_ret, struct os_failure *failure)
{
    if (digest_cache_find(digests, &image->file, sha256_ret))
        return PIDPROOF_OK;
    os_fd fd;
    struct os_file opened;
    pidproof_reason reason = os_process_image_open(view, process, &fd, failure);
    if (reason)
        return reason;
    reason = os_file_stat(fd, &opened, failure);
    if (!reason && !file_unchanged(&image->file, &opened)) {
        *changed_ret = true;
        *failure = (struct os_failure){.doing = "opening the running image, which changed"};
        reason = PIDPROOF_EXE_UNHASHABLE;
    }
    if (!reason) {
        /* Asked before the content is read: what changes from here on shows. */
        bool settled = os_file_is_settled(fd, &opened);
        reason = digest_file(fd, sha256_ret, failure);
        if (!reason && settled)
            digest_cache_store(digests, &opened, sha256_ret);
    }
    os_file_close(fd);
    return reason;
}
