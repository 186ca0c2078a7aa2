#include "output/http_text.h"

#include "base/utf8.h"
#include "format/json_text.h"

/* What is still to be read. Each read_ function cuts off what it reads, or says false. */
struct reader {
    struct span rest;
    unsigned depth;
};

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_hex(char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

static void skip_space(struct reader *reader)
{
    while (reader->rest.len > 0 && is_space(*reader->rest.data))
        reader->rest = span_skip(reader->rest, 1);
}

static bool read_byte(struct reader *reader, char byte)
{
    if (reader->rest.len == 0 || *reader->rest.data != byte)
        return false;
    reader->rest = span_skip(reader->rest, 1);
    return true;
}

static bool read_word(struct reader *reader, struct span word)
{
    if (!span_starts(reader->rest, word))
        return false;
    reader->rest = span_skip(reader->rest, word.len);
    return true;
}

static bool read_digits(struct reader *reader)
{
    struct span rest = reader->rest;

    while (rest.len > 0 && is_digit(*rest.data))
        rest = span_skip(rest, 1);

    bool has_any = rest.len < reader->rest.len;

    reader->rest = rest;
    return has_any;
}

static bool read_number(struct reader *reader)
{
    read_byte(reader, '-');
    if (!read_byte(reader, '0') && !read_digits(reader))
        return false;
    if (read_byte(reader, '.') && !read_digits(reader))
        return false;
    if (read_byte(reader, 'e') || read_byte(reader, 'E')) {
        if (!read_byte(reader, '+'))
            read_byte(reader, '-');
        return read_digits(reader);
    }
    return true;
}

/* Four hex digits. */
static bool read_unit(struct reader *reader, uint64_t *unit)
{
    for (size_t i = 0; i < 4; i++) {
        if (i >= reader->rest.len || !is_hex(reader->rest.data[i]))
            return false;
    }
    span_hex((struct span){ reader->rest.data, 4 }, unit);
    reader->rest = span_skip(reader->rest, 4);
    return true;
}

/* Behind "\\u". Half of a surrogate pair is no character. */
static bool read_unicode(struct reader *reader)
{
    uint64_t unit;

    if (!read_unit(reader, &unit) || (unit >= 0xDC00 && unit <= 0xDFFF))
        return false;
    if (unit < 0xD800 || unit > 0xDBFF)
        return true;
    return read_word(reader, SPAN("\\u")) && read_unit(reader, &unit) && unit >= 0xDC00 &&
           unit <= 0xDFFF;
}

/* Behind a backslash. */
static bool read_escape(struct reader *reader)
{
    char letter;

    if (reader->rest.len == 0)
        return false;
    letter = *reader->rest.data;
    reader->rest = span_skip(reader->rest, 1);
    return letter == 'u' ? read_unicode(reader) : memchr("\"\\/bfnrt", letter, 8) != NULL;
}

/* The bytes of a string that need no look at what follows them. */
static size_t plain_len(struct span text)
{
    size_t len = 0;

    while (len < text.len) {
        unsigned char byte = (unsigned char)text.data[len];

        if (byte < ' ' || byte >= 0x80 || byte == '"' || byte == '\\')
            break;
        len++;
    }
    return len;
}

static bool read_string(struct reader *reader)
{
    if (!read_byte(reader, '"'))
        return false;
    for (;;) {
        reader->rest = span_skip(reader->rest, plain_len(reader->rest));
        if (reader->rest.len == 0)
            return false;
        if (read_byte(reader, '"'))
            return true;
        if (read_byte(reader, '\\')) {
            if (!read_escape(reader))
                return false;
            continue;
        }

        size_t len = (unsigned char)*reader->rest.data < ' ' ? 0 : utf8_len(reader->rest);

        if (len == 0)
            return false;
        reader->rest = span_skip(reader->rest, len);
    }
}

static bool read_value(struct reader *reader);

static bool read_member(struct reader *reader)
{
    skip_space(reader);
    if (!read_string(reader))
        return false;
    skip_space(reader);
    return read_byte(reader, ':') && read_value(reader);
}

/* Behind the opening bracket. */
static bool read_members(struct reader *reader, bool (*read_one)(struct reader *), char end)
{
    if (++reader->depth > HTTP_JSON_DEEPEST)
        return false;
    skip_space(reader);
    if (!read_byte(reader, end)) {
        do {
            if (!read_one(reader))
                return false;
            skip_space(reader);
        } while (read_byte(reader, ','));
        if (!read_byte(reader, end))
            return false;
    }
    reader->depth--;
    return true;
}

static bool read_value(struct reader *reader)
{
    skip_space(reader);
    if (reader->rest.len == 0)
        return false;
    switch (*reader->rest.data) {
    case '{':
        return read_byte(reader, '{') && read_members(reader, read_member, '}');
    case '[':
        return read_byte(reader, '[') && read_members(reader, read_value, ']');
    case '"':
        return read_string(reader);
    case 't':
        return read_word(reader, SPAN("true"));
    case 'f':
        return read_word(reader, SPAN("false"));
    case 'n':
        return read_word(reader, SPAN("null"));
    default:
        return read_number(reader);
    }
}

enum http_json http_json_check(struct span text)
{
    struct reader reader = { .rest = text };

    skip_space(&reader);

    bool is_object = reader.rest.len > 0 && *reader.rest.data == '{';

    if (!read_value(&reader))
        return HTTP_NO_JSON;
    skip_space(&reader);
    if (reader.rest.len > 0)
        return HTTP_NO_JSON;
    return is_object ? HTTP_JSON_OBJECT : HTTP_JSON_VALUE;
}

void http_put_string(struct buffer *out, struct span text)
{
    char *at = buffer_reserve(out, JSON_GROWTH * text.len + JSON_SLACK);

    buffer_commit(out, (size_t)(json_put_string(at, text) - at));
}

void http_put_line(struct buffer *out, struct span json)
{
    char *at = buffer_reserve(out, json.len);

    memcpy(at, json.data, json.len);
    for (char *end = at + json.len; (at = memchr(at, '\n', (size_t)(end - at))) != NULL;)
        *at = ' ';
    buffer_commit(out, json.len);
}

void http_put_member(struct buffer *out, struct span name, struct span text)
{
    http_put_string(out, name);
    buffer_byte(out, ':');
    http_put_string(out, text);
}
