#include "rules/quote.h"

#include "base/escape.h"
#include "base/utf8.h"

enum { SHOWN = 4 * 4 + 2 /* a character of four bytes, each as \xHH, and what ends it */ };

/* Cuts the first character off `rest`, or a byte that is none. */
static struct span next_character(struct span *rest)
{
    size_t len = utf8_len(*rest);
    struct span character = { rest->data, len > 0 ? len : 1 };

    *rest = span_skip(*rest, character.len);
    return character;
}

static bool is_odd(struct span character)
{
    char shown[SHOWN];

    return escape_text(shown, sizeof shown, character) != character.len;
}

static bool has_odd(struct span text)
{
    while (text.len > 0)
        if (is_odd(next_character(&text)))
            return true;
    return false;
}

static void write_odd(struct span text, struct buffer *out)
{
    char shown[SHOWN];

    buffer_append(out, SPAN("$'"));
    while (text.len > 0) {
        struct span character = next_character(&text);

        if (*character.data == '\\' || *character.data == '\'')
            buffer_byte(out, '\\');
        buffer_append(out, (struct span){ shown, escape_text(shown, sizeof shown, character) });
    }
    buffer_byte(out, '\'');
}

void quote_write(struct span text, struct buffer *out)
{
    if (text.len == 0)
        buffer_append(out, SPAN("''"));
    else if (has_odd(text)) {
        write_odd(text, out);
        return;
    }
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.data[i];

        if (memchr(" \\'\"", byte, 4) != NULL || (byte == '#' && i == 0))
            buffer_byte(out, '\\');
        buffer_byte(out, byte);
    }
}
