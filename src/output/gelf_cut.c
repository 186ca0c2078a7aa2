#include "output/gelf_cut.h"

#include "base/utf8.h"

enum { DEPTH_MOST = 64 };

/* A value that is no text, number, object or array ends where one of these begins. */
static bool ends_word(char byte)
{
    return byte == ',' || byte == '}' || byte == ']' || byte == ' ' || byte == '\t' ||
           byte == '\n' || byte == '\r';
}

static struct span skip_blanks(struct span text)
{
    while (text.len > 0 &&
           (*text.data == ' ' || *text.data == '\t' || *text.data == '\n' || *text.data == '\r'))
        text = span_skip(text, 1);
    return text;
}

/* The length of a string with its quotes; 0: there is none. */
static size_t string_len(struct span text)
{
    if (text.len == 0 || *text.data != '"')
        return 0;
    for (size_t i = 1; i < text.len; i++) {
        if (text.data[i] == '"')
            return i + 1;
        i += text.data[i] == '\\';
    }
    return 0;
}

/* The length of an object or array, whose inside is only looked at for its end; 0: it has none. */
static size_t nest_len(struct span text)
{
    size_t depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        char byte = text.data[i];

        if (byte == '"') {
            size_t len = string_len(span_skip(text, i));

            if (len == 0)
                return 0;
            i += len - 1;
        } else if (byte == '{' || byte == '[') {
            if (++depth > DEPTH_MOST)
                return 0;
        } else if (byte == '}' || byte == ']') {
            if (--depth == 0)
                return i + 1;
        }
    }
    return 0;
}

static size_t value_len(struct span text)
{
    size_t len = 0;

    if (text.len > 0 && *text.data == '"')
        return string_len(text);
    if (text.len > 0 && (*text.data == '{' || *text.data == '['))
        return nest_len(text);
    while (len < text.len && !ends_word(text.data[len]))
        len++;
    return len;
}

static bool is_escape(struct span text, char kind)
{
    return text.len >= 2 && text.data[0] == '\\' && text.data[1] == kind;
}

/* The length of the next character as JSON writes it: \n, \u00e9, a pair of surrogates, UTF-8. */
static size_t character_len(struct span text)
{
    if (is_escape(text, 'u') && text.len >= 6) {
        bool is_high = (text.data[2] | 0x20) == 'd' && memchr("89abAB", text.data[3], 6) != NULL;

        return is_high && text.len >= 12 && is_escape(span_skip(text, 6), 'u') ? 12 : 6;
    }
    if (*text.data == '\\')
        return text.len >= 2 ? 2 : 1;

    size_t len = utf8_len(text);

    return len != 0 ? len : 1;
}

/* How much of the inside of a string fits into `longest` bytes. */
static size_t fitting_len(struct span inside, size_t longest)
{
    size_t len = 0;

    while (len < inside.len) {
        size_t next = character_len(span_skip(inside, len));

        if (len + next > longest)
            break;
        len += next;
    }
    return len;
}

static bool is_own(struct span name)
{
    static const char *const own[] = { "\"version\"", "\"host\"", "\"short_message\"",
                                       "\"timestamp\"", "\"level\"" };

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (span_equal(name, span_of(own[i])))
            return true;
    }
    return false;
}

/* Appends one field, shortened. Returns the bytes that are missing. */
static size_t append_field(struct span name, struct span value, size_t longest, struct buffer *out)
{
    bool is_text = *value.data == '"', is_nest = *value.data == '{' || *value.data == '[';
    size_t whole = name.len + value.len;

    if (name.len > longest + 2 || (is_nest && value.len > longest))
        return whole;
    if (out->data[out->len - 1] != '{')
        buffer_byte(out, ',');
    buffer_append(out, name);
    buffer_byte(out, ':');
    if (!is_text || value.len - 2 <= longest) {
        buffer_append(out, value);
        return 0;
    }

    size_t len = fitting_len((struct span){ value.data + 1, value.len - 2 }, longest);

    buffer_append(out, (struct span){ value.data, len + 1 });
    buffer_byte(out, '"');
    return value.len - 2 - len;
}

/* Cuts `"name" : value` off the text. False when it does not begin with one. */
static bool next_field(struct span *text, struct span *name, struct span *value)
{
    *text = skip_blanks(*text);
    *name = (struct span){ text->data, string_len(*text) };
    *text = skip_blanks(span_skip(*text, name->len));
    if (name->len == 0 || !span_starts(*text, SPAN(":")))
        return false;
    *text = skip_blanks(span_skip(*text, 1));
    *value = (struct span){ text->data, value_len(*text) };
    *text = skip_blanks(span_skip(*text, value->len));
    return value->len > 0;
}

/* Appends the fields. Returns false when the text is no object; the bytes that are missing in
 * `cut`. */
static bool append_fields(struct span text, size_t longest, bool is_bare, struct buffer *out,
                          size_t *cut)
{
    struct span name, value;

    for (;;) {
        if (!next_field(&text, &name, &value))
            return false;
        *cut += is_bare && !is_own(name) ? name.len + value.len
                                         : append_field(name, value, longest, out);
        if (!span_starts(text, SPAN(",")))
            break;
        text = span_skip(text, 1);
    }
    return span_starts(text, SPAN("}")) && skip_blanks(span_skip(text, 1)).len == 0;
}

bool gelf_cut(struct span object, size_t longest, bool is_bare, struct buffer *out)
{
    struct span text = skip_blanks(object);
    size_t begin = out->len, cut = 0;

    if (!span_starts(text, SPAN("{")))
        return false;
    buffer_byte(out, '{');
    if (!append_fields(span_skip(text, 1), longest, is_bare, out, &cut)) {
        out->len = begin;
        return false;
    }
    if (out->data[out->len - 1] != '{')
        buffer_byte(out, ',');
    buffer_printf(out, "\"_laudit_cut\":%zu}", cut);
    return true;
}
