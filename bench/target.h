/*
 * What the benchmarks and the distributions share: targets (target.c, target_*.c) and CPUs
 * (pin_*.c).
 *
 * Targets are real processes running real executables of a given size. On Linux nobody
 * holds a pidfd of them, so that what opens one pays for it in full.
 *
 * What fails complains on standard error and returns NULL or false.
 */
#ifndef PIDPROOF_BENCH_TARGET_H
#define PIDPROOF_BENCH_TARGET_H

#include <pidproof/pidproof.h>
#include <stdbool.h>
#include <stdint.h>

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/*
 * Makes a directory for executables where temporary files go and lifts the limit of open
 * descriptors, where there is one. `idle` is the program that targets run.
 */
bool targets_prepare(const char *idle);

/* Ends and reaps every target that is left, and removes the directory. */
void targets_end(void);

/*
 * The record, without an instance, of a live process whose executable has exactly
 * `size` bytes, all of them in the page cache, with timestamps old enough to be
 * believed. The same process each time for the same size, until targets_end().
 */
const pidproof_record *target_of_size(int64_t size);

/* The executable of that target, under which it is found. */
const char *target_path(int64_t size);

/* A fresh process of the smallest executable; 0 where it cannot be started. */
uint32_t target_start(void);

/* Kills it, by SIGKILL where there are signals, and does not wait for its death. */
void target_strike(uint32_t pid);

/* Kills it, and returns when it is dead: still a zombie, or on Windows held by a handle. */
void target_kill(uint32_t pid);

/* Reaps a process that was killed; the number is free afterwards. */
void target_reap(uint32_t pid);

/* For what several threads of one benchmark make once. Who has it may take it again. */
void targets_lock(void);
void targets_unlock(void);

/* Nanoseconds of a clock that only ever goes forward. */
int64_t clock_ns(void);

/* Puts the calling thread on the CPU for thread `index` of a benchmark, where it may. */
void pin_thread(int index);

/* Puts a process of one thread there. */
void pin_target(uint32_t pid, int index);

/* Lets the calling thread run anywhere again, so that children do. */
void unpin_thread(void);

#endif
