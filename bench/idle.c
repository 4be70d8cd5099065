/*
 * What the benchmarks look at: a process that does nothing until its standard input
 * ends, which happens when whoever started it is gone.
 */
#include <unistd.h>

int main(void)
{
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return 0;
}
