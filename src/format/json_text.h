/*
 * json_text.h - JSON strings and numbers, written straight behind the last byte.
 *
 * Each function writes to `at`, where the caller has made room, and returns where it stopped.
 * Whatever bytes come in, what comes out is strict JSON in UTF-8.
 */
#pragma once

#include "base/block.h"

enum {
    JSON_GROWTH = 6, /* bytes a byte of text may become: \u00XX, or U+FFFD for a stray byte */
    JSON_SLACK = 32, /* bytes of room needed beyond what is written */
    JSON_DIGITS = 15 /* digits that a double always holds */
};

/*
 * Writes `text` with quotes. Bytes that are not UTF-8 become U+FFFD, one for each maximal part
 * of a character, and *is_clean false (it is left alone otherwise). Room: JSON_GROWTH * len +
 * JSON_SLACK.
 */
char *json_put_text(char *at, struct span text, bool *is_clean);

/* The same where nobody asks whether it was clean. */
char *json_put_string(char *at, struct span text);

/* Writes the bytes as a string of hex digits: the lossless twin of a repaired text. */
char *json_put_hex(char *at, struct span bytes);

/*
 * Writes a canonical decimal ("-13", no leading zeros) as a number, or as a string when no double
 * holds it exactly; NULL, with nothing written, when it is no such decimal.
 */
char *json_put_decimal(char *at, struct span digits);

char *json_put_u64(char *at, uint64_t value);

/* Copies text known to need no escapes; short ones without a call. */
static inline char *json_put_plain(char *at, struct span text)
{
    memcpy(at, text.data, text.len);
    return at + text.len;
}

/*
 * Copies up to the first byte that is not plain ASCII or needs an escape; returns how many bytes.
 * Reads and writes up to BLOCK_SIZE - 1 bytes beyond the text.
 */
static inline size_t json_copy_plain(char *at, struct span text)
{
    for (size_t done = 0; done < text.len; done += BLOCK_SIZE) {
        block bytes = block_load(text.data + done);
        block special = block_or(block_is(bytes, '"'), block_is(bytes, '\\'));
        size_t plain = block_leading(block_except(block_within(bytes, ' ', '~'), special));

        block_store(at + done, bytes);
        if (plain < BLOCK_SIZE)
            return done + plain < text.len ? done + plain : text.len;
    }
    return text.len;
}
