#include "base/span.h"

int span_compare(struct span a, struct span b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;

    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return UINT32_MAX;
}

static bool number_in_base(struct span text, unsigned base, uint64_t *value)
{
    uint64_t sum = 0;

    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = digit_of(text.data[i]);

        if (digit >= base || sum > (UINT64_MAX - digit) / base)
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
