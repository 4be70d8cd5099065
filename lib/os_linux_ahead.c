/*
 * os_linux_ahead.c: what is read next comes into the processor's cache while what was read
 * is hashed. Hashing leaves the memory idle; copying a file out of the page cache waits for
 * it, for a tenth of the time that hashing takes. So the pages that come next are mapped,
 * and the processor is asked to fetch them. Nothing is ever loaded from the mapping: a
 * file that is cut short meanwhile would end the process by SIGBUS, whereas a fetch of what
 * is not there is no fault. What is hashed is what pread() copied, whatever happens here.
 */
#define _GNU_SOURCE

#include "os.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14 */
#endif

#define LINE 64
/* So much is mapped at a time: what is mapped counts as the process's memory. */
#define WINDOW ((size_t)512 * 1024)

struct os_ahead {
    unsigned char *map;
    size_t size;
    size_t ready; /* where the window that is there ends; 0: there is none yet */
    bool given_up;
};

os_ahead *os_ahead_new(os_fd fd)
{
    struct stat status;
    if (fstat((int)fd, &status) != 0 || (uintmax_t)status.st_size > SIZE_MAX - WINDOW)
        return NULL;
    os_ahead *ahead = malloc(sizeof *ahead);
    if (!ahead)
        return NULL;
    *ahead = (os_ahead){.size = (size_t)status.st_size};
    ahead->map = mmap(NULL, ahead->size, PROT_READ, MAP_PRIVATE, (int)fd, 0);
    if (ahead->map == MAP_FAILED) {
        free(ahead);
        return NULL;
    }
    madvise(ahead->map, ahead->size, MADV_NOHUGEPAGE); /* which would be more than a window */
    return ahead;
}

void os_ahead_free(os_ahead *ahead)
{
    if (!ahead)
        return;
    munmap(ahead->map, ahead->size);
    free(ahead);
}

/* Makes the window that begins at `start` the one that is there. An error instead of a
 * signal where the file has no such pages any more: madvise(2). */
static bool move_window(os_ahead *ahead, size_t start)
{
    size_t left = ahead->size - start;
    if (ahead->ready > 0)
        madvise(ahead->map + ahead->ready - WINDOW, WINDOW, MADV_DONTNEED);
    ahead->ready = start + WINDOW;
    return madvise(ahead->map + start, left < WINDOW ? left : WINDOW, MADV_POPULATE_READ) == 0;
}

void os_ahead_fetch(os_ahead *ahead, uint64_t offset, size_t length)
{
    if (ahead->given_up || offset >= ahead->size)
        return;
    size_t start = (size_t)offset, left = ahead->size - start;
    if (start >= ahead->ready)
        ahead->given_up = !move_window(ahead, start - start % WINDOW);
    for (size_t at = 0; at < length && at < left; at += LINE)
        __builtin_prefetch(ahead->map + start + at, 0, 2);
}
