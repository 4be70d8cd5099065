/*
 * What the launcher is told to make an action of the explorer's world real: one operation
 * of OPERATIONS.md each. Pure.
 */
#ifndef PIDPROOF_EXPLORE_OPERATION_H
#define PIDPROOF_EXPLORE_OPERATION_H

#include "explore_world.h"

#include <jansson.h>

/* What the launcher knows such a file by. FILE_MOVED has no name of its own. */
const char *operation_file_name(enum file file);

/* The operation. Processes are called p1, p2, … in order. New reference. */
json_t *operation_of(const struct situation *situation, enum action action);

#endif
