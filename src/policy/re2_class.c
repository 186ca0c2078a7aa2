#include "policy/re2_class.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "base/utf8.h"

enum { RUNE_MOST = 0x10FFFF };

int re2_refuse(const struct re2_reader *in, int code, const char *sentence)
{
    return error_set(in->err, code, "at byte %zu: %s", in->at, sentence);
}

int re2_rune(struct re2_reader *in, uint32_t *rune)
{
    struct span rest = re2_rest(in);
    size_t len = utf8_len(rest);

    if (len == 0)
        return re2_refuse(in, -EINVAL, "this is no UTF-8");
    *rune = (unsigned char)*rest.data;
    if (len > 1)
        *rune &= 0xFFu >> (len + 1);
    for (size_t i = 1; i < len; i++)
        *rune = *rune << 6 | ((unsigned char)rest.data[i] & 0x3F);
    re2_skip(in, len);
    return 0;
}

static unsigned digit_of(int byte)
{
    return (unsigned)(isdigit(byte) ? byte - '0' : tolower(byte) - 'a' + 10);
}

/* \x7F or \x{10FFFF}, at the x. */
static int read_hex(struct re2_reader *in, uint32_t *rune)
{
    bool has_braces = re2_peek_at(in, 1) == '{';
    size_t digits = 0;

    *rune = 0;
    re2_skip(in, has_braces ? 2 : 1);
    for (; isxdigit(re2_peek(in)) && (has_braces || digits < 2); digits++) {
        *rune = *rune << 4 | digit_of(re2_next(in));
        if (*rune > RUNE_MOST)
            return re2_refuse(in, -EINVAL, "no character has this number");
    }
    if (has_braces ? digits == 0 || re2_next(in) != '}' : digits != 2)
        return re2_refuse(in, -EINVAL, "expected \\x7F or \\x{10FFFF}");
    return 0;
}

/* \0, \012, \12 (two digits at least unless the first is 0), at the first digit. */
static int read_octal(struct re2_reader *in, uint32_t *rune)
{
    int second = re2_peek_at(in, 1);

    if (re2_peek(in) != '0' && (second < '0' || second > '7'))
        return re2_refuse(in, -EINVAL, "Go has no references to groups");
    *rune = 0;
    for (unsigned digits = 0; digits < 3 && re2_peek(in) >= '0' && re2_peek(in) <= '7'; digits++)
        *rune = *rune << 3 | digit_of(re2_next(in));
    return 0;
}

int re2_escape(struct re2_reader *in, uint32_t *rune)
{
    static const char letters[] = "afnrtv", values[] = "\a\f\n\r\t\v";
    int letter = re2_peek_at(in, 1);
    const char *place = letter > 0 ? strchr(letters, letter) : NULL;

    if (letter == RE2_END)
        return re2_refuse(in, -EINVAL, "a backslash at the end");
    if (letter == 'x' || (letter >= '0' && letter <= '7')) {
        re2_skip(in, 1);
        return letter == 'x' ? read_hex(in, rune) : read_octal(in, rune);
    }
    if (place != NULL)
        *rune = (unsigned char)values[place - letters];
    else if (letter < 0x80 && !isalnum(letter))
        *rune = (uint32_t)letter;
    else
        return re2_refuse(in, -EINVAL, "Go has no such escape");
    re2_skip(in, 2);
    return 0;
}

/* \pN, \p{Greek}, \p{^Greek}, from the backslash on. */
static int put_property(struct re2_reader *in, struct buffer *out)
{
    size_t start = in->at;

    re2_skip(in, 2);

    int byte = re2_next(in);

    if (byte == '{')
        do
            byte = re2_next(in);
        while (isalnum(byte) || byte == '_' || byte == '^');
    else if (isupper(byte))
        byte = '}';
    if (byte != '}')
        return re2_refuse(in, -EINVAL, "expected \\pN or \\p{Name}");
    buffer_append(out, (struct span){ in->text.data + start, in->at - start });
    return 0;
}

int re2_class_escape(struct re2_reader *in, struct buffer *out)
{
    int letter = re2_peek_at(in, 1);

    if (letter == 'p' || letter == 'P')
        return put_property(in, out);
    buffer_byte(out, '\\');
    buffer_byte(out, (char)letter);
    re2_skip(in, 2);
    return 0;
}

