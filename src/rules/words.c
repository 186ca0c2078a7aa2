#include "rules/words.h"

#include <errno.h>

struct cutter {
    struct span line;
    size_t at;
    char *out; /* the end of the word so far */
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static int refuse_open(struct error *err, size_t at)
{
    return error_set(err, -EINVAL, "column %zu: this quote is never closed", at + 1);
}

/* Takes '...' whose first quote is at `at`. */
static int cut_single(struct cutter *cutter, struct error *err)
{
    size_t open = cutter->at++;

    for (; cutter->at < cutter->line.len; cutter->at++) {
        char byte = cutter->line.data[cutter->at];

        if (byte == '\'') {
            cutter->at++;
            return 0;
        }
        *cutter->out++ = byte;
    }
    return refuse_open(err, open);
}

/* Takes "..." whose first quote is at `at`. */
static int cut_double(struct cutter *cutter, struct error *err)
{
    size_t open = cutter->at++;

    for (; cutter->at < cutter->line.len; cutter->at++) {
        char byte = cutter->line.data[cutter->at];

        if (byte == '"') {
            cutter->at++;
            return 0;
        }
        if (byte == '\\' && cutter->at + 1 < cutter->line.len &&
            memchr("\"\\$`", cutter->line.data[cutter->at + 1], 4) != NULL)
            byte = cutter->line.data[++cutter->at];
        *cutter->out++ = byte;
    }
    return refuse_open(err, open);
}

/* Takes the byte behind a backslash. */
static int cut_escaped(struct cutter *cutter, struct error *err)
{
    struct span behind = span_skip(cutter->line, cutter->at + 1);

    if (behind.len == 0 || span_equal(behind, SPAN("\r")))
        return error_set(err, -EINVAL,
                         "column %zu: nothing stands behind this backslash: a line cannot go on "
                         "in the next",
                         cutter->at + 1);
    *cutter->out++ = cutter->line.data[cutter->at + 1];
    cutter->at += 2;
    return 0;
}

/* The byte that an escape of $'...' stands for; the cutter is at what follows the backslash. */
static int escaped_byte(struct cutter *cutter, struct error *err)
{
    static const char letters[] = "nt\\'", bytes[] = "\n\t\\'";
    size_t at = cutter->at;
    const char *letter = memchr(letters, cutter->line.data[at], sizeof letters - 1);
    uint64_t value;

    if (letter != NULL) {
        *cutter->out++ = bytes[letter - letters];
        cutter->at++;
        return 0;
    }
    if (cutter->line.data[at] != 'x' || cutter->line.len - at < 3 ||
        !span_hex((struct span){ cutter->line.data + at + 1, 2 }, &value))
        return error_set(err, -EINVAL,
                         "column %zu: $'...' knows \\xHH, \\n, \\t, \\\\ and \\' only", at);
    if (value == 0)
        return error_set(err, -EINVAL, "column %zu: a NUL byte", at);
    *cutter->out++ = (char)value;
    cutter->at += 3;
    return 0;
}

/* Takes $'...' whose $ is at `at`. */
static int cut_dollar(struct cutter *cutter, struct error *err)
{
    size_t open = cutter->at;

    for (cutter->at += 2; cutter->at < cutter->line.len;) {
        char byte = cutter->line.data[cutter->at++];

        if (byte == '\'')
            return 0;
        if (byte != '\\')
            *cutter->out++ = byte;
        else if (cutter->at == cutter->line.len)
            break;
        else if (escaped_byte(cutter, err) != 0)
            return err->code;
    }
    return refuse_open(err, open);
}

static bool is_dollar(const struct cutter *cutter)
{
    return span_starts(span_skip(cutter->line, cutter->at), SPAN("$'"));
}

static int cut_word(struct cutter *cutter, struct error *err)
{
    int status = 0;

    while (status == 0 && cutter->at < cutter->line.len &&
           !is_blank(cutter->line.data[cutter->at])) {
        char byte = cutter->line.data[cutter->at];

        if (is_dollar(cutter))
            status = cut_dollar(cutter, err);
        else if (byte == '\'')
            status = cut_single(cutter, err);
        else if (byte == '"')
            status = cut_double(cutter, err);
        else if (byte == '\\')
            status = cut_escaped(cutter, err);
        else
            *cutter->out++ = cutter->line.data[cutter->at++];
    }
    return status;
}

static void skip_blanks(struct cutter *cutter)
{
    while (cutter->at < cutter->line.len && is_blank(cutter->line.data[cutter->at]))
        cutter->at++;
}

int words_cut(struct arena *arena, struct span line, struct words *words, struct error *err)
{
    const char *nul = line.len > 0 ? memchr(line.data, '\0', line.len) : NULL;
    struct cutter cutter = { line, 0, arena_alloc(arena, line.len + 1) };

    *words = (struct words){ arena_alloc(arena, (line.len / 2 + 1) * sizeof *words->items), 0 };
    if (nul != NULL)
        return error_set(err, -EINVAL, "column %zu: a NUL byte", (size_t)(nul - line.data) + 1);
    for (skip_blanks(&cutter); cutter.at < line.len; skip_blanks(&cutter)) {
        char *word = cutter.out;
        int status = cut_word(&cutter, err);

        if (status != 0)
            return status;
        words->items[words->count++] = (struct span){ word, (size_t)(cutter.out - word) };
    }
    return 0;
}

int word_refuse_nul(struct span word, struct error *err)
{
    if (word.len > 0 && memchr(word.data, '\0', word.len) != NULL)
        return error_set(err, -EINVAL, "a NUL byte in a word");
    return 0;
}
