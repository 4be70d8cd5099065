/*
 * Medians and their intervals (harness/bench_statistics.h), against tables of the
 * binomial distribution.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench_statistics.h"

/* 1, 2, … count, in an order that is not ascending. */
static struct bench_interval of_first(size_t count)
{
    double values[101];
    for (size_t i = 0; i < count; i++) {
        values[i] = (double)((i * 7) % count + 1); /* 7 divides none of the counts below */
    }
    return bench_median(values, count);
}

static void test_ranks_hold_95_percent(void **state)
{
    (void)state;
    /* The rank from either end, as tables for the sign test have it. */
    static const struct {
        size_t count, rank;
    } known[] = {{6, 1}, {8, 1}, {9, 2}, {15, 4}, {25, 8}, {50, 18}, {100, 40}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t count = known[i].count;
        struct bench_interval interval = of_first(count);
        assert_true(interval.low == (double)known[i].rank);
        assert_true(interval.high == (double)(count + 1 - known[i].rank));
        assert_true(interval.median == ((double)count + 1) / 2);
    }
}

static void test_one_wild_value_changes_nothing(void **state)
{
    (void)state;
    double values[] = {10, 10, 10, 10, 10, 10, 10, 10, 1e9};
    struct bench_interval interval = bench_median(values, 9);
    assert_true(interval.low == 10 && interval.median == 10 && interval.high == 10);
    assert_true(values[8] == 1e9); /* nor were the values moved */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranks_hold_95_percent),
        cmocka_unit_test(test_one_wild_value_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
