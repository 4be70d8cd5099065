/* Medians and how far to believe them, see bench_statistics.h. */
#include "bench_statistics.h"

#include <stdlib.h>
#include <string.h>

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* How many values at either end may be left out so that the rest holds 95 %. */
static size_t ends(size_t count)
{
    /* The chance of exactly k of `count` below the median: C(count, k) / 2^count. */
    double chance = 1, left_out = 0;
    size_t k = 0;
    for (size_t i = 0; i < count; i++) {
        chance /= 2;
    }
    while (2 * (left_out + chance) <= 0.05) {
        left_out += chance;
        chance = chance * (double)(count - k) / (double)(k + 1);
        k++;
    }
    return k;
}

struct bench_interval bench_median(const double *values, size_t count)
{
    double *sorted = malloc(count * sizeof *sorted);
    if (!sorted || count < BENCH_VALUES_LEAST) {
        abort();
    }
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, ascending);
    size_t outside = ends(count); /* at least 1: the interval is from rank `outside` */
    struct bench_interval interval = {
        .median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2,
        .low = sorted[outside - 1],
        .high = sorted[count - outside],
    };
    free(sorted);
    return interval;
}
