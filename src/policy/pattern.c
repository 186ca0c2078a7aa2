#include "policy/pattern.h"

#include <ctype.h>
#include <errno.h>

enum item_kind {
    ITEM_BYTE,
    ITEM_ANY,
    ITEM_CLASS,
    ITEM_SET,
    ITEM_OPEN,     /* '(' */
    ITEM_POSITION, /* '()' */
    ITEM_CLOSE,    /* ')' */
    ITEM_BACK,     /* '%1' */
    ITEM_BALANCE,  /* '%bxy' */
    ITEM_FRONTIER, /* '%f[set]' */
    ITEM_END       /* '$' at the end */
};

enum { REPEAT_ONCE, REPEAT_STAR = '*', REPEAT_PLUS = '+', REPEAT_LAZY = '-', REPEAT_MAYBE = '?' };

static bool class_has(uint8_t class, uint8_t byte)
{
    int answer;

    switch (class | 0x20) {
    case 'a':
        answer = isalpha(byte);
        break;
    case 'c':
        answer = iscntrl(byte);
        break;
    case 'd':
        answer = isdigit(byte);
        break;
    case 'g':
        answer = isgraph(byte);
        break;
    case 'l':
        answer = islower(byte);
        break;
    case 'p':
        answer = ispunct(byte);
        break;
    case 's':
        answer = isspace(byte);
        break;
    case 'u':
        answer = isupper(byte);
        break;
    case 'w':
        answer = isalnum(byte);
        break;
    case 'x':
        answer = isxdigit(byte);
        break;
    case 'z':
        answer = byte == 0;
        break;
    default:
        return class == byte; /* %. is a dot */
    }
    return (answer != 0) == (islower(class) != 0);
}

static void set_add(uint8_t set[32], unsigned byte)
{
    set[byte >> 3] = (uint8_t)(set[byte >> 3] | 1u << (byte & 7));
}

static bool set_has(const uint8_t set[32], uint8_t byte)
{
    return (set[byte >> 3] >> (byte & 7) & 1) != 0;
}

/* What is being read: `at` moves towards `end`. */
struct reader {
    const char *at, *end;
};

static bool is_at(const struct reader *reader, char byte)
{
    return reader->at < reader->end && *reader->at == byte;
}

static bool take(struct reader *reader, char byte)
{
    if (!is_at(reader, byte))
        return false;
    reader->at++;
    return true;
}

/* One member of a set: a class, a range or a byte. */
static const char *read_member(struct reader *reader, uint8_t set[32])
{
    uint8_t first = (uint8_t)*reader->at++;

    if (first == '%') {
        if (reader->at == reader->end)
            return "malformed pattern (missing ']')";

        uint8_t class = (uint8_t)*reader->at++;

        for (unsigned byte = 0; byte < 256; byte++)
            if (class_has(class, (uint8_t)byte))
                set_add(set, byte);
        return NULL;
    }

    uint8_t last = first;

    if (reader->end - reader->at >= 2 && reader->at[0] == '-' && reader->at[1] != ']') {
        last = (uint8_t)reader->at[1];
        reader->at += 2;
    }
    for (unsigned byte = first; byte <= last; byte++)
        set_add(set, byte);
    return NULL;
}

/* Reads what follows a '['. */
static const char *read_set(struct pattern *pattern, struct reader *reader, uint8_t *number)
{
    if (pattern->set_count == PATTERN_SETS)
        return "pattern too complex (too many sets)";

    uint8_t *set = pattern->sets[pattern->set_count];
    bool is_negated = take(reader, '^');
    const char *members = reader->at; /* a ']' right here is a member */

    memset(set, 0, sizeof pattern->sets[0]);
    while (!is_at(reader, ']') || reader->at == members) {
        const char *wrong =
            reader->at < reader->end ? read_member(reader, set) : "malformed pattern (missing ']')";

        if (wrong != NULL)
            return wrong;
    }
    reader->at++;
    for (unsigned i = 0; is_negated && i < 32; i++)
        set[i] = (uint8_t)~set[i];
    *number = (uint8_t)pattern->set_count++;
    return NULL;
}

/* Captures that are open while a pattern is read. */
struct nesting {
    uint8_t open[PATTERN_CAPTURES];
    bool is_closed[PATTERN_CAPTURES];
    unsigned depth;
};

static const char *read_open(struct pattern *pattern, struct reader *reader,
                             struct nesting *nesting, struct pattern_item *item)
{
    if (pattern->capture_count == PATTERN_CAPTURES)
        return "too many captures";
    item->first = (uint8_t)pattern->capture_count++;
    item->kind = take(reader, ')') ? ITEM_POSITION : ITEM_OPEN;
    if (item->kind == ITEM_OPEN)
        nesting->open[nesting->depth++] = item->first;
    else
        nesting->is_closed[item->first] = true;
    return NULL;
}

