/*
 * Text made of pieces. The harness is a tool that reports what it saw: when memory
 * for a message runs out it ends with a sentence and status 4, rather than going on
 * and saying less than it knows.
 */
#ifndef PIDPROOF_TEXT_H
#define PIDPROOF_TEXT_H

#include <stddef.h>

#if defined(__clang__)
#define TEXT_PRINTF(at, first) __attribute__((format(printf, at, first)))
#elif defined(__GNUC__) /* on Windows `printf` would be Microsoft's old one, without %zu */
#define TEXT_PRINTF(at, first) __attribute__((format(gnu_printf, at, first)))
#else
#define TEXT_PRINTF(at, first)
#endif

/* printf into new memory; free() it. Never NULL. */
char *text_format(const char *format, ...) TEXT_PRINTF(1, 2);

/* These bytes with everything that is not printable ASCII, newline or tab as \xNN. free() it. */
char *text_printable(const char *bytes, size_t length);

/* A growing text; starts as {0}. `data` is NUL-terminated once something was added. */
struct text {
    char *data;
    size_t length;
    size_t capacity; /* bytes that `data` has room for */
};

void text_add(struct text *text, const char *bytes, size_t length);
void text_addf(struct text *text, const char *format, ...) TEXT_PRINTF(2, 3);

/* Adds what is in a file; 0, or libuv's number for what went wrong. */
int text_add_file(struct text *text, const char *path);

/* The text, never NULL, which is now the caller's; `*text` is empty again. */
char *text_take(struct text *text);
void text_clear(struct text *text);

#endif
