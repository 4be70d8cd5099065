/*
 * os_bsd.c: what FreeBSD, NetBSD and OpenBSD have in common beyond os_kqueue.c: how sysctl is
 * asked, no instances, and signals by number.
 *
 * No instances: a start time is the only thing that tells apart two processes of one
 * number, and it is counted by a clock that can be stepped (psutil#2888). [INST-2, INST-6]
 */
#define __BSD_VISIBLE 1
#define _NETBSD_SOURCE

#include "os_bsd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/param.h>
#include <sys/sysctl.h>

/* ---- sysctl -------------------------------------------------------------- */

int bsd_sysctl(const int *name, unsigned length, void *buffer, size_t *size)
{
    size_t room = *size;
    int failed;
    do {
        *size = room;
        failed = sysctl(name, length, buffer, size, NULL, 0);
    } while (failed && errno == EINTR);
    return failed;
}

/* How often to ask again for a table that grew meanwhile. */
#define ATTEMPTS 8

void *bsd_table(const int *name, unsigned length, size_t *size_ret)
{
    void *table = NULL;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        size_t size = 0;
        free(table);
        table = NULL;
        if (bsd_sysctl(name, length, NULL, &size))
            return NULL;
        size += size / 2 + 1; /* it may grow */
        table = malloc(size);
        if (!table) {
            errno = ENOMEM;
            return NULL;
        }
        if (bsd_sysctl(name, length, table, &size) == 0) {
            *size_ret = size;
            return table;
        }
        if (errno != ENOMEM && errno != ENOSPC) /* FreeBSD and OpenBSD, and NetBSD, say so */
            break;
    }
    int code = errno;
    free(table);
    errno = code;
    return NULL;
}

/* ---- Signals ------------------------------------------------------------- */

/*
 * By number, right after the kqueue proved that it is still the process's own. In between
 * the process would have to exit and be reaped, and the number to be given away, in turn
 * after all others (or at random: OpenBSD, and FreeBSD's kern.randompid): small, and not
 * nothing. [SIG-6]
 */
int backend_signal(os_process *process, int number)
{
    return kill((pid_t)process->pid, number) == 0 ? 0 : errno;
}
