/* Stand-in for the header of this name of macOS, FreeBSD and OpenBSD: what os_kqueue.c uses of
 * it. NetBSD's has other types. */
#ifndef STANDIN_SYS_EVENT_H
#define STANDIN_SYS_EVENT_H

#include <stdint.h>
#include <time.h>

struct kevent {
    uintptr_t ident;
    int16_t filter;
    uint16_t flags;
    uint32_t fflags;
    intptr_t data;
    void *udata;
};

#define EVFILT_READ (-1)
#define EVFILT_PROC (-5)
#define EVFILT_USER (-10)
#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define NOTE_EXIT 0x80000000U
#define NOTE_TRIGGER 0x01000000U

typedef int standin_count; /* no such name in the real one */

int kqueue(void);
int kevent(int set, const struct kevent *changes, standin_count nchanges, struct kevent *events,
           standin_count nevents, const struct timespec *timeout);

#endif
