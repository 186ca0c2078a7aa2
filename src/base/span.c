#include "base/span.h"

enum { DIGITS_SAFE = 16 /* a number of so many digits fits, in every base up to 16 */ };

int span_compare(struct span a, struct span b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;

    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

uint64_t span_hash(struct span text)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);

    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (uint8_t)text.data[i]) * UINT64_C(0x100000001B3);
    return hash;
}

/* 16 and more for what is no digit. */
static unsigned digit_of(char c)
{
    static const uint8_t above[256] = {
        ['0'] = 1,  2,  3,  4,  5,  6,  7, 8, 9, 10, /* each 1 more than the digit is */
        ['A'] = 11, 12, 13, 14, 15, 16,              /* capitals */
        ['a'] = 11, 12, 13, 14, 15, 16,              /* small letters */
    };

    return above[(uint8_t)c] - 1u;
}

/* Of DIGITS_SAFE digits at most. */
static bool small_number(struct span text, unsigned base, uint64_t *value)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = digit_of(text.data[i]);

        if (digit >= base)
            return false;
        sum = sum * base + digit;
    }
    *value = sum;
    return true;
}

static bool number_in_base(struct span text, unsigned base, uint64_t *value)
{
    uint64_t sum = 0;

    if (text.len == 0)
        return false;
    if (text.len <= DIGITS_SAFE)
        return small_number(text, base, value);
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = digit_of(text.data[i]);

        if (digit >= base || sum > UINT64_MAX / base || sum * base > UINT64_MAX - digit)
            return false;
        sum = sum * base + digit;
    }
    *value = sum;
    return true;
}

bool span_decimal(struct span text, uint64_t *value)
{
    return number_in_base(text, 10, value);
}

bool span_hex(struct span text, uint64_t *value)
{
    return number_in_base(text, 16, value);
}

bool span_octal(struct span text, uint64_t *value)
{
    return number_in_base(text, 8, value);
}

bool span_integer(struct span text, int64_t *value)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    uint64_t size;

    if (!span_decimal(negative ? span_skip(text, 1) : text, &size) || size > limit)
        return false;
    *value = negative ? (int64_t)(0 - size) : (int64_t)size;
    return true;
}
