/*
 * json_quick.h - the ways most values take, sixteen bytes at a time where the machine can.
 *
 * For spans of a record's text only: those may be read (not believed) up to ARENA_PAD bytes behind
 * their end. Each function writes at most JSON_QUICK_ROOM bytes; NULL means that the value needs
 * the long way, and nothing was written that counts.
 */
#pragma once

#include "format/json_keys.h"
#include "format/json_text.h"
#include "record/record.h"

enum {
    JSON_QUICK = 16,     /* bytes of a value that goes the quick way, at most */
    JSON_QUICK_ROOM = 64 /* bytes: a quick value with quotes, prefix and what is stored too much */
};

#ifdef __SSE2__
#include <emmintrin.h>

static inline __m128i quick_load(const char *text)
{
    return _mm_loadu_si128((const __m128i *)(const void *)text);
}

static inline void quick_store(char *at, __m128i bytes)
{
    _mm_storeu_si128((__m128i *)(void *)at, bytes);
}

/* A bit for each byte from `first` to `first` + `span`. */
static inline unsigned quick_within(__m128i bytes, char first, char span)
{
    __m128i moved = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    __m128i least = _mm_min_epu8(moved, _mm_set1_epi8(span));

    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(moved, least));
}

static inline unsigned quick_is(__m128i bytes, char byte)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte)));
}

/* True if all of the first `len` bits are set. */
static inline bool quick_all(unsigned mask, size_t len)
{
    return (~mask & ((1u << len) - 1)) == 0;
}

/* A canonical decimal without a sign that every double holds. */
static inline char *quick_decimal(char *at, struct span value)
{
    if (value.len - 1 >= 15 || (value.data[0] == '0' && value.len > 1))
        return NULL;

    __m128i bytes = quick_load(value.data);

    if (!quick_all(quick_within(bytes, '0', 9), value.len))
        return NULL;
    quick_store(at, bytes);
    return at + value.len;
}

/* Text that needs no escapes, quotes around it. */
static inline char *quick_text(char *at, struct span value)
{
    if (value.len > JSON_QUICK)
        return NULL;

    __m128i bytes = quick_load(value.data);
    unsigned odd = quick_is(bytes, '"') | quick_is(bytes, '\\');

    if (!quick_all(quick_within(bytes, ' ', 0x7E - ' ') & ~odd, value.len))
        return NULL;
    *at = '"';
    quick_store(at + 1, bytes);
    at[value.len + 1] = '"';
    return at + value.len + 2;
}

static inline char *quick_based(char *at, struct span value, const char prefix[3], unsigned good,
                                __m128i bytes)
{
    if (!quick_all(good, value.len))
        return NULL;
    memcpy(at, prefix, 3);
    quick_store(at + 3, bytes);
    at[value.len + 3] = '"';
    return at + value.len + 4;
}

/* Hex digits without idle zeros: "0x7ffc". */
static inline char *quick_hex(char *at, struct span value)
{
    if (value.len - 1 >= JSON_QUICK || (value.data[0] == '0' && value.len > 1))
        return NULL;

    __m128i bytes = quick_load(value.data);
    __m128i small = _mm_or_si128(bytes, _mm_set1_epi8(0x20));

    return quick_based(at, value, "\"0x", quick_within(bytes, '0', 9) | quick_within(small, 'a', 5),
                       bytes);
}

/* Octal digits with at most one idle zero, as the kernel writes modes: "0o100644". */
static inline char *quick_octal(char *at, struct span value)
{
    if (value.len > 1 && value.data[0] == '0')
        value = span_skip(value, 1);
    if (value.len - 1 >= JSON_QUICK || (value.data[0] == '0' && value.len > 1))
        return NULL;

    __m128i bytes = quick_load(value.data);

    return quick_based(at, value, "\"0o", quick_within(bytes, '0', 7), bytes);
}

/* ,"AUID": for a name of small letters in a record's text. */
static inline char *quick_upper(char *at, struct span name)
{
    if (name.len > JSON_QUICK)
        return NULL;

    __m128i bytes = quick_load(name.data);
    __m128i moved = _mm_sub_epi8(bytes, _mm_set1_epi8('a'));
    __m128i small = _mm_cmpeq_epi8(moved, _mm_min_epu8(moved, _mm_set1_epi8(25)));

    memcpy(at, ",\"", 2);
    quick_store(at + 2, _mm_sub_epi8(bytes, _mm_and_si128(small, _mm_set1_epi8(0x20))));
    memcpy(at + 2 + name.len, "\":", 2);
    return at + name.len + 4;
}

/* True if the text equals what `kept` (16 bytes) holds. */
static inline bool quick_same(struct span text, const char kept[JSON_QUICK], size_t len)
{
    if (text.len != len)
        return false;
    return quick_all(
        (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(quick_load(text.data), quick_load(kept))), len);
}
#else
static inline char *quick_decimal(char *at, struct span value)
{
    (void)at, (void)value;
    return NULL;
}
#define quick_text quick_decimal
#define quick_hex quick_decimal
#define quick_octal quick_decimal
#define quick_upper quick_decimal

static inline bool quick_same(struct span text, const char kept[JSON_QUICK], size_t len)
{
    return text.len == len && memcmp(text.data, kept, len) == 0;
}
#endif

/* The quick way of a value; NULL when it has to go the long one. */
static inline char *json_quick(char *at, const struct field *field, enum json_way way)
{
    struct span value = field_value(field);

    if (field->form == FORM_QUOTED)
        return way <= WAY_KEY ? quick_text(at, value) : NULL;
    if (field->form != FORM_BARE || value.len == 0 || value.data[0] == '(')
        return NULL;
    switch (way) {
    case WAY_NUMBER:
        return quick_decimal(at, value);
    case WAY_HEX:
        return quick_hex(at, value);
    case WAY_OCTAL:
        return quick_octal(at, value);
    case WAY_TEXT:
        return quick_text(at, value);
    case WAY_TEXT_OR_NUMBER:
        if ((unsigned char)(value.data[0] - '0') > 9 && value.data[0] != '-')
            return quick_text(at, value);
        return quick_decimal(at, value);
    default:
        return NULL;
    }
}

/* json_put_text for text that may be read beyond its end. */
static inline char *json_put_padded(char *at, struct span text, bool *is_clean)
{
    char *after = quick_text(at, text);

    return after != NULL ? after : json_put_text(at, text, is_clean);
}
