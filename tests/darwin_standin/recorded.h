/*
 * recorded.h: what the tests on the stand-in are made of: a daemon, its record, a stranger,
 * and numbers that are the test's to give.
 */
#ifndef RECORDED_H
#define RECORDED_H

#include "world.h"

#include "os.h"
#include "standin.h"

extern struct child child, stranger; /* the daemon, and who may get its number */
extern const char *program, *other_program;
extern pidproof_record record; /* of the daemon, which runs `program` */

/* Before and after each test: all of that anew, nothing left over. */
int begin(void **state);
int end(void **state);

/* The process that `record` names is reaped, and its number given to another program. */
void number_to_stranger(const char *path);

os_process *open_it(void);
bool is_alive(os_process *process);
bool still_lives(const struct child *who);

/* The calls of this kind fail, from the `first`th on from now, `times` of them. */
void fail_from(enum standin_call call, int first, int times, int code);

/*
 * The world is changed before each call that verifying makes, in turn: accepted, or refused for
 * the reason that holds after it; always refused when it changed before the first. Returns how many
 * calls there are. [ATOM-1, ATOM-2, ATOM-3]
 */
int change_at_each_call(void (*change)(void), pidproof_reason then);
void number_to_other_program(void);
void replace_image(void); /* another program takes its name */

/* Tests of all systems. [LIVE-2; WATCH-1..4] */
void exit_missed_by_the_registration(void **state);
void watches(void **state);

#endif
