/*
 * buffer.h - bytes that grow at their end; owned by whoever initialised it.
 *
 * A buffer keeps its memory when it is cleared. It aborts when the machine has no memory: callers
 * bound what they append.
 */
#pragma once

#include "base/error.h"
#include "base/span.h"

struct buffer {
    char *data;
    size_t len, room;
};

void buffer_free(struct buffer *);

/* The slow path of buffer_reserve. */
char *buffer_grow(struct buffer *, size_t more);

/* Makes room for `more` bytes and returns where they go; buffer_commit makes them count. */
static inline char *buffer_reserve(struct buffer *buffer, size_t more)
{
    if (more > buffer->room - buffer->len)
        return buffer_grow(buffer, more);
    return buffer->data + buffer->len;
}

static inline void buffer_commit(struct buffer *buffer, size_t used)
{
    buffer->len += used;
}

static inline void buffer_clear(struct buffer *buffer)
{
    buffer->len = 0;
}

static inline struct span buffer_span(const struct buffer *buffer)
{
    return (struct span){ buffer->data, buffer->len };
}

static inline void buffer_byte(struct buffer *buffer, char byte)
{
    *buffer_reserve(buffer, 1) = byte;
    buffer->len++;
}

static inline void buffer_append(struct buffer *buffer, struct span text)
{
    if (text.len == 0)
        return;
    memcpy(buffer_reserve(buffer, text.len), text.data, text.len);
    buffer->len += text.len;
}

void buffer_decimal(struct buffer *, uint64_t value);
void buffer_printf(struct buffer *, const char *format, ...) PRINTF_LIKE(2, 3);

/* Removes the first `count` bytes. */
void buffer_consume(struct buffer *, size_t count);
