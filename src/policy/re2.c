#include "policy/re2.h"

#include <ctype.h>
#include <errno.h>

#include "policy/matcher.h"
#include "policy/re2_class.h"

enum {
    GROUPS_MOST = 100,   /* open at once */
    REPEATS_MOST = 1000, /* Go's own limit of {n,m} */
    NAME_MOST = 32       /* bytes of a group's name that PCRE2 takes */
};

enum { FLAG_FOLD = 1, FLAG_LINES = 2 };

struct translation {
    struct re2_reader in;
    struct buffer *out;
    unsigned flags[GROUPS_MOST + 1]; /* of each group that is open; [0]: of all */
    size_t depth;
    bool can_repeat; /* something stands here that a repetition can be of */
    bool is_repeat;  /* and it is a repetition itself */
};

static bool is_quantifier(const struct re2_reader *in)
{
    return re2_peek(in) == '*' || re2_peek(in) == '+' || re2_peek(in) == '?' || re2_peek(in) == '{';
}

static void did_atom(struct translation *it)
{
    it->can_repeat = true;
    it->is_repeat = false;
}

static void did_none(struct translation *it)
{
    it->can_repeat = it->is_repeat = false;
}

/* An assertion, which PCRE2 repeats only in a group. */
static void put_assertion(struct translation *it, const char *text)
{
    buffer_printf(it->out, is_quantifier(&it->in) ? "(?:%s)" : "%s", text);
    did_atom(it);
}

static int put_literal(struct translation *it, uint32_t rune)
{
    if (rune >= 0x80 && (it->flags[it->depth] & FLAG_FOLD))
        return re2_refuse(&it->in, -ENOTSUP, "(?i) of a character beyond ASCII");
    if (rune < 0x80)
        re2_put_ascii(it->out, rune);
    else
        re2_put_bytes(it->out, rune);
    did_atom(it);
    return 0;
}

static int put_quoted(struct translation *it)
{
    while (re2_peek(&it->in) != RE2_END) {
        uint32_t rune = 0;

        if (span_starts(re2_rest(&it->in), SPAN("\\E"))) {
            re2_skip(&it->in, 2);
            return 0;
        }

        int status = re2_rune(&it->in, &rune);

        if (status == 0)
            status = put_literal(it, rune);
        if (status != 0)
            return status;
    }
    return 0;
}

/* At a backslash outside a class. */
static int put_escape(struct translation *it)
{
    struct re2_reader *in = &it->in;
    uint32_t rune = 0;
    int letter = re2_peek_at(in, 1);

    if (letter == 'Q') {
        re2_skip(in, 2);
        return put_quoted(it);
    }
    if (letter == 'A' || letter == 'b' || letter == 'B' || letter == 'z') {
        const char text[] = { '\\', (char)letter, '\0' };

        re2_skip(in, 2);
        put_assertion(it, text);
        return 0;
    }
    if (letter == 'C')
        return re2_refuse(in, -EINVAL, "\\C is RE2's alone: Go refuses it");
    if (letter > 0 && strchr("dDwWsSpP", letter) != NULL) {
        if (letter == 's' || letter == 'S') {
            re2_skip(in, 2);
            buffer_append(it->out,
                          letter == 's' ? SPAN("[\\t\\n\\f\\r ]") : SPAN("[^\\t\\n\\f\\r ]"));
            did_atom(it);
            return 0;
        }
        did_atom(it);
        return re2_class_escape(in, it->out);
    }

    int status = re2_escape(in, &rune);

    return status != 0 ? status : put_literal(it, rune);
}

/* Reads (?flags) or (?flags:, behind the question mark. */
static int put_flags(struct translation *it, size_t start)
{
    struct re2_reader *in = &it->in;
    unsigned flags = it->flags[it->depth];
    bool is_off = false, has_any = false;
    int letter;

    while ((letter = re2_next(in)) != RE2_END && letter != ')' && letter != ':') {
        unsigned bit = letter == 'i' ? FLAG_FOLD : letter == 'm' ? FLAG_LINES : 0;

        if (letter == 0 || (letter == '-' ? is_off : strchr("imsU", letter) == NULL))
            break;
        if (letter == '-') {
            is_off = true;
            has_any = false;
            continue;
        }
        has_any = true;
        flags = is_off ? flags & ~bit : flags | bit;
    }
    if ((letter != ')' && letter != ':') || (is_off && !has_any)) {
        in->at = start;
        return re2_refuse(in, -EINVAL, "Go has no such group");
    }
    if (letter == ')' && !has_any) { /* (?) says nothing to Go, and is no group for PCRE2 */
        did_none(it);
        return 0;
    }
    buffer_append(it->out, (struct span){ in->text.data + start, in->at - start });
    if (letter == ':') {
        if (it->depth == GROUPS_MOST)
            return re2_refuse(in, -ENOTSUP, "too many groups in each other");
        it->depth++;
    }
    it->flags[it->depth] = flags;
    did_none(it);
    return 0;
}

/* Behind "(?P<" or "(?<". A name that PCRE2 does not take is left out: nobody asks for it. */
static int put_name(struct translation *it, size_t start)
{
    struct re2_reader *in = &it->in;
    size_t name = in->at;
    int letter;

    while ((letter = re2_next(in)) != RE2_END && letter != '>')
        if (!isalnum(letter) && letter != '_')
            break;

    size_t len = in->at - name - 1;

    if (letter != '>' || len == 0) {
        in->at = start;
        return re2_refuse(in, -EINVAL, "Go has no such group");
    }
    if (len <= NAME_MOST && !isdigit((unsigned char)in->text.data[name]))
        buffer_append(it->out, (struct span){ in->text.data + start, in->at - start });
    else
        buffer_byte(it->out, '(');
    return 0;
}

