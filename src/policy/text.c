#include "policy/text.h"

#include <ctype.h>

/* A place in the source. */
struct cursor {
    struct span rest;
    unsigned line;
};

static char peek(const struct cursor *cursor, size_t ahead)
{
    return ahead < cursor->rest.len ? cursor->rest.data[ahead] : '\0';
}

static void skip(struct cursor *cursor, size_t count)
{
    for (size_t i = 0; i < count && cursor->rest.len > 0; i++) {
        cursor->line += cursor->rest.data[0] == '\n' ? 1 : 0;
        cursor->rest = span_skip(cursor->rest, 1);
    }
}

static bool is_word(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_';
}

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->rest.len > 0 && isspace((unsigned char)peek(cursor, 0)))
        skip(cursor, 1);
}

/* Skips "[==[ ... ]==]"; false when there is none. */
static bool skip_long_text(struct cursor *cursor)
{
    size_t level = 0;

    if (peek(cursor, 0) != '[')
        return false;
    while (peek(cursor, level + 1) == '=')
        level++;
    if (peek(cursor, level + 1) != '[')
        return false;
    skip(cursor, level + 2);
    while (cursor->rest.len > 0) {
        size_t same = 0;

        while (peek(cursor, 0) == ']' && same < level && peek(cursor, same + 1) == '=')
            same++;
        if (peek(cursor, 0) == ']' && same == level && peek(cursor, level + 1) == ']') {
            skip(cursor, level + 2);
            break;
        }
        skip(cursor, 1);
    }
    return true;
}

static bool skip_comment(struct cursor *cursor)
{
    if (peek(cursor, 0) != '-' || peek(cursor, 1) != '-')
        return false;
    skip(cursor, 2);
    if (!skip_long_text(cursor))
        while (cursor->rest.len > 0 && peek(cursor, 0) != '\n')
            skip(cursor, 1);
    return true;
}

/* Reads 'text' or "text"; false when there is none. One with an escape has no name (absent). */
static bool read_text(struct cursor *cursor, struct span *text)
{
    char quote = peek(cursor, 0);
    bool has_escape = false;

    if (quote != '\'' && quote != '"')
        return false;
    skip(cursor, 1);
    *text = (struct span){ cursor->rest.data, 0 };

    const char *begin = cursor->rest.data;

    while (cursor->rest.len > 0 && peek(cursor, 0) != quote && peek(cursor, 0) != '\n') {
        has_escape = has_escape || peek(cursor, 0) == '\\';
        skip(cursor, peek(cursor, 0) == '\\' ? 2 : 1);
    }
    text->len = (size_t)(cursor->rest.data - begin);
    if (has_escape)
        *text = (struct span){ NULL, 0 };
    skip(cursor, 1);
    return true;
}

static struct span read_word(struct cursor *cursor)
{
    struct span word = { cursor->rest.data, 0 };

    while (is_word(peek(cursor, word.len)))
        word.len++;
    skip(cursor, word.len);
    return word;
}

/*
 * What follows a verb or a key: one literal, or a list in brackets that begins with `open` and of
 * which the leading literals count.
 */
static void read_outputs(struct cursor *cursor, char open, output_visitor *found, void *context)
{
    char close = open == '(' ? ')' : '}';

    skip_blanks(cursor);

    bool is_list = peek(cursor, 0) == open;

    skip(cursor, is_list ? 1 : 0);
    for (;;) {
        struct cursor ahead = *cursor;
        struct span name;

        skip_blanks(&ahead);

        unsigned line = ahead.line;

        if (!read_text(&ahead, &name))
            return;
        skip_blanks(&ahead);
        if (is_list ? peek(&ahead, 0) != ',' && peek(&ahead, 0) != close : peek(&ahead, 0) == '.')
            return; /* 'a' .. b */
        if (name.data != NULL)
            found(context, name, line);
        *cursor = ahead;
        if (!is_list || peek(cursor, 0) != ',')
            return;
        skip(cursor, 1);
    }
}

/* Reads the word at hand, and the outputs behind it where it is a verb or a key that takes some;
 * `before` is the byte that is no blank before the word. */
static void read_use(struct cursor *cursor, char before, output_visitor *found, void *context)
{
    struct span word = read_word(cursor);

    if (before == ':') {
        if (span_equal(word, SPAN("route")) || span_equal(word, SPAN("send")))
            read_outputs(cursor, '(', found, context);
        return;
    }
    if (!span_equal(word, SPAN("outputs")) || strchr("{,;", before) == NULL)
        return;
    skip_blanks(cursor);
    if (peek(cursor, 0) != '=' || peek(cursor, 1) == '=')
        return;
    skip(cursor, 1);
    read_outputs(cursor, '{', found, context);
}

void text_each_output(struct span source, output_visitor *found, void *context)
{
    struct cursor cursor = { source, 1 };
    struct span ignored;
    char before = '\n'; /* the last byte that was no blank */

    while (cursor.rest.len > 0) {
        if (skip_comment(&cursor))
            continue;
        if (skip_long_text(&cursor) || read_text(&cursor, &ignored)) {
            before = '\'';
        } else if (is_word(peek(&cursor, 0))) {
            read_use(&cursor, before, found, context);
            before = 'a';
        } else {
            before = isspace((unsigned char)peek(&cursor, 0)) ? before : peek(&cursor, 0);
            skip(&cursor, 1);
        }
    }
}

/* True when an '=' that assigns follows: key =, ['key'] =. */
static bool is_assigned(struct cursor cursor)
{
    if (peek(&cursor, 0) == '\'' || peek(&cursor, 0) == '"')
        skip(&cursor, 1);
    skip_blanks(&cursor);
    if (peek(&cursor, 0) == ']')
        skip(&cursor, 1);
    skip_blanks(&cursor);
    return peek(&cursor, 0) == '=' && peek(&cursor, 1) != '=';
}

unsigned text_line_of(struct span source, struct span text, unsigned otherwise)
{
    const char *place = memmem(source.data, source.len, text.data, text.len);
    struct cursor cursor = { source, 1 };

    if (place == NULL)
        return otherwise;
    skip(&cursor, (size_t)(place - source.data));
    return cursor.line;
}

unsigned text_line_of_key(struct span source, struct span key, unsigned otherwise)
{
    struct cursor cursor = { source, 1 };
    char before = '\n';

    while (cursor.rest.len > 0) {
        if (skip_comment(&cursor))
            continue;
        if (key.len > 0 && span_starts(cursor.rest, key) && !is_word(before) &&
            !is_word(peek(&cursor, key.len))) {
            struct cursor behind = cursor;

            skip(&behind, key.len);
            if (is_assigned(behind))
                return cursor.line;
        }
        before = peek(&cursor, 0);
        skip(&cursor, 1);
    }
    return otherwise;
}
