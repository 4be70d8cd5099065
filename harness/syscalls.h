/*
 * The system calls that look at processes, files and descriptors: their names, how
 * their arguments read, and how each can fail. Tables of data; one file a system.
 */
#ifndef PIDPROOF_SYSCALLS_H
#define PIDPROOF_SYSCALLS_H

#include <stddef.h>

enum call_trait {
    CALL_ALWAYS_RUNS = 1,  /* takes effect although it fails: close */
    CALL_CAN_BE_SHORT = 2, /* argument 2 is a size, and less than that may come back */
    CALL_SLEEPS = 4, /* waits for descriptors, which is what a runtime does between requests */
};

/*
 * `arguments`, one letter each:
 *   a  directory descriptor or AT_FDCWD    f  descriptor        p  path
 *   n  process number                      s  signal            i  number
 *   o  open flags                          x  bits              l  an array of pollfd
 *   e  epoll descriptor                    r  a set of descriptors, as many as argument 0
 *   b  bytes that come back, as many as the result
 *   .  a pointer that says nothing to a reader
 */
struct call {
    long number;
    const char *name;
    const char *arguments;
    const char *errors; /* of its manual, separated by spaces */
    unsigned traits;    /* enum call_trait */
};

/* Every call that is stopped at, in no order. */
const struct call *calls(size_t *count_ret);

/* NULL where it is not one of them. */
const struct call *call_by_number(long number);

/* The calls that must look absent, so that a runtime uses those that can be seen instead. */
const long *calls_hidden(size_t *count_ret);

/*
 * Errors that are tried on every call beside those of its manual, separated by spaces:
 * what exhaustion, a sandbox, an old kernel or a broken disk answer to anything.
 */
extern const char calls_common_errors[];

/* "EMFILE"; NULL for a number that has no name here. Static text. */
const char *error_name(int number);

/* 0 for a name that is none. */
int error_from_name(const char *name);

/* "SIGTERM"; NULL for one without a name here. Static text. */
const char *signal_text(int number);

#endif
