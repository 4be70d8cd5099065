/*
 * Wrong: a poll that did not say "nothing happened" is read as a death: also one that was
 * interrupted.
 */
#include "parts.h"

#include <errno.h>
#include <poll.h>

int verify(const struct record *record, struct refusal *why)
{
    if (!boot_is(record, why))
        return -1;
    int pidfd = open_process(record->pid);
    if (pidfd < 0) {
        *why = (struct refusal){errno == ESRCH ? "not_found" : "handle_failed", errno};
        return -1;
    }
    bool same = image_is(record, why);
    int lives = process_lives(pidfd);
    if (lives < 0)
        *why = (struct refusal){"handle_failed", errno};
    else if (lives == 0)
        *why = (struct refusal){"not_found", 0};
    if (same && lives > 0)
        return pidfd;
    close_quietly(pidfd);
    return -1;
}

int is_alive(int pidfd)
{
    struct pollfd set = {pidfd, POLLIN, 0};
    return poll(&set, 1, 0) == 0;
}
