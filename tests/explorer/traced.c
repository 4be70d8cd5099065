/*
 * A program to be traced: reads lines, does what they say, answers with one line.
 *
 *   open PATH   opens and closes it: the error number, 0 for none
 *   read PATH   reads up to 8 bytes of it at once: how many came
 *   thread PATH opens it in a thread of its own: the error number
 *   crash       dies of SIGABRT
 *   silence     never answers
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_it(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static int read_it(const char *path)
{
    char bytes[8];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, bytes, sizeof bytes);
    close(fd);
    return (int)n;
}

static int answer;

static void *open_in_thread(void *path)
{
    answer = open_it(path);
    return NULL;
}

int main(void)
{
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (strncmp(line, "open ", 5) == 0) {
            answer = open_it(line + 5);
        } else if (strncmp(line, "read ", 5) == 0) {
            answer = read_it(line + 5);
        } else if (strncmp(line, "thread ", 7) == 0) {
            pthread_t thread;
            if (pthread_create(&thread, NULL, open_in_thread, line + 7) == 0)
                pthread_join(thread, NULL);
        } else if (strcmp(line, "crash") == 0) {
            abort();
        } else if (strcmp(line, "silence") == 0) {
            pause();
        }
        printf("%d\n", answer);
        fflush(stdout);
    }
    return 0;
}
