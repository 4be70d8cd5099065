/*
 * A deliberately slowed library: linked with --wrap=epoll_wait, each question to a watch
 * costs five system calls instead of one: enough to be seen on a busy machine. For tests
 * of bench/compare only.
 */
#include <sys/epoll.h>

int __real_epoll_wait(int set, struct epoll_event *events, int most, int timeout_ms);
int __wrap_epoll_wait(int set, struct epoll_event *events, int most, int timeout_ms);

int __wrap_epoll_wait(int set, struct epoll_event *events, int most, int timeout_ms)
{
    struct epoll_event ignored;
    for (int i = 0; i < 4; i++)
        __real_epoll_wait(set, &ignored, 1, 0);
    return __real_epoll_wait(set, events, most, timeout_ms);
}
