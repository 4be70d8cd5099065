/*
 * digest.h: SHA-256 of open files, and digests that are remembered. Internal.
 */
#ifndef PIDPROOF_DIGEST_H
#define PIDPROOF_DIGEST_H

#include "os.h"

/* Whether it is the same file, reached through the same mount, in the same state. */
bool file_unchanged(const struct os_file *before, const struct os_file *after);

/* Digests of files that have not changed since. Bounded; thread-safe. */
typedef struct digest_cache digest_cache;

digest_cache *digest_cache_new(void);          /* NULL without memory */
void digest_cache_free(digest_cache *digests); /* takes NULL */

/* Whether the digest of this very file in this very state is known. [HASH-5] */
bool digest_cache_find(digest_cache *digests, const struct os_file *file,
                       uint8_t sha256_ret[PIDPROOF_SHA256_SIZE]);

/* Remembers a digest: `file` must be settled (os_file_is_settled) since before it was computed. */
void digest_cache_store(digest_cache *digests, const struct os_file *file,
                        const uint8_t sha256[PIDPROOF_SHA256_SIZE]);

/* SHA-256 of an open file from start to end, in memory that does not grow with it. EXE_UNHASHABLE.
 */
pidproof_reason digest_file(os_fd fd, uint8_t sha256_ret[PIDPROOF_SHA256_SIZE],
                            struct os_failure *failure);

/*
 * The digest of the running image of `process`, which was `image` a moment ago: remembered,
 * or computed and remembered where that is allowed. EXE_UNHASHABLE, HANDLE_FAILED;
 * *changed_ret is set to true where the reason is that it was another image meanwhile.
 */
pidproof_reason digest_image(digest_cache *digests, os_view *view, os_process *process,
                             const struct os_image *image, uint8_t sha256_ret[PIDPROOF_SHA256_SIZE],
                             bool *changed_ret, struct os_failure *failure);

#endif
