#include "format/go_text.h"

#include "base/block.h"
#include "base/utf8.h"

enum {
    GROWTH = 6, /* bytes a byte may become: \u00XX */
    SLACK = BLOCK_SIZE + 2
};

/* Copies up to the first byte that is no plain ASCII or needs an escape; returns how many bytes. */
static size_t copy_plain(char *at, struct span text)
{
    for (size_t done = 0; done < text.len; done += BLOCK_SIZE) {
        char last[BLOCK_SIZE] = { 0 };
        size_t len = text.len - done;

        if (len < BLOCK_SIZE)
            memcpy(last, text.data + done, len);

        block bytes = block_load(len < BLOCK_SIZE ? last : text.data + done);
        block quotes = block_or(block_is(bytes, '"'), block_is(bytes, '\\'));
        block angles = block_or(block_is(bytes, '<'), block_is(bytes, '>'));
        block special = block_or(block_or(quotes, angles), block_is(bytes, '&'));
        size_t plain = block_leading(block_except(block_within(bytes, ' ', '~'), special));

        block_store(at + done, bytes);
        if (plain < BLOCK_SIZE)
            return done + plain;
    }
    return text.len;
}

static char *put(char *at, struct span text)
{
    memcpy(at, text.data, text.len);
    return at + text.len;
}

static char *put_ascii(char *at, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";

    switch (byte) {
    case '"':
        return put(at, SPAN("\\\""));
    case '\\':
        return put(at, SPAN("\\\\"));
    case '\n':
        return put(at, SPAN("\\n"));
    case '\r':
        return put(at, SPAN("\\r"));
    case '\t':
        return put(at, SPAN("\\t"));
    case 0x7F:
        *at++ = (char)byte;
        return at;
    default:
        at = put(at, SPAN("\\u00"));
        *at++ = digits[byte >> 4];
        *at++ = digits[byte & 15];
        return at;
    }
}

/* Writes one character that is not plain; *used says how many bytes it took. */
static char *put_odd(char *at, struct span text, size_t *used)
{
    size_t len = utf8_len(text);

    *used = len > 0 ? len : 1;
    if (len == 0)
        return put(at, SPAN("\\ufffd"));
    if (len == 1)
        return put_ascii(at, (unsigned char)text.data[0]);
    if (len == 3 && memcmp(text.data, "\xE2\x80\xA8", 3) == 0)
        return put(at, SPAN("\\u2028"));
    if (len == 3 && memcmp(text.data, "\xE2\x80\xA9", 3) == 0)
        return put(at, SPAN("\\u2029"));
    return put(at, (struct span){ text.data, len });
}

void go_text(struct buffer *out, struct span text)
{
    char *begin = buffer_reserve(out, GROWTH * text.len + SLACK), *at = begin;

    *at++ = '"';
    for (;;) {
        size_t done = copy_plain(at, text), used;

        at += done;
        text = span_skip(text, done);
        if (text.len == 0)
            break;
        at = put_odd(at, text, &used);
        text = span_skip(text, used);
    }
    *at++ = '"';
    buffer_commit(out, (size_t)(at - begin));
}
