/*
 * proc_text.h: what Linux writes into the files of /proc. Internal; pure.
 */
#ifndef PIDPROOF_PROC_TEXT_H
#define PIDPROOF_PROC_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* From /proc/PID/stat. */
struct proc_stat {
    bool exited;    /* a zombie, or dead: no thread of it runs */
    uint64_t start; /* in clock ticks since boot, as the reader's time namespace counts */
};

/* False where the text is not of that form. */
bool proc_parse_stat(const char *text, struct proc_stat *stat_ret);

/*
 * Whether the /proc that has this text as self/status counts in our own PID namespace, where
 * our number is `pid`.
 */
bool proc_counts_like_us(const char *self_status, long pid);

/* From /proc/N/status: the process that N belongs to, which is another for a thread id. -1: not
 * there. */
long proc_parse_tgid(const char *status);

#endif
