/*
 * Wrong: the handle is looked at when it is opened, and not again after the checks. They
 * may have been about a later process of that number: the handle is not bound to it.
 */
#include "parts.h"

#include <errno.h>

int verify(const struct record *record, struct refusal *why)
{
    if (!boot_is(record, why))
        return -1;
    int pidfd = open_process(record->pid);
    if (pidfd < 0) {
        *why = (struct refusal){errno == ESRCH ? "not_found" : "handle_failed", errno};
        return -1;
    }
    int lives = process_lives(pidfd);
    if (lives < 0)
        *why = (struct refusal){"handle_failed", errno};
    else if (lives == 0)
        *why = (struct refusal){"not_found", 0};
    if (lives > 0 && image_is(record, why))
        return pidfd;
    close_quietly(pidfd);
    return -1;
}

int is_alive(int pidfd)
{
    return process_lives(pidfd);
}
