/*
 * Right: the handle first, everything about that process in between, and last whether the
 * handle's process still lives. The control: the explorer must find nothing here.
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
    return process_lives(pidfd);
}
