#include "policy/tokens.h"

#include <ctype.h>

static char peek(const struct tokens *at, size_t ahead)
{
    return ahead < at->rest.len ? at->rest.data[ahead] : '\0';
}

static void skip(struct tokens *at, size_t count)
{
    for (size_t i = 0; i < count && at->rest.len > 0; i++) {
        at->line += at->rest.data[0] == '\n' ? 1 : 0;
        at->rest = span_skip(at->rest, 1);
    }
}

static bool is_word(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_';
}

/* Reads "[==[ ... ]==]"; false when there is none. */
static bool read_long(struct tokens *at, struct token *token)
{
    size_t level = 0;

    if (peek(at, 0) != '[')
        return false;
    while (peek(at, level + 1) == '=')
        level++;
    if (peek(at, level + 1) != '[')
        return false;
    skip(at, level + 2);
    if (peek(at, 0) == '\r' && peek(at, 1) == '\n')
        skip(at, 1);
    if (peek(at, 0) == '\n')
        skip(at, 1);
    *token = (struct token){ TOKEN_TEXT, true, at->line, { at->rest.data, 0 } };
    while (at->rest.len > 0) {
        size_t same = 0;

        while (peek(at, 0) == ']' && same < level && peek(at, same + 1) == '=')
            same++;
        token->text.len = (size_t)(at->rest.data - token->text.data);
        if (peek(at, 0) == ']' && same == level && peek(at, level + 1) == ']') {
            skip(at, level + 2);
            return true;
        }
        skip(at, 1);
    }
    return true;
}

static bool skip_comment(struct tokens *at)
{
    struct token ignored;

    if (peek(at, 0) != '-' || peek(at, 1) != '-')
        return false;
    skip(at, 2);
    if (!read_long(at, &ignored))
        while (at->rest.len > 0 && peek(at, 0) != '\n')
            skip(at, 1);
    return true;
}

static void skip_blanks(struct tokens *at)
{
    for (;;) {
        if (at->rest.len > 0 && isspace((unsigned char)at->rest.data[0]))
            skip(at, 1);
        else if (!skip_comment(at))
            return;
    }
}

/* Goes behind a backslash and what belongs to it: a byte, a line's end, or z and blanks. */
static void skip_escape(struct tokens *at)
{
    bool skips_blanks = peek(at, 1) == 'z';

    skip(at, peek(at, 1) == '\r' && peek(at, 2) == '\n' ? 3 : 2);
    while (skips_blanks && at->rest.len > 0 && isspace((unsigned char)peek(at, 0)))
        skip(at, 1);
}

/* Reads 'text' or "text"; false when there is none. */
static bool read_short(struct tokens *at, struct token *token)
{
    char quote = peek(at, 0);
    bool has_escape = false;

    if (quote != '\'' && quote != '"')
        return false;
    skip(at, 1);
    *token = (struct token){ TOKEN_TEXT, false, at->line, { at->rest.data, 0 } };
    while (at->rest.len > 0 && peek(at, 0) != quote && peek(at, 0) != '\n') {
        if (peek(at, 0) != '\\') {
            skip(at, 1);
            continue;
        }
        has_escape = true;
        skip_escape(at);
    }
    token->text.len = (size_t)(at->rest.data - token->text.data);
    if (has_escape)
        token->text = (struct span){ NULL, 0 };
    skip(at, 1);
    return true;
}

static size_t sign_len(const struct tokens *at)
{
    char byte = peek(at, 0);

    if (byte == '.' && peek(at, 1) == '.')
        return peek(at, 2) == '.' ? 3 : 2;
    return strchr("=~<>", byte) != NULL && peek(at, 1) == '=' ? 2 : 1;
}

struct token token_next(struct tokens *at)
{
    struct token token;

    skip_blanks(at);
    if (at->rest.len == 0)
        return (struct token){ TOKEN_END, false, at->line, { NULL, 0 } };
    if (read_long(at, &token) || read_short(at, &token))
        return token;
    token = (struct token){ TOKEN_WORD, false, at->line, { at->rest.data, 0 } };
    while (is_word(peek(at, token.text.len)))
        token.text.len++;
    if (token.text.len == 0) {
        token.kind = TOKEN_SIGN;
        token.text.len = sign_len(at);
    }
    skip(at, token.text.len);
    return token;
}

struct token token_peek(const struct tokens *at)
{
    struct tokens ahead = *at;

    return token_next(&ahead);
}

bool token_is(const struct token *token, enum token_kind kind, const char *text)
{
    return token->kind == kind && span_equal(token->text, span_of(text));
}

bool token_skip(struct tokens *at, const char *sign)
{
    struct tokens ahead = *at;
    struct token token = token_next(&ahead);

    if (!token_is(&token, TOKEN_SIGN, sign))
        return false;
    *at = ahead;
    return true;
}