static int put_group(struct translation *it)
{
    struct re2_reader *in = &it->in;
    size_t start = in->at;
    int status = 0;

    if (span_starts(re2_rest(in), SPAN("(?P<"))) {
        re2_skip(in, 4);
        status = put_name(it, start);
    } else if (span_starts(re2_rest(in), SPAN("(?<"))) {
        re2_skip(in, 3);
        status = put_name(it, start);
    } else if (span_starts(re2_rest(in), SPAN("(?"))) {
        re2_skip(in, 2);
        return put_flags(it, start);
    } else {
        re2_skip(in, 1);
        buffer_byte(it->out, '(');
    }
    if (status != 0)
        return status;
    if (it->depth == GROUPS_MOST)
        return re2_refuse(in, -ENOTSUP, "too many groups in each other");
    it->flags[it->depth + 1] = it->flags[it->depth];
    it->depth++;
    did_none(it);
    return 0;
}

static int end_group(struct translation *it)
{
    if (it->depth == 0)
        return re2_refuse(&it->in, -EINVAL, "this ) closes nothing");
    it->depth--;
    re2_skip(&it->in, 1);
    buffer_byte(it->out, ')');
    did_atom(it);
    return 0;
}

/* Reads digits; false when there are none. Numbers beyond the limit stay beyond it. */
static bool read_number(struct span text, size_t *at, unsigned *number)
{
    size_t first = *at;

    *number = 0;
    for (; *at < text.len && isdigit((unsigned char)text.data[*at]); ++*at)
        if (*number <= REPEATS_MOST)
            *number = 10 * *number + (unsigned)(text.data[*at] - '0');
    return *at > first;
}

/* The bytes of {n}, {n,} or {n,m} at the front of `text`, else 0: then it is a text to Go. */
static size_t counts_len(struct span text, unsigned *least, unsigned *most)
{
    size_t at = 1;

    if (!read_number(text, &at, least))
        return 0;
    *most = *least;
    if (at < text.len && text.data[at] == ',') {
        at++;
        if (!read_number(text, &at, most))
            *most = *least;
    }
    return at < text.len && text.data[at] == '}' ? at + 1 : 0;
}

static int put_repetition(struct translation *it)
{
    struct span rest = re2_rest(&it->in);
    unsigned least = 0, most = 0;
    size_t len = 1;

    if (*rest.data == '{') {
        len = counts_len(rest, &least, &most);
        if (len == 0) {
            re2_skip(&it->in, 1);
            return put_literal(it, '{');
        }
        if (least > REPEATS_MOST || most > REPEATS_MOST || most < least)
            return re2_refuse(&it->in, -EINVAL, "Go refuses these counts");
    }
    if (!it->can_repeat)
        return re2_refuse(&it->in, -EINVAL, "this repeats nothing");
    if (it->is_repeat)
        return re2_refuse(&it->in, -EINVAL, "Go refuses a repetition of a repetition");
    if (len < rest.len && rest.data[len] == '?')
        len++;
    buffer_append(it->out, (struct span){ rest.data, len });
    re2_skip(&it->in, len);
    it->is_repeat = true;
    return 0;
}

static int put_character(struct translation *it)
{
    uint32_t rune = 0;
    int status = re2_rune(&it->in, &rune);

    return status != 0 ? status : put_literal(it, rune);
}

static int put_next(struct translation *it)
{
    switch (re2_peek(&it->in)) {
    case '\\':
        return put_escape(it);
    case '[':
        did_atom(it);
        return re2_class(&it->in, it->out);
    case '(':
        return put_group(it);
    case ')':
        return end_group(it);
    case '*':
    case '+':
    case '?':
    case '{':
        return put_repetition(it);
    case '|':
        re2_skip(&it->in, 1);
        buffer_byte(it->out, '|');
        did_none(it);
        return 0;
    case '.':
        re2_skip(&it->in, 1);
        buffer_byte(it->out, '.');
        did_atom(it);
        return 0;
    case '^':
        re2_skip(&it->in, 1);
        put_assertion(it, "^");
        return 0;
    case '$': /* for PCRE2 it also stands before a newline at the end */
        re2_skip(&it->in, 1);
        put_assertion(it, it->flags[it->depth] & FLAG_LINES ? "$" : "\\z");
        return 0;
    default:
        return put_character(it);
    }
}

/* PCRE2 has the last word. */
static int try(struct span text, struct error *err)
{
    struct regex *regex;

    if (text.len > MATCHER_REGEX_MOST)
        return error_set(err, -ENOTSUP, "has more than %d bytes", MATCHER_REGEX_MOST);
    if (text.len == 0)
        return 0;
    regex = regex_new(text, err);
    if (regex == NULL) {
        err->code = -ENOTSUP;
        return error_within(err, "PCRE2 refuses %.*s", SPAN_ARG(text));
    }
    regex_free(regex);
    return 0;
}

int re2_translate(struct span pattern, struct buffer *out, struct error *err)
{
    struct translation it = { .in = { .text = pattern, .err = err }, .out = out };
    size_t before = out->len;
    int status = 0;

    if (pattern.len > MATCHER_REGEX_MOST)
        return error_set(err, -ENOTSUP, "has more than %d bytes", MATCHER_REGEX_MOST);
    while (status == 0 && re2_peek(&it.in) != RE2_END)
        status = put_next(&it);
    if (status == 0 && it.depth > 0)
        status = re2_refuse(&it.in, -EINVAL, "a group is not closed");
    if (status == 0 && out->len > before)
        status = try((struct span){ out->data + before, out->len - before }, err);
    if (status != 0)
        out->len = before;
    return status;
}
