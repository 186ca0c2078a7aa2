#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUFFER_FIRST = 256 /* bytes of a buffer's first allocation */ };

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){ 0 };
}

char *buffer_grow(struct buffer *buffer, size_t more)
{
    size_t room = buffer->room > 0 ? buffer->room : BUFFER_FIRST;

    while (room - buffer->len < more) {
        if (room > SIZE_MAX / 2)
            abort();
        room *= 2;
    }
    buffer->data = realloc(buffer->data, room);
    if (buffer->data == NULL)
        abort();
    buffer->room = room;
    return buffer->data + buffer->len;
}

void buffer_decimal(struct buffer *buffer, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buffer_append(buffer, (struct span){ digits + at, sizeof digits - at });
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len < 0)
        return;

    char *place = buffer_reserve(buffer, (size_t)len + 1);

    va_start(arguments, format);
    vsnprintf(place, (size_t)len + 1, format, arguments);
    va_end(arguments);
    buffer_commit(buffer, (size_t)len);
}

void buffer_consume(struct buffer *buffer, size_t count)
{
    if (count == 0)
        return;
    memmove(buffer->data, buffer->data + count, buffer->len - count);
    buffer->len -= count;
}
