/*
 * json_quick.h - the ways most values take, a block of bytes at a time.
 *
 * For spans that may be read (not believed) ARENA_PAD bytes behind their end, as a record's text
 * and what field_decode gives. NULL means that the value needs the long way, and nothing was
 * written that counts.
 */
#pragma once

#include "format/json_keys.h"
#include "format/json_text.h"
#include "record/record.h"

enum {
    JSON_QUICK = 64,     /* bytes of a value that goes the quick way, at most */
    JSON_QUICK_ROOM = 96 /* bytes: a quick value with quotes, prefix and what is stored too much */
};

/* Text that needs no escapes, quotes around it. */
static inline char *quick_text(char *at, struct span value)
{
    *at = '"';
    if (json_copy_plain(at + 1, value) < value.len)
        return NULL;
    at[value.len + 1] = '"';
    return at + value.len + 2;
}

/* True for digits that begin with an idle zero; without a branch, for no guess would be right. */
static inline bool quick_is_idle(struct span digits)
{
    return (*digits.data == '0') & (digits.len > 1);
}

/* A canonical decimal that every double holds. */
static inline char *quick_decimal(char *at, struct span value)
{
    if (*value.data == '-') {
        *at++ = '-';
        value = span_skip(value, 1);
        if (*value.data == '0')
            return NULL;
    }
    if (value.len - 1 >= JSON_DIGITS || quick_is_idle(value))
        return NULL;

    block bytes = block_load(value.data);

    block_store(at, bytes);
    return block_leading(block_within(bytes, '0', '9')) >= value.len ? at + value.len : NULL;
}

/* Digits with a prefix and without idle zeros: "0x7ffc". */
static inline char *quick_based(char *at, struct span value, const char prefix[3], block bytes,
                                block digits)
{
    if (value.len - 1 >= BLOCK_SIZE || block_leading(digits) < value.len || quick_is_idle(value))
        return NULL;
    memcpy(at, prefix, 3);
    block_store(at + 3, bytes);
    at[value.len + 3] = '"';
    return at + value.len + 4;
}

/* In small letters, as the kernel writes them. */
static inline char *quick_hex(char *at, struct span value)
{
    block bytes = block_load(value.data);

    return quick_based(at, value, "\"0x", bytes,
                       block_or(block_within(bytes, '0', '9'), block_within(bytes, 'a', 'f')));
}

/* With at most one idle zero, as the kernel writes modes: "0o100644". */
static inline char *quick_octal(char *at, struct span value)
{
    value = span_skip(value, quick_is_idle(value));

    block bytes = block_load(value.data);

    return quick_based(at, value, "\"0o", bytes, block_within(bytes, '0', '7'));
}

static inline char *quick_null(char *at, struct span value)
{
    if (value.len != 6 || memcmp(value.data, "(null)", 6) != 0)
        return NULL;
    memcpy(at, "null", 4);
    return at + 4;
}

/* Text of a bare value. */
static inline char *quick_word(char *at, struct span value)
{
    if (value.len - 1 >= JSON_QUICK)
        return NULL;

    char *after = quick_null(at, value);

    return after != NULL ? after : quick_text(at, value);
}

/* The quick way of a value. Inlined: most of the time is spent here. */
__attribute__((always_inline)) static inline char *json_quick(char *at, const struct field *field,
                                                              enum json_way way)
{
    struct span value = field_value(field);

    if (field->form == FORM_QUOTED)
        return way <= WAY_KEY && value.len <= JSON_QUICK ? quick_text(at, value) : NULL;
    if (field->form != FORM_BARE)
        return NULL;
    switch (way) {
    case WAY_NUMBER:
        return quick_decimal(at, value);
    case WAY_HEX:
        return quick_hex(at, value);
    case WAY_OCTAL:
        return quick_octal(at, value);
    case WAY_TEXT:
        return quick_word(at, value);
    case WAY_TEXT_OR_NUMBER:
        if ((unsigned char)(*value.data - '0') > 9 && *value.data != '-')
            return quick_word(at, value);
        return quick_decimal(at, value);
    default:
        return quick_null(at, value);
    }
}

/* json_put_text for text that may be read beyond its end. */
static inline char *json_put_padded(char *at, struct span text, bool *is_clean)
{
    char *after = quick_text(at, text);

    return after != NULL ? after : json_put_text(at, text, is_clean);
}
