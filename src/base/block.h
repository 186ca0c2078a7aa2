/*
 * block.h - sixteen bytes looked at together, where the machine can.
 *
 * What looks at a block marks bytes: a block of marks has 0xFF for those that it means, 0 for the
 * others.
 */
#pragma once

#include "base/span.h"

enum { BLOCK_SIZE = 16 /* bytes */ };

#ifdef __SSE2__
#include <emmintrin.h>

typedef __m128i block;

static inline block block_load(const char *from)
{
    return _mm_loadu_si128((const __m128i *)(const void *)from);
}

static inline void block_store(char *to, block bytes)
{
    _mm_storeu_si128((__m128i *)(void *)to, bytes);
}

/* Marks the bytes that equal `byte`. */
static inline block block_is(block bytes, char byte)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte));
}

/* Marks the bytes from `first` to `last`. */
static inline block block_within(block bytes, char first, char last)
{
    block moved = _mm_sub_epi8(bytes, _mm_set1_epi8(first));

    return _mm_cmpeq_epi8(moved, _mm_min_epu8(moved, _mm_set1_epi8((char)(last - first))));
}

/* Marks the bytes that are the same in both. */
static inline block block_same(block bytes, block others)
{
    return _mm_cmpeq_epi8(bytes, others);
}

static inline block block_or(block marks, block others)
{
    return _mm_or_si128(marks, others);
}

static inline block block_except(block marks, block others)
{
    return _mm_andnot_si128(others, marks);
}

/* How many bytes are marked before the first that is not. */
static inline size_t block_leading(block marks)
{
    return (size_t)(unsigned)__builtin_ctz(~(unsigned)_mm_movemask_epi8(marks));
}
#else
typedef struct {
    unsigned char bytes[BLOCK_SIZE];
} block;

/* `mark` tells, of byte number i, whether it is marked. */
#define BLOCK_MARKS(mark)                                                                          \
    block marked;                                                                                  \
    for (unsigned i = 0; i < BLOCK_SIZE; i++)                                                      \
        marked.bytes[i] = (mark) ? 0xFF : 0;                                                       \
    return marked

static inline block block_load(const char *from)
{
    block loaded;

    memcpy(&loaded, from, sizeof loaded);
    return loaded;
}

static inline void block_store(char *to, block bytes)
{
    memcpy(to, &bytes, sizeof bytes);
}

static inline block block_is(block bytes, char byte)
{
    BLOCK_MARKS(bytes.bytes[i] == (unsigned char)byte);
}

static inline block block_within(block bytes, char first, char last)
{
    BLOCK_MARKS((unsigned char)(bytes.bytes[i] - first) <= last - first);
}

static inline block block_same(block bytes, block others)
{
    BLOCK_MARKS(bytes.bytes[i] == others.bytes[i]);
}

static inline block block_or(block marks, block others)
{
    BLOCK_MARKS(marks.bytes[i] | others.bytes[i]);
}

static inline block block_except(block marks, block others)
{
    BLOCK_MARKS(marks.bytes[i] & ~others.bytes[i]);
}

static inline size_t block_leading(block marks)
{
    size_t count = 0;

    while (count < BLOCK_SIZE && marks.bytes[count] != 0)
        count++;
    return count;
}
#undef BLOCK_MARKS
#endif
