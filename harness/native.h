/*
 * What the program takes from the system that it runs on, beside what libuv has for all of
 * them: one file a system.
 */
#ifndef PIDPROOF_NATIVE_H
#define PIDPROOF_NATIVE_H

/* Before anything is read or written: bytes stay what they are. The arguments in UTF-8. */
char **native_start(int argc, char **argv);

/* What parts a path, as strpbrk() wants it. */
extern const char native_separators[];

/* What Python is called on PATH. */
extern const char native_python[];

/* How uv_spawn() starts what a terminal's Ctrl-C must not reach; see native_be_worker(). */
extern const unsigned native_spawn_flags;

/* In a worker, before it starts anything: Ctrl-C is for the process that started the worker. */
void native_be_worker(void);

/* A peer that is gone is an error of writing to it, and no signal. */
void native_ignore_broken_pipes(void);

/* Ends what native_spawn_flags started, which was not reaped yet, and its process group. */
void native_kill(int pid);

/* "Killed"; what to add to the number. */
const char *native_signal_text(int number);

/* Ends this process as the signal would have, so that the caller sees what ended it. */
void native_end_by(int number);

#endif
