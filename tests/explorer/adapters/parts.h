/*
 * Parts of which small adapters are made. Each part is right by itself; what is wrong
 * with the adapters beside this file is the order in which they use them, or what they
 * make of an error. None of it is taken from the library.
 */
#ifndef EXPLORER_PARTS_H
#define EXPLORER_PARTS_H

#include <jansson.h>
#include <stdbool.h>

/* Why not: a reason of SPEC.md, and the error number behind it (0: none). */
struct refusal {
    const char *reason;
    int error;
};

struct record {
    int pid;
    const char *boot_id, *path, *sha256;
};

/* Each returns whether it holds; where not, `*why` says so. EINTR is retried. */
bool boot_is(const struct record *record, struct refusal *why);

/* The image is the file at the recorded path, by device and inode, and is called so. */
bool path_is(const struct record *record, struct refusal *why);

/* The bytes of a file: the running image, or whatever stands at a path. */
bool image_hash_is(const struct record *record, struct refusal *why);
bool file_hash_is(const struct record *record, const char *path, struct refusal *why);

/* Path and digest of the running image; the path again, for it comes first [ORD-1]. */
bool image_is(const struct record *record, struct refusal *why);

/* A pidfd; -1 with errno. */
int open_process(int pid);

/* 1 alive, 0 dead, -1 with errno. */
int process_lives(int pidfd);

/* Closes the descriptor, keeps errno. */
void close_quietly(int descriptor);

/*
 * The adapter's own: a pidfd that the acceptance is bound to, else -1 and why not.
 */
int verify(const struct record *record, struct refusal *why);

/* The adapter's own answer to is_alive: as process_lives(). */
int is_alive(int pidfd);

#endif
