#include "output/recent.h"

enum { HEAD = 512 /* bytes of a line in which its id is looked for */ };

/* What stands between "audit(" and ")"; absent when the line is none of a record. */
static struct span id_of(struct span line)
{
    static const char mark[] = "msg=audit(";
    const char *begin = memmem(line.data, line.len < HEAD ? line.len : HEAD, mark, sizeof mark - 1);

    if (begin == NULL)
        return (struct span){ NULL, 0 };
    begin += sizeof mark - 1;

    const char *end = memchr(begin, ')', (size_t)(line.data + line.len - begin));

    return (struct span){ begin, end != NULL ? (size_t)(end - begin) : 0 };
}

/* An event is over at its EOE. */
static bool is_end(struct span line)
{
    static const char mark[] = "type=EOE ";

    return memmem(line.data, line.len < HEAD ? line.len : HEAD, mark, sizeof mark - 1) != NULL;
}

/* The line that ends at `end` of the lines, without its newline. */
static struct span line_before(const struct recent *recent, size_t end)
{
    const char *data = recent->lines.data;
    const char *newline = end > 1 ? memrchr(data, '\n', end - 1) : NULL;
    size_t begin = newline != NULL ? (size_t)(newline + 1 - data) : 0;

    return (struct span){ data + begin, end - 1 - begin };
}

/* Where the lines of the last event begin, if it is not over; else the end. */
static size_t find_open(const struct recent *recent)
{
    size_t at = recent->lines.len;

    if (at == 0)
        return at;

    struct span line = line_before(recent, at), id = id_of(line);

    if (id.len == 0 || is_end(line))
        return at;
    while (at > 0 && (line = line_before(recent, at), span_equal(id_of(line), id)))
        at -= line.len + 1;
    return at;
}

static void forget(struct recent *recent)
{
    buffer_clear(&recent->lines);
    recent->repeated = recent->messages = 0;
}

void recent_trim(struct recent *recent)
{
    size_t len = recent->lines.len;
    size_t cut = len > recent->most ? len - recent->most : 0;
    const char *data = recent->lines.data;

    if (cut == 0)
        return;

    const char *newline = memchr(data + cut - 1, '\n', len - cut + 1);

    cut = newline != NULL ? (size_t)(newline + 1 - data) : len;
    for (size_t i = recent->repeated; i < cut; i++)
        recent->messages -= data[i] == '\n' && recent->messages > 0;
    recent->repeated -= recent->repeated < cut ? recent->repeated : cut;
    buffer_consume(&recent->lines, cut);
}

void recent_follow(struct recent *recent, const struct batch *batch, size_t count)
{
    size_t first = count, bytes = 0;

    while (first > 0 && bytes + batch->messages[first - 1].len <= recent->most)
        bytes += batch->messages[--first].len;
    if (first > 0)
        forget(recent);
    for (size_t i = first; i < count; i++)
        buffer_append(&recent->lines, (struct span){ batch->bytes.data + batch->messages[i].begin,
                                                     batch->messages[i].len });
    recent->messages += count - first;
    if (recent->lines.len > 2 * recent->most)
        recent_trim(recent); /* seldom: it moves all that is kept */
}

struct span recent_repeat(struct recent *recent, bool crash, size_t *messages)
{
    recent_trim(recent);

    size_t from = find_open(recent);

    *messages = 0;
    if (crash && recent->repeated < from)
        from = recent->repeated;
    if (crash)
        *messages = recent->messages;
    if (crash)
        recent_settle(recent);
    return span_skip(buffer_span(&recent->lines), from);
}

void recent_settle(struct recent *recent)
{
    recent->repeated = recent->lines.len;
    recent->messages = 0;
}

void recent_free(struct recent *recent)
{
    buffer_free(&recent->lines);
}
