#include "format/json_text.h"

#include "base/utf8.h"
#include "interpret/hex.h"

static const char hex_digits[] = "0123456789abcdef";

static char *put_unicode(char *at, unsigned code)
{
    memcpy(at, "\\u00", 4);
    at[4] = hex_digits[code >> 4 & 15];
    at[5] = hex_digits[code & 15];
    return at + 6;
}

static char *put_ascii(char *at, unsigned char byte)
{
    switch (byte) {
    case '"':
    case '\\':
        *at++ = '\\';
        *at++ = (char)byte;
        return at;
    case '\n':
        memcpy(at, "\\n", 2);
        return at + 2;
    case '\t':
        memcpy(at, "\\t", 2);
        return at + 2;
    case '\r':
        memcpy(at, "\\r", 2);
        return at + 2;
    default:
        return put_unicode(at, byte);
    }
}

/* How many bytes at the start of `text` begin a character that is then broken off; at least 1. */
static size_t broken_len(struct span text)
{
    unsigned char first = (unsigned char)text.data[0];
    unsigned char low = 0x80, high = 0xBF;
    size_t wanted = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1, len = 1;

    if (first < 0xC2 || first > 0xF4)
        return 1;
    if (first == 0xE0)
        low = 0xA0;
    else if (first == 0xED)
        high = 0x9F;
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F;
    while (len <= wanted && len < text.len && (unsigned char)text.data[len] >= low &&
           (unsigned char)text.data[len] <= high) {
        len++;
        low = 0x80;
        high = 0xBF;
    }
    return len;
}

/* Writes one character that is not plain ASCII; *used says how many bytes it took. */
static char *put_odd(char *at, struct span text, size_t *used, bool *is_clean)
{
    unsigned char byte = (unsigned char)text.data[0];

    *used = 1;
    if (byte < 0x80)
        return put_ascii(at, byte);

    size_t len = utf8_len(text);

    if (len == 0) {
        *used = broken_len(text);
        *is_clean = false;
        memcpy(at, "\xEF\xBF\xBD", 3);
        return at + 3;
    }
    *used = len;
    if (len == 2 && byte == 0xC2 && (unsigned char)text.data[1] < 0xA0)
        return put_unicode(at, (unsigned char)text.data[1]); /* C1: a terminal would obey */
    memcpy(at, text.data, len);
    return at + len;
}

/* json_copy_plain for text that must not be read beyond its end. */
static size_t copy_plain(char *at, struct span text)
{
    struct span whole = { text.data, text.len - text.len % BLOCK_SIZE };
    struct span last = span_skip(text, whole.len);
    size_t done = json_copy_plain(at, whole);
    char padded[BLOCK_SIZE] = { 0 };

    if (done < whole.len || last.len == 0)
        return done;
    memcpy(padded, last.data, last.len);
    return done + json_copy_plain(at + done, (struct span){ padded, last.len });
}

char *json_put_text(char *at, struct span text, bool *is_clean)
{
    *at++ = '"';
    for (;;) {
        size_t done = copy_plain(at, text), used;

        at += done;
        text = span_skip(text, done);
        if (text.len == 0)
            break;
        at = put_odd(at, text, &used, is_clean);
        text = span_skip(text, used);
    }
    *at++ = '"';
    return at;
}

char *json_put_string(char *at, struct span text)
{
    bool is_clean;

    return json_put_text(at, text, &is_clean);
}

char *json_put_hex(char *at, struct span bytes)
{
    *at++ = '"';
    at = hex_encode(at, bytes);
    *at++ = '"';
    return at;
}

/* True if all of `digits` (1 to 20) are digits and the first is no idle zero. */
static bool is_canonical(struct span digits)
{
    if (digits.len == 0 || digits.len > 20 || (digits.data[0] == '0' && digits.len > 1))
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        if ((unsigned char)(digits.data[i] - '0') > 9)
            return false;
    }
    return true;
}

char *json_put_decimal(char *at, struct span digits)
{
    bool is_negative = digits.len > 0 && digits.data[0] == '-';
    struct span number = is_negative ? span_skip(digits, 1) : digits;

    if (!is_canonical(number) || (is_negative && number.data[0] == '0'))
        return NULL;
    if (number.len <= JSON_DIGITS) {
        memcpy(at, digits.data, digits.len);
        return at + digits.len;
    }

    uint64_t value;
    bool is_exact = span_decimal(number, &value) && value < (uint64_t)1 << 63 &&
                    (uint64_t)(double)value == value;

    if (!is_exact)
        return json_put_string(at, digits);
    memcpy(at, digits.data, digits.len);
    return at + digits.len;
}

char *json_put_u64(char *at, uint64_t value)
{
    char digits[20];
    size_t len = 0;

    do {
        digits[len++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (len > 0)
        *at++ = digits[--len];
    return at;
}
