/* Medians and how far to believe them. */
#ifndef PIDPROOF_BENCH_STATISTICS_H
#define PIDPROOF_BENCH_STATISTICS_H

#include <stddef.h>

/* Fewer values than this have no 95 % interval. */
#define BENCH_VALUES_LEAST 6

struct bench_interval {
    double median, low, high;
};

/*
 * The median of independent values and a 95 % interval of it, by order statistics: the
 * number of values below the true median is binomial, whatever they are distributed like.
 * The interval is the narrowest pair of ranks, equally far from both ends, that holds at
 * least 95 %. At least BENCH_VALUES_LEAST values; aborts without memory.
 */
struct bench_interval bench_median(const double *values, size_t count);

#endif
