/*
 * What target.c needs of the system beside target.h: target_unix.c, target_windows.c.
 */
#ifndef PIDPROOF_BENCH_TARGET_SYSTEM_H
#define PIDPROOF_BENCH_TARGET_SYSTEM_H

#include "target.h"

enum { TARGET_PATH = 4096 };

/*
 * Makes an executable of exactly `size` bytes, whose times lie far enough back afterwards to
 * prove something, and says where: in UTF-8.
 */
bool target_file(int64_t size, char path[TARGET_PATH]);
void target_file_remove(const char *path);

/* Starts it; 0 where it cannot be. */
uint32_t target_spawn(const char *path);

/* Undoes targets_prepare(). */
void targets_system_end(void);

#endif
