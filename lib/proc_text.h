/*
 * proc_text.h: what Linux writes into the files of /proc. Internal; pure.
 */
#ifndef PIDPROOF_PROC_TEXT_H
#define PIDPROOF_PROC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
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

/*
 * Makes the boot id of what was read of the kernel's file: `length` bytes, of a buffer of
 * `size`. Only the newline that the kernel adds is cut. False where nothing is left, or not
 * text, or so much that it may have been more; also for a failed read (length -1). [BOOT-3, 4]
 */
bool proc_cut_boot_id(char *text, ptrdiff_t length, size_t size);

/* From /proc/N/status: the process that N belongs to, which is another for a thread id. -1: not
 * there. */
long proc_parse_tgid(const char *status);

#endif
