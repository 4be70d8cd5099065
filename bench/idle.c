/*
 * What the benchmarks look at: a process that does nothing until its standard input
 * ends, which happens when whoever started it is gone.
 */
#include <stdio.h>

int main(void)
{
    while (getchar() != EOF) {
    }
    return 0;
}
