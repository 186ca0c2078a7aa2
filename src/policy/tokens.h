/*
 * tokens.h - Lua source as its words, texts and signs; comments and blanks are passed over.
 *
 * A value: a copy of it goes back to where it was taken. Borrows the source. Takes any bytes.
 */
#pragma once

#include <stdbool.h>

#include "base/span.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD, /* name, keyword or digits */
    TOKEN_TEXT, /* 'text', "text" or [[text]] */
    TOKEN_SIGN  /* one byte, or one of == ~= <= >= .. ... */
};

struct token {
    enum token_kind kind;
    bool is_long;     /* [[text]]: its lines are the source's */
    unsigned line;    /* from 1; of a long text, the line on which its first byte is */
    struct span text; /* of TEXT what is inside, absent when it holds an escape */
};

struct tokens {
    struct span rest;
    unsigned line;
};

static inline struct tokens tokens_of(struct span source)
{
    return (struct tokens){ source, 1 };
}

struct token token_next(struct tokens *);

/* The next one, which stays. */
struct token token_peek(const struct tokens *);

/* Goes on behind the next token when that is this sign; false when it is not. */
bool token_skip(struct tokens *, const char *sign);

bool token_is(const struct token *, enum token_kind, const char *text);
