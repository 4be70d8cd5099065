/*
 * world.h: what the library's tests are made of: a directory that is removed, copies of the
 * daemon, living processes, records of them, and how many descriptors are open.
 */
#ifndef TESTS_LIB_WORLD_H
#define TESTS_LIB_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/types.h>

#include "pidproof/pidproof.h"

struct child {
    pid_t pid;
    int in, out;    /* our ends of its standard input and output */
    char line[128]; /* its last answer */
};

/* An absolute, canonical path in the test's own directory; static, valid for some calls. */
const char *in_world(const char *name);

/* cmocka group fixtures: make and remove the directory. */
int world_begin(void **state);
int world_end(void **state);

/* A copy of the daemon that ends in `extra`, so that its digest is its own. Returns its path. */
const char *make_program(const char *name, const char *extra);
void write_file(const char *path, const char *content);

struct child spawn(const char *path);
void command(struct child *child, const char *line); /* and waits for the answer */
void finish(struct child *child);                    /* kills and reaps; twice is fine */
void kill_unreaped(struct child *child);             /* until it is a zombie */

/* A right record of `child`, run from `path`; its texts outlive it. No instance, and no
 * boot id where the system has none. */
pidproof_record record_of(const struct child *child, const char *path);

size_t open_descriptors(void);

/* Asks, and fails the test with the message where the answer is another reason. */
pidproof_handle *accept_it(pidproof_verifier *verifier, const pidproof_record *record);
void refuse_it(pidproof_verifier *verifier, const pidproof_record *record, pidproof_reason reason);

#endif
