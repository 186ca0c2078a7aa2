#include "policy/text.h"

#include "policy/tokens.h"

/*
 * What follows a verb or a key: one literal, or a list in brackets that begins with `open` and of
 * which the leading literals count.
 */
static void read_outputs(struct tokens at, const char *open, const char *close,
                         output_visitor *found, void *context)
{
    bool is_list = token_skip(&at, open);

    do {
        struct token name = token_next(&at), next = token_peek(&at);
        bool is_whole = is_list
                            ? token_is(&next, TOKEN_SIGN, ",") || token_is(&next, TOKEN_SIGN, close)
                            : next.kind != TOKEN_SIGN || next.text.data[0] != '.';

        if (name.kind != TOKEN_TEXT || !is_whole) /* 'a' .. b */
            return;
        if (name.text.data != NULL)
            found(context, name.text, name.line);
    } while (is_list && token_skip(&at, ","));
}

/* The word at hand, and the outputs behind it where it is a verb or a key that takes some. */
static void read_use(const struct token *before, const struct token *word, struct tokens at,
                     output_visitor *found, void *context)
{
    if (token_is(before, TOKEN_SIGN, ":")) {
        if (token_is(word, TOKEN_WORD, "route") || token_is(word, TOKEN_WORD, "send"))
            read_outputs(at, "(", ")", found, context);
        return;
    }
    if (token_is(word, TOKEN_WORD, "outputs") && before->kind == TOKEN_SIGN &&
        strchr("{,;", before->text.data[0]) != NULL && token_skip(&at, "="))
        read_outputs(at, "{", "}", found, context);
}

void text_each_output(struct span source, output_visitor *found, void *context)
{
    struct tokens at = tokens_of(source);
    struct token before = { .kind = TOKEN_END }, token;

    while ((token = token_next(&at)).kind != TOKEN_END) {
        if (token.kind == TOKEN_WORD)
            read_use(&before, &token, at, found, context);
        before = token;
    }
}

unsigned text_line_of(struct span source, struct span text, unsigned otherwise)
{
    const char *place = memmem(source.data, source.len, text.data, text.len);
    unsigned line = 1;

    if (place == NULL)
        return otherwise;
    for (const char *at = source.data; at < place; at++)
        line += *at == '\n' ? 1 : 0;
    return line;
}
