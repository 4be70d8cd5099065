/*
 * standin.h: a STAND-IN for the calls that the macOS backend makes, on Linux, over pidfds,
 * epoll and /proc. It is not macOS: it behaves as macOS's documents and sources say that
 * macOS does, so that the backend's logic is run at all. What it shows is that the backend
 * is right if macOS is like this; not that macOS is.
 *
 * Numbers are given out by the test: reuse needs no privilege and no luck. A test can make
 * every call fail, and change the world before every call.
 */
#ifndef STANDIN_H
#define STANDIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum standin_call {
    STANDIN_KQUEUE,
    STANDIN_REGISTER, /* kevent: EV_ADD of EVFILT_PROC */
    STANDIN_USER,     /* kevent: EVFILT_USER */
    STANDIN_READ,     /* kevent: EVFILT_READ */
    STANDIN_EVENTS,   /* kevent: taking events */
    STANDIN_STATUS,   /* proc_pidinfo: PROC_PIDT_SHORTBSDINFO */
    STANDIN_IDENTITY, /* proc_pidinfo: PROC_PIDUNIQIDENTIFIERINFO */
    STANDIN_PATH,     /* proc_pidpath */
    STANDIN_SYSCTL,
    STANDIN_TOKEN, /* proc_signal_with_audittoken */
    STANDIN_KILL,
    STANDIN_CALLS
};

struct standin {
    int calls; /* all that were made since the last reset */
    /* The calls of this kind, from the `first`th (from 1) on, `times` of them, fail. */
    struct {
        int made, first, times, code;
    } fail[STANDIN_CALLS];
    void (*before)(enum standin_call call); /* called before each call; NULL: nobody */
    char boot[64];                          /* kern.bootsessionuuid */
    bool exiting;                           /* whoever is asked about is in exit() */
    bool token_signals;                     /* macOS 15: proc_signal_with_audittoken exists */
    int version;                            /* added to every p_idversion: exec makes it another */
};
extern struct standin standin;

/* As at the start: every number is its own process's, and nothing fails. */
void standin_reset(void);

/* Who has the number from now on; 0: nobody. */
void standin_give(uint32_t number, pid_t pid);

#endif
