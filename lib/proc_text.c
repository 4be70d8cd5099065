/*
 * proc_text.c: what Linux writes into the files of /proc. Pure: text in, facts out.
 */
#include "proc_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool proc_parse_stat(const char *text, struct proc_stat *stat_ret)
{
    char state;
    int threads;
    uint64_t start;
    /* The name, in parentheses, may itself hold parentheses, spaces and newlines. Then come
     * field 3, the state; 20, the number of threads; 22, the start. */
    const char *rest = strrchr(text, ')');
    if (!rest || sscanf(rest,
                        ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
                        "%d %*d %" SCNu64,
                        &state, &threads, &start) != 3)
        return false;
    /* A main thread that has exited is a zombie as well, while others run. [LOOK-5] */
    *stat_ret = (struct proc_stat){.exited = (state == 'Z' || state == 'X') && threads <= 1,
                                   .start = start};
    return true;
}

/*
 * NSpid lists a process's numbers from the namespace of the /proc down to the process's own:
 * a single number means that both are the same.
 */
bool proc_counts_like_us(const char *self_status, long pid)
{
    const char *line = strstr(self_status, "\nNSpid:");
    if (!line)
        return proc_parse_tgid(self_status) == pid; /* a kernel without PID namespaces */
    char *rest;
    long number = strtol(line + strlen("\nNSpid:"), &rest, 10);
    return number == pid && *rest == '\n';
}

bool proc_cut_boot_id(char *text, ptrdiff_t length, size_t size)
{
    if (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
    return length > 0 && (size_t)length < size - 2 && strlen(text) == (size_t)length;
}

long proc_parse_tgid(const char *status)
{
    const char *line = strstr(status, "\nTgid:");
    return line ? strtol(line + strlen("\nTgid:"), NULL, 10) : -1;
}
