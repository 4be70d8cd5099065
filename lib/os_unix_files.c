/*
 * os_unix_files.c: looking at files by plain POSIX calls, for the backends that read a /proc.
 */
#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE 700

#include "os_unix_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int unix_open(int at, const char *name, int flags)
{
    int fd;
    do
        fd = openat(at, name, flags | O_CLOEXEC | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
    return fd;
}

void unix_close(int fd)
{
    int code = errno;
    if (fd >= 0)
        close(fd);
    errno = code;
}

ssize_t unix_read(int fd, char *text, size_t size)
{
    size_t used = 0;
    ssize_t count;
    do {
        count = read(fd, text + used, size - 1 - used);
        if (count > 0)
            used += (size_t)count;
    } while (count > 0 || (count < 0 && errno == EINTR));
    text[used] = '\0';
    return count < 0 ? -1 : (ssize_t)used;
}

ssize_t unix_read_file(int at, const char *name, char *text, size_t size)
{
    int fd = unix_open(at, name, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return -1;
    ssize_t length = unix_read(fd, text, size);
    unix_close(fd);
    return length;
}

int unix_read_link(int at, const char *name, char **text_ret)
{
    char text[PATH_MAX + 1];
    ssize_t length;
    do
        length = readlinkat(at, name, text, sizeof text);
    while (length < 0 && errno == EINTR);
    if (length < 0 && errno != ENAMETOOLONG)
        return -1;
    *text_ret = NULL;
    if (length < 0 || length == sizeof text)
        return 0;
    text[length] = '\0';
    *text_ret = malloc((size_t)length + 1);
    if (!*text_ret) {
        errno = ENOMEM;
        return -1;
    }
    memcpy(*text_ret, text, (size_t)length + 1);
    return 0;
}

static int64_t nanoseconds(const struct timespec *time)
{
    return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

int unix_stat(int at, const char *name, struct os_file *file_ret)
{
    struct stat status;
    int failed;
    do
        failed = *name ? fstatat(at, name, &status, 0) : fstat(at, &status);
    while (failed && errno == EINTR);
    if (failed)
        return -1;
    *file_ret = (struct os_file){
        .volume = (uint64_t)status.st_dev,
        .id = {(uint64_t)status.st_ino},
        .links = (uint64_t)status.st_nlink,
        .size = (uint64_t)status.st_size,
        .modified_ns = nanoseconds(&status.st_mtim),
        .changed_ns = nanoseconds(&status.st_ctim),
        .regular = S_ISREG(status.st_mode),
    };
    return 0;
}
