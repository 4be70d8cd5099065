/*
 * standin.h: a STAND-IN for the calls that the backends of macOS and the BSDs make, on Linux,
 * over pidfds, epoll and /proc. It is none of them: it behaves as their documents and sources
 * say that they do, so that the backends' logic is run at all. What it shows is that a backend
 * is right if its system is like this; not that the system is. standin.c is what all share,
 * standin_SYSTEM.c is what each has of its own; its headers are in include and include_SYSTEM,
 * hold what we use and no more, and their structures have the members, not the layout.
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
    STANDIN_STATUS,   /* proc_pidinfo: PROC_PIDT_SHORTBSDINFO; sysctl: KERN_PROC_PID */
    STANDIN_TABLE,    /* sysctl: NetBSD: VM_PROC_MAP; OpenBSD: KERN_FILE_BYPID */
    STANDIN_IDENTITY, /* proc_pidinfo: PROC_PIDUNIQIDENTIFIERINFO */
    STANDIN_PATH,     /* proc_pidpath; sysctl: KERN_PROC_PATHNAME */
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
    char boot[64];                          /* kern.bootsessionuuid; of kern.boot_id the first 16 */
    bool misses_exit;   /* registered while in exit(), which had posted the event: none will come */
    bool exiting;       /* whoever is asked about is in exit() */
    const char *path;   /* told of every image, whatever it is; NULL: its own */
    bool no_image;      /* OpenBSD: whoever is asked about is a process of the kernel */
    int grown;          /* FreeBSD: that many bytes more in the structure than we were built for */
    int shifted;        /* NetBSD, OpenBSD: added to the number in the structure */
    int volume;         /* NetBSD, OpenBSD: added to the volume of an image in their tables */
    const char *reads;  /* NetBSD: a file that every process maps, too, but not as code */
    int missing;        /* that many bytes of an answer do not come */
    bool token_signals; /* macOS 15: proc_signal_with_audittoken exists */
    int version;        /* added to every p_idversion: exec makes it another */
};
extern struct standin standin;

/* As at the start: every number is its own process's, and nothing fails. */
void standin_reset(void);

/* Who has the number from now on; 0: nobody. */
void standin_give(uint32_t number, pid_t pid);
pid_t standin_owner(uint32_t number);

/* ---- For the parts of the stand-in ---------------------------------------- */

/* To be made first by every call. True: it shall fail, with errno. */
bool standin_fails(enum standin_call call);

/* State and start of a process, zombies too. False, and errno: there is none. */
bool standin_stat(pid_t pid, char *state_ret, unsigned long long *start_ret);

/*
 * The path of a process's image. 0, or -1 with errno: neither system has one for an image that
 * was unlinked or replaced. What the buffer then holds is not defined: here, the path it had.
 */
int standin_path(pid_t pid, char *path, size_t size);

#endif
