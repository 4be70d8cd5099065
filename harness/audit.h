/*
 * What a process has and leaves behind, looked at from outside, once: only what does not
 * depend on when one looks.
 */
#ifndef PIDPROOF_AUDIT_H
#define PIDPROOF_AUDIT_H

#include <jansson.h>

/*
 * {"descriptors": 3, "children": [12], "zombies": 0} of a process. What could not be seen
 * is not there. The child `but` is not counted; 0: all are.
 */
json_t *audit_look(int pid, int but);

/* The path of its image; NULL where it cannot be seen or is no text. free() it. */
char *audit_exe_path(int pid);

/* Whether it was stopped by a signal. */
int audit_stopped(int pid);

#endif