static const char *read_close(struct nesting *nesting, struct pattern_item *item)
{
    if (nesting->depth == 0)
        return "invalid pattern capture";
    item->kind = ITEM_CLOSE;
    item->first = nesting->open[--nesting->depth];
    nesting->is_closed[item->first] = true;
    return NULL;
}

/* Reads what follows a '%'. */
static const char *read_escape(struct pattern *pattern, struct reader *reader,
                               const struct nesting *nesting, struct pattern_item *item)
{
    if (reader->at == reader->end)
        return "malformed pattern (ends with '%')";

    uint8_t byte = (uint8_t)*reader->at++;

    if (isdigit(byte)) {
        item->kind = ITEM_BACK;
        item->first = (uint8_t)(byte - '1');
        if (byte == '0' || item->first >= pattern->capture_count ||
            !nesting->is_closed[item->first])
            return "invalid capture index";
    } else if (byte == 'b') {
        if (reader->end - reader->at < 2)
            return "unbalanced pattern";
        item->kind = ITEM_BALANCE;
        item->first = (uint8_t)*reader->at++;
        item->second = (uint8_t)*reader->at++;
    } else if (byte == 'f') {
        item->kind = ITEM_FRONTIER;
        if (!take(reader, '['))
            return "missing '[' after '%f' in pattern";
        return read_set(pattern, reader, &item->first);
    } else {
        item->kind = isalpha(byte) ? ITEM_CLASS : ITEM_BYTE;
        item->first = byte;
    }
    return NULL;
}

static bool is_single(const struct pattern_item *item)
{
    return item->kind <= ITEM_SET;
}

static const char *read_item(struct pattern *pattern, struct reader *reader,
                             struct nesting *nesting, struct pattern_item *item)
{
    const char *wrong = NULL;
    char byte = *reader->at++;

    *item = (struct pattern_item){ .kind = ITEM_BYTE, .first = (uint8_t)byte };
    if (byte == '(')
        wrong = read_open(pattern, reader, nesting, item);
    else if (byte == ')')
        wrong = read_close(nesting, item);
    else if (byte == '%')
        wrong = read_escape(pattern, reader, nesting, item);
    else if (byte == '$' && reader->at == reader->end)
        item->kind = ITEM_END;
    else if (byte == '.')
        item->kind = ITEM_ANY;
    else if (byte == '[') {
        item->kind = ITEM_SET;
        wrong = read_set(pattern, reader, &item->first);
    }
    if (wrong != NULL || !is_single(item) || reader->at == reader->end)
        return wrong;

    byte = *reader->at;
    if (byte == REPEAT_STAR || byte == REPEAT_PLUS || byte == REPEAT_LAZY || byte == REPEAT_MAYBE) {
        item->repeat = (uint8_t)byte;
        reader->at++;
    }
    return NULL;
}

const char *pattern_compile(struct pattern *pattern, struct span text, bool knows_anchor)
{
    struct reader reader = { text.data, text.data + text.len };
    struct nesting nesting = { .depth = 0 };

    pattern->item_count = pattern->set_count = pattern->capture_count = 0;
    pattern->is_anchored = knows_anchor && take(&reader, '^');
    while (reader.at < reader.end) {
        if (pattern->item_count == PATTERN_ITEMS)
            return "pattern too complex (too many items)";

        const char *wrong =
            read_item(pattern, &reader, &nesting, &pattern->items[pattern->item_count++]);

        if (wrong != NULL)
            return wrong;
    }
    return nesting.depth > 0 ? "unfinished capture" : NULL;
}

struct search {
    const struct pattern *pattern;
    const char *begin, *end; /* of the subject */
    int64_t *budget;
    struct pattern_match *match;
};

/* Takes a step; false when none is left. */
static bool step(const struct search *search)
{
    return --*search->budget >= 0;
}

static bool is_exhausted(const struct search *search)
{
    return *search->budget < 0;
}

static bool fits(const struct search *search, const struct pattern_item *item, const char *at)
{
    if (at >= search->end)
        return false;

    uint8_t byte = (uint8_t)*at;

    switch (item->kind) {
    case ITEM_BYTE:
        return byte == item->first;
    case ITEM_ANY:
        return true;
    case ITEM_CLASS:
        return class_has(item->first, byte);
    default:
        return set_has(search->pattern->sets[item->first], byte);
    }
}

static const char *match_items(struct search *search, const char *at, unsigned number);

