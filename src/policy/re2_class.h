/*
 * re2_class.h - the parts of re2.h that read a regular expression: escapes and classes.
 */
#pragma once

#include "base/buffer.h"

enum { RE2_END = -1 };

struct re2_reader {
    struct span text;
    size_t at;
    struct error *err;
};

static inline struct span re2_rest(const struct re2_reader *in)
{
    return span_skip(in->text, in->at);
}

/* The byte that many behind this one, or RE2_END. */
static inline int re2_peek_at(const struct re2_reader *in, size_t more)
{
    return more < in->text.len - in->at ? (unsigned char)in->text.data[in->at + more] : RE2_END;
}

static inline int re2_peek(const struct re2_reader *in)
{
    return re2_peek_at(in, 0);
}

static inline int re2_next(struct re2_reader *in)
{
    int byte = re2_peek(in);

    in->at += byte != RE2_END;
    return byte;
}

static inline void re2_skip(struct re2_reader *in, size_t count)
{
    in->at += count;
}

/* "at byte N: SENTENCE"; returns `code`. */
int re2_refuse(const struct re2_reader *, int code, const char *sentence);

/* Reads one character of UTF-8. 0, or -EINVAL. */
int re2_rune(struct re2_reader *, uint32_t *rune);

/* Reads an escape that means one character, from its backslash on. 0, or -EINVAL. */
int re2_escape(struct re2_reader *, uint32_t *rune);

/* \d \D \w \W \pN \PN \p{...} \P{...}, from the backslash on, as they are. */
int re2_class_escape(struct re2_reader *, struct buffer *out);

/* [...], from the bracket on. */
int re2_class(struct re2_reader *, struct buffer *out);

/* One character of ASCII that means itself, in a class and outside. */
void re2_put_ascii(struct buffer *out, uint32_t rune);

/* The bytes of one character beyond ASCII, as a group that can be repeated. */
void re2_put_bytes(struct buffer *out, uint32_t rune);
