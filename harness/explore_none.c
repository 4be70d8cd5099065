/*
 * A system on which no adapter can be stopped at its system calls: says so.
 */
#include "options.h"

#include <stdio.h>

int command_explore(const struct options *options)
{
    (void)options;
    fprintf(stderr, "pidproof explore: adapters can be stopped at their system calls on Linux only "
                    "(x86-64 and arm64); `pidproof conform` runs here\n");
    return STATUS_HOST;
}