/* As many as there are, then fewer and fewer until the rest matches. */
static const char *match_greedy(struct search *search, const char *at, unsigned number)
{
    const struct pattern_item *item = &search->pattern->items[number];
    const char *last = at, *least = at + (item->repeat == REPEAT_PLUS ? 1 : 0);

    while (fits(search, item, last) && step(search)) {
        last++;
        if (item->repeat == REPEAT_MAYBE)
            break;
    }
    for (; last >= least && !is_exhausted(search); last--) {
        const char *end = match_items(search, last, number + 1);

        if (end != NULL)
            return end;
    }
    return NULL;
}

/* As few as the rest allows. */
static const char *match_lazy(struct search *search, const char *at, unsigned number)
{
    const struct pattern_item *item = &search->pattern->items[number];

    while (step(search)) {
        const char *end = match_items(search, at, number + 1);

        if (end != NULL)
            return end;
        if (!fits(search, item, at))
            return NULL;
        at++;
    }
    return NULL;
}

static const char *match_balance(struct search *search, const struct pattern_item *item,
                                 const char *at)
{
    if (at >= search->end || (uint8_t)*at != item->first)
        return NULL;

    size_t depth = 1;

    for (at++; at < search->end && step(search); at++) {
        uint8_t byte = (uint8_t)*at;

        if (byte == item->second && --depth == 0)
            return at + 1;
        if (byte == item->first && byte != item->second)
            depth++;
    }
    return NULL;
}

static const char *match_back(struct search *search, const struct pattern_item *item,
                              const char *at)
{
    const struct capture *capture = &search->match->captures[item->first];
    size_t len = (size_t)capture->len; /* a position's is greater than any text */

    if (len > (size_t)(search->end - at))
        return NULL;
    *search->budget -= (int64_t)(len / 8);
    return memcmp(capture->start, at, len) == 0 ? at + len : NULL;
}

static bool is_frontier(const struct search *search, const uint8_t set[32], const char *at)
{
    uint8_t before = at > search->begin ? (uint8_t)at[-1] : 0;
    uint8_t here = at < search->end ? (uint8_t)*at : 0;

    return !set_has(set, before) && set_has(set, here);
}

/* An item that takes a capture: sets it, tries the rest, and puts it back when that fails. */
static const char *match_capture(struct search *search, const char *at, unsigned number)
{
    const struct pattern_item *item = &search->pattern->items[number];
    struct capture *capture = &search->match->captures[item->first];
    struct capture before = *capture;

    if (item->kind == ITEM_CLOSE)
        capture->len = at - capture->start;
    else
        *capture = (struct capture){ at, item->kind == ITEM_POSITION ? CAPTURE_IS_POSITION
                                                                     : CAPTURE_IS_OPEN };

    const char *end = match_items(search, at, number + 1);

    if (end == NULL)
        *capture = before;
    return end;
}

/* An item that is neither repeated nor a capture; returns where the rest begins. */
static const char *match_one(struct search *search, const struct pattern_item *item, const char *at)
{
    switch (item->kind) {
    case ITEM_BACK:
        return match_back(search, item, at);
    case ITEM_BALANCE:
        return match_balance(search, item, at);
    case ITEM_FRONTIER:
        return is_frontier(search, search->pattern->sets[item->first], at) ? at : NULL;
    case ITEM_END:
        return at == search->end ? at : NULL;
    default:
        return fits(search, item, at) ? at + 1 : NULL;
    }
}

/* Matches the items from `number` on at `at`; where the match ends, or NULL. */
static const char *match_items(struct search *search, const char *at, unsigned number)
{
    const struct pattern *pattern = search->pattern;

    for (; at != NULL && number < pattern->item_count; number++) {
        const struct pattern_item *item = &pattern->items[number];

        if (!step(search))
            return NULL;
        if (item->repeat == REPEAT_LAZY)
            return match_lazy(search, at, number);
        if (item->repeat != REPEAT_ONCE)
            return match_greedy(search, at, number);
        if (item->kind >= ITEM_OPEN && item->kind <= ITEM_CLOSE)
            return match_capture(search, at, number);
        at = match_one(search, item, at);
    }
    return is_exhausted(search) ? NULL : at;
}

int pattern_find(const struct pattern *pattern, struct span subject, size_t from, int64_t *budget,
                 struct pattern_match *match)
{
    struct search search = { pattern, subject.data, subject.data + subject.len, budget, match };

    for (const char *at = subject.data + from; at <= search.end; at++) {
        if (!step(&search))
            return -ETIME;

        const char *end = match_items(&search, at, 0);

        if (is_exhausted(&search))
            return -ETIME;
        if (end != NULL) {
            match->start = at;
            match->end = end;
            return 1;
        }
        if (pattern->is_anchored)
            break;
    }
    return 0;
}

bool pattern_is_plain(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (memchr("^$*+?.([%-", text.data[i], 10) != NULL)
            return false;
    return true;
}
