/*
 * What happens in the child of the tracer before it becomes the adapter: the seccomp
 * filter that selects the calls to stop at, its descriptors, exec.
 */
#ifndef PIDPROOF_TRACER_CHILD_LINUX_H
#define PIDPROOF_TRACER_CHILD_LINUX_H

#include <linux/filter.h>
#include <stddef.h>

#define TRACER_FILTER_MAX 512 /* instructions */

/* Writes the filter into an array of TRACER_FILTER_MAX; returns how many it took. */
size_t tracer_filter(struct sock_filter *code);

/* Waits for a byte from `go`, which says that it is traced, then becomes the adapter. */
_Noreturn void tracer_become(char *const *arguments, const int standard[3], int go,
                             const struct sock_fprog *filter);

#endif
