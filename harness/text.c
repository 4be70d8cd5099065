/* Text made of pieces, see text.h. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* Room for `more` bytes and the NUL; doubled, so that a text of n pieces costs n, not n². */
static void make_room(struct text *text, size_t more)
{
    size_t needed = text->length + more + 1;
    if (needed <= text->capacity)
        return;

    size_t capacity = needed > 2 * text->capacity ? needed : 2 * text->capacity;
    char *data = realloc(text->data, capacity);
    if (!data) {
        fputs("pidproof: no memory left for a message; nothing more can be reported\n", stderr);
        exit(4);
    }
    text->data = data;
    text->capacity = capacity;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
    make_room(text, length);
    if (length)
        memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

static void add_formatted(struct text *text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        length = 0;

    make_room(text, (size_t)length);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
    text->length += (size_t)length;
}

void text_addf(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_formatted(text, format, arguments);
    va_end(arguments);
}

char *text_format(const char *format, ...)
{
    struct text text = {0};
    va_list arguments;
    va_start(arguments, format);
    add_formatted(&text, format, arguments);
    va_end(arguments);
    return text.data;
}

char *text_printable(const char *bytes, size_t length)
{
    struct text printable = {0};

    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if ((byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\t')
            text_add(&printable, &bytes[i], 1);
        else
            text_addf(&printable, "\\x%02x", byte);
    }
    return text_take(&printable);
}

int text_add_file(struct text *text, const char *path)
{
    char chunk[16 * 1024];
    uv_fs_t request;
    int file = uv_fs_open(NULL, &request, path, UV_FS_O_RDONLY, 0, NULL);
    int count = file;

    uv_fs_req_cleanup(&request);
    while (count >= 0) {
        uv_buf_t buffer = uv_buf_init(chunk, sizeof chunk);
        count = uv_fs_read(NULL, &request, file, &buffer, 1, -1, NULL);
        uv_fs_req_cleanup(&request);
        if (count <= 0)
            break;
        text_add(text, chunk, (size_t)count);
    }
    if (file >= 0) {
        uv_fs_close(NULL, &request, file, NULL);
        uv_fs_req_cleanup(&request);
    }
    return count;
}

char *text_take(struct text *text)
{
    if (!text->data)
        text_add(text, "", 0);
    char *data = text->data;
    *text = (struct text){0};
    return data;
}

void text_clear(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}
