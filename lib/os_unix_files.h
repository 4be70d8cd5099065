/*
 * os_unix_files.h: looking at files by plain POSIX calls, for the backends that read a /proc.
 * Internal. What fails returns -1 with errno; interrupted calls are made again.
 */
#ifndef PIDPROOF_OS_UNIX_FILES_H
#define PIDPROOF_OS_UNIX_FILES_H

#include <sys/types.h>

#include "os_unix.h"

/* Open and close, as everywhere in pidproof: not inherited; errno survives the closing. */
int unix_open(int at, const char *name, int flags);
void unix_close(int fd); /* takes -1 */

/* What is left of an open small file, at most size - 1 bytes, ended with a NUL. */
ssize_t unix_read(int fd, char *text, size_t size);

/* The same of a file that is opened for it, without waiting for it. */
ssize_t unix_read_file(int at, const char *name, char *text, size_t size);

/* The text of a link in /proc: malloc'ed; *text_ret NULL where it is too long to be told. */
int unix_read_link(int at, const char *name, char **text_ret);

/* Which file it is; an empty name means `at` itself. Which mount is not told. */
int unix_stat(int at, const char *name, struct os_file *file_ret);

#endif
