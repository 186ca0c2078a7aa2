#include "strict_json.h"

#include <stdlib.h>

#include "base/utf8.h"

enum { DEPTH_MOST = 64, NAMES_MOST = 65536 };

struct reader {
    const char *at, *end;
    const char *wrong;
    unsigned depth;
};

static bool fail(struct reader *reader, const char *wrong)
{
    if (reader->wrong == NULL)
        reader->wrong = wrong;
    return false;
}

static bool take(struct reader *reader, char byte)
{
    if (reader->at == reader->end || *reader->at != byte)
        return false;
    reader->at++;
    return true;
}

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t'))
        reader->at++;
}

static bool is_digit(const struct reader *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_unicode(struct reader *reader, unsigned *code)
{
    *code = 0;
    if (reader->end - reader->at < 4)
        return fail(reader, "short \\u");
    for (int i = 0; i < 4; i++) {
        int digit = hex_of(*reader->at++);

        if (digit < 0)
            return fail(reader, "\\u without hex");
        *code = *code << 4 | (unsigned)digit;
    }
    return true;
}

static bool read_escape(struct reader *reader)
{
    unsigned code, low;

    if (reader->at == reader->end)
        return fail(reader, "string ends in a backslash");

    char byte = *reader->at++;

    if (memchr("\"\\/bfnrt", byte, 8) != NULL)
        return true;
    if (byte != 'u')
        return fail(reader, "unknown escape");
    if (!read_unicode(reader, &code))
        return false;
    if (code >= 0xDC00 && code <= 0xDFFF)
        return fail(reader, "lone low surrogate");
    if (code < 0xD800 || code > 0xDBFF)
        return true;
    if (!take(reader, '\\') || !take(reader, 'u') || !read_unicode(reader, &low) || low < 0xDC00 ||
        low > 0xDFFF)
        return fail(reader, "lone high surrogate");
    return true;
}

static bool read_string(struct reader *reader)
{
    if (!take(reader, '"'))
        return fail(reader, "string expected");
    while (reader->at < reader->end) {
        unsigned char byte = (unsigned char)*reader->at;

        if (byte == '"') {
            reader->at++;
            return true;
        }
        if (byte < 0x20)
            return fail(reader, "control byte in a string");
        if (byte == '\\') {
            reader->at++;
            if (!read_escape(reader))
                return false;
            continue;
        }

        size_t len = utf8_len((struct span){ reader->at, (size_t)(reader->end - reader->at) });

        if (len == 0)
            return fail(reader, "not UTF-8");
        reader->at += len;
    }
    return fail(reader, "string without end");
}

static bool read_digits(struct reader *reader)
{
    if (!is_digit(reader))
        return fail(reader, "digit expected");
    while (is_digit(reader))
        reader->at++;
    return true;
}

static bool read_number(struct reader *reader)
{
    take(reader, '-');
    if (take(reader, '0')) {
        if (is_digit(reader))
            return fail(reader, "leading zero");
    } else if (!read_digits(reader)) {
        return false;
    }
    if (take(reader, '.') && !read_digits(reader))
        return false;
    if (take(reader, 'e') || take(reader, 'E')) {
        if (!take(reader, '+'))
            take(reader, '-');
        return read_digits(reader);
    }
    return true;
}

static bool read_word(struct reader *reader, struct span word)
{
    if ((size_t)(reader->end - reader->at) < word.len ||
        memcmp(reader->at, word.data, word.len) != 0)
        return fail(reader, "value expected");
    reader->at += word.len;
    return true;
}

static bool read_value(struct reader *reader);

static int by_text(const void *a, const void *b)
{
    return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* The names as written: laudit escapes equal text in equal ways. */
static bool names_differ(struct reader *reader, struct span *names, size_t count)
{
    qsort(names, count, sizeof *names, by_text);
    for (size_t i = 1; i < count; i++) {
        if (span_equal(names[i - 1], names[i]))
            return fail(reader, "a name comes twice");
    }
    return true;
}

static bool read_members(struct reader *reader, struct span **names, size_t *count)
{
    do {
        skip_space(reader);

        const char *start = reader->at;

        if (!read_string(reader))
            return false;
        if (*count == NAMES_MOST)
            return fail(reader, "too many names");
        *names = realloc(*names, (*count + 1) * sizeof **names);
        (*names)[(*count)++] = (struct span){ start, (size_t)(reader->at - start) };
        skip_space(reader);
        if (!take(reader, ':'))
            return fail(reader, "':' expected");
        if (!read_value(reader))
            return false;
        skip_space(reader);
    } while (take(reader, ','));
    return take(reader, '}') || fail(reader, "',' or '}' expected");
}

static bool read_object(struct reader *reader)
{
    struct span *names = NULL;
    size_t count = 0;

    skip_space(reader);
    if (take(reader, '}'))
        return true;

    bool is_good = read_members(reader, &names, &count) && names_differ(reader, names, count);

    free(names);
    return is_good;
}

static bool read_list(struct reader *reader)
{
    skip_space(reader);
    if (take(reader, ']'))
        return true;
    do {
        if (!read_value(reader))
            return false;
        skip_space(reader);
    } while (take(reader, ','));
    return take(reader, ']') || fail(reader, "',' or ']' expected");
}

static bool read_nested(struct reader *reader)
{
    if (reader->depth++ == DEPTH_MOST)
        return fail(reader, "too deep");

    bool is_good = *reader->at++ == '{' ? read_object(reader) : read_list(reader);

    reader->depth--;
    return is_good;
}

static bool read_value(struct reader *reader)
{
    skip_space(reader);
    if (reader->at == reader->end)
        return fail(reader, "value expected");
    switch (*reader->at) {
    case '{':
    case '[':
        return read_nested(reader);
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

const char *strict_json_check(struct span text, size_t *at)
{
    struct reader reader = { .at = text.data, .end = text.data + text.len };

    if (read_value(&reader)) {
        skip_space(&reader);
        if (reader.at < reader.end)
            fail(&reader, "something follows the value");
    }
    *at = (size_t)(reader.at - text.data);
    return reader.wrong;
}
