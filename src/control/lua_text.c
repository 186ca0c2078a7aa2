#include "control/lua_text.h"

/* True when it can stand between long brackets, none of which ends it. */
static bool is_plain(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F)
            return false;
    return true;
}

/* True when "]", `level` signs of equality and "]" stand in `text`, or begin at its end. */
static bool ends_long(struct span text, size_t level)
{
    size_t run = SIZE_MAX; /* signs behind the last bracket; SIZE_MAX: none is open */

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == ']' && run == level)
            return true;
        if (text.data[i] == ']')
            run = 0;
        else if (run != SIZE_MAX)
            run = text.data[i] == '=' ? run + 1 : SIZE_MAX;
    }
    return run == level; /* the bracket that is to end it would be the second */
}

/* The signs of equality that long brackets around `text` need: few, for each that does not do has
 * its own ones in `text`. */
static unsigned level_of(struct span text)
{
    unsigned level = 0;

    while (ends_long(text, level))
        level++;
    return level;
}

static void put_long(struct buffer *out, struct span text, const char *head)
{
    unsigned level = level_of(text);

    buffer_byte(out, '[');
    for (unsigned i = 0; i < level; i++)
        buffer_byte(out, '=');
    buffer_printf(out, "[%s", head);
    buffer_append(out, text);
    buffer_byte(out, ']');
    for (unsigned i = 0; i < level; i++)
        buffer_byte(out, '=');
    buffer_byte(out, ']');
}

void lua_quote_lines(struct buffer *out, struct span text)
{
    put_long(out, text, "\n");
}

void lua_quote(struct buffer *out, struct span text)
{
    bool has_signs = text.len > 0 && (memchr(text.data, '\\', text.len) != NULL ||
                                      memchr(text.data, '\'', text.len) != NULL);

    if (has_signs && is_plain(text)) {
        put_long(out, text, "");
        return;
    }
    buffer_byte(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];

        if (byte < 0x20 || byte == 0x7F)
            buffer_printf(out, "\\%03u", byte);
        else if (byte == '\\' || byte == '\'')
            buffer_printf(out, "\\%c", byte);
        else
            buffer_byte(out, (char)byte);
    }
    buffer_byte(out, '\'');
}