void re2_put_ascii(struct buffer *out, uint32_t rune)
{
    if (rune < 0x20 || rune == 0x7F)
        buffer_printf(out, "\\x%02x", rune);
    else if (rune != 0 && strchr("\\^$.|?*+()[]{}-", (int)rune) != NULL)
        buffer_printf(out, "\\%c", (char)rune);
    else
        buffer_byte(out, (char)rune);
}

void re2_put_bytes(struct buffer *out, uint32_t rune)
{
    static const unsigned char leads[] = { 0, 0xC0, 0xE0, 0xF0 };
    unsigned more = rune < 0x800 ? 1 : rune < 0x10000 ? 2 : 3;

    buffer_printf(out, "(?:\\x%02x", leads[more] | rune >> (6 * more));
    while (more-- > 0)
        buffer_printf(out, "\\x%02x", 0x80 | (rune >> (6 * more) & 0x3F));
    buffer_byte(out, ')');
}

/* [:alpha:] or [:^alpha:]; false when what stands here is none. */
static bool put_posix(struct re2_reader *in, struct buffer *out)
{
    static const char *const names[] = { "alnum", "alpha", "ascii", "blank", "cntrl",
                                         "digit", "graph", "lower", "print", "punct",
                                         "space", "upper", "word",  "xdigit" };
    struct span rest = re2_rest(in);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (unsigned is_not = 0; is_not < 2; is_not++) {
            char text[16];
            int len = snprintf(text, sizeof text, "[:%s%s:]", is_not ? "^" : "", names[i]);

            if (!span_starts(rest, (struct span){ text, (size_t)len }))
                continue;
            buffer_append(out, (struct span){ text, (size_t)len });
            re2_skip(in, (size_t)len);
            return true;
        }
    }
    return false;
}

/* One end of a range, or a character by itself. */
static int read_member(struct re2_reader *in, uint32_t *rune)
{
    int status = re2_peek(in) == '\\' ? re2_escape(in, rune) : re2_rune(in, rune);

    if (status == 0 && *rune >= 0x80)
        return re2_refuse(in, -ENOTSUP, "a class with a character beyond ASCII");
    return status;
}

static int put_member(struct re2_reader *in, struct buffer *out)
{
    uint32_t low = 0, high = 0;
    int status = read_member(in, &low);

    if (status != 0)
        return status;
    re2_put_ascii(out, low);
    if (re2_peek(in) != '-' || re2_peek_at(in, 1) == ']' || re2_peek_at(in, 1) == RE2_END)
        return 0;
    re2_skip(in, 1);
    status = read_member(in, &high);
    if (status != 0)
        return status;
    if (high < low)
        return re2_refuse(in, -EINVAL, "a range that goes backwards");
    buffer_byte(out, '-');
    re2_put_ascii(out, high);
    return 0;
}

static int put_item(struct re2_reader *in, struct buffer *out)
{
    int letter = re2_peek(in) == '\\' ? re2_peek_at(in, 1) : RE2_END;

    if (re2_peek(in) == '[' && re2_peek_at(in, 1) == ':') {
        if (put_posix(in, out))
            return 0;
        if (memmem(in->text.data + in->at, in->text.len - in->at, ":]", 2) != NULL)
            return re2_refuse(in, -EINVAL, "Go has no class of this name");
    }
    if (letter == 's' || letter == 'S') { /* PCRE2's \s has the vertical tab, too */
        buffer_append(out, letter == 's' ? SPAN("\\t\\n\\f\\r ") : SPAN("\\S\\x0b"));
        re2_skip(in, 2);
        return 0;
    }
    if (letter > 0 && strchr("dDwWpP", letter) != NULL)
        return re2_class_escape(in, out);
    return put_member(in, out);
}

int re2_class(struct re2_reader *in, struct buffer *out)
{
    bool is_first = true;

    re2_skip(in, 1);
    buffer_byte(out, '[');
    if (re2_peek(in) == '^') {
        re2_skip(in, 1);
        buffer_byte(out, '^');
    }
    while (is_first || re2_peek(in) != ']') {
        int status = re2_peek(in) != RE2_END ? put_item(in, out)
                                             : re2_refuse(in, -EINVAL, "a class is not closed");

        if (status != 0)
            return status;
        is_first = false;
    }
    re2_skip(in, 1);
    buffer_byte(out, ']');
    return 0;
}
