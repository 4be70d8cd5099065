/*
 * helper.c: the process that the Windows tests make. Says that it is ready and which number
 * it has, then ends as its standard input tells it: `exit N`, or the end of input (0).
 */
#include <stdio.h>
#include <windows.h>

int main(void)
{
    unsigned code = 0;
    printf("ready %lu\n", GetCurrentProcessId());
    fflush(stdout);
    if (scanf("exit %u", &code) != 1)
        code = 0;
    ExitProcess(code);
}
