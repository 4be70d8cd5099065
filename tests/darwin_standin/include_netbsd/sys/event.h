/* Stand-in for NetBSD's header of this name: what os_kqueue.c uses of it; see ../../standin.h. */
#ifndef STANDIN_SYS_EVENT_H
#define STANDIN_SYS_EVENT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct kevent {
    uintptr_t ident;
    uint32_t filter;
    uint32_t flags;
    uint32_t fflags;
    int64_t data;
    void *udata;
};

#define EVFILT_READ 0U
#define EVFILT_PROC 4U
#define EVFILT_USER 8U
#define EV_ADD 0x0001U
#define EV_DELETE 0x0002U
#define NOTE_EXIT 0x80000000U
#define NOTE_TRIGGER 0x01000000U

typedef size_t standin_count; /* no such name in the real one */

int kqueue(void);
int kevent(int set, const struct kevent *changes, standin_count nchanges, struct kevent *events,
           standin_count nevents, const struct timespec *timeout);

#endif
