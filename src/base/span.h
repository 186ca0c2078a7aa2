/*
 * span.h - a run of bytes somebody else owns: not terminated, may hold any byte.
 *
 * Borrowed for as long as its owner says. An absent span has data NULL; an empty one has len 0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *data;
    size_t len;
};

#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })
/* For printf("%.*s", SPAN_ARG(span)). */
#define SPAN_ARG(span) (int)(span).len, (span).data

static inline struct span span_of(const char *text)
{
    return (struct span){ text, text != NULL ? strlen(text) : 0 };
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool span_starts(struct span text, struct span prefix)
{
    return text.len >= prefix.len && memcmp(text.data, prefix.data, prefix.len) == 0;
}

static inline bool span_ends(struct span text, struct span suffix)
{
    return text.len >= suffix.len &&
           memcmp(text.data + text.len - suffix.len, suffix.data, suffix.len) == 0;
}

/* The span without its first `count` bytes; `count` must not exceed its length. */
static inline struct span span_skip(struct span text, size_t count)
{
    return (struct span){ text.data + count, text.len - count };
}

/* Bytewise order as memcmp's; a prefix comes first. */
int span_compare(struct span a, struct span b);

/* A hash of the bytes (FNV-1a): for tables, not against whoever chooses the bytes. */
uint64_t span_hash(struct span);

/*
 * Read the whole span as an unsigned number in base 10, 16 (digits only, no 0x) or 8.
 * False when it is empty, holds anything else or does not fit; then *value is untouched.
 */
bool span_decimal(struct span text, uint64_t *value);
bool span_hex(struct span text, uint64_t *value);
bool span_octal(struct span text, uint64_t *value);

/* As span_decimal, with an optional '-'. */
bool span_integer(struct span text, int64_t *value);
