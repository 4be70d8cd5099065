/*
 * What the benchmarks look at: a process that says a byte once it runs, and then does nothing
 * until its standard input ends, which happens when whoever started it is gone.
 */
#include <stdio.h>

int main(void)
{
    putchar('.');
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return 0;
}
