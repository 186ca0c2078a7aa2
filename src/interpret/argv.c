#include "interpret/interpret.h"

#include <stdlib.h>

#include "tables/record_types.h"

/* A piece of an argument: aN is whole, aN[i] is its i-th chunk. */
struct piece {
    const struct field *field;
    uint32_t argument, chunk;
    uint32_t place; /* order in which it was read */
};

enum {
    NO_CHUNK = 0x7FFFFFFF, /* aN: the argument is whole; beyond what DIGITS_MOST can say */
    DIGITS_MOST = 9,       /* digits of a number that is believed */
};

static bool cut_number(struct span *text, uint32_t *number)
{
    uint32_t value = 0;
    size_t len = 0;

    while (len < text->len && len < DIGITS_MOST && text->data[len] >= '0' && text->data[len] <= '9')
        value = value * 10 + (uint32_t)(text->data[len++] - '0');
    if (len == 0)
        return false;
    *text = span_skip(*text, len);
    *number = value;
    return true;
}

/* Reads "a12" and "a12[3]"; false for any other name, "a12_len" among them. */
static bool read_piece(const struct field *field, struct piece *piece)
{
    struct span name = field_name(field);

    if (name.len < 2 || name.data[0] != 'a')
        return false;
    name = span_skip(name, 1);
    if (!cut_number(&name, &piece->argument))
        return false;
    piece->field = field;
    piece->chunk = NO_CHUNK;
    if (name.len == 0)
        return true;
    if (name.data[0] != '[')
        return false;
    name = span_skip(name, 1);
    return cut_number(&name, &piece->chunk) && name.len == 1 && name.data[0] == ']';
}

bool interpret_is_argument(const struct field *field)
{
    struct span name = field_name(field), rest = name;
    struct piece piece;
    uint32_t number;

    if (field->form == FORM_WORD)
        return false;
    if (read_piece(field, &piece))
        return true;
    if (name.len < 2 || name.data[0] != 'a')
        return false;
    rest = span_skip(name, 1);
    return cut_number(&rest, &number) && span_equal(rest, SPAN("_len"));
}

static int by_argument(const void *left, const void *right)
{
    const struct piece *a = left, *b = right;

    if (a->argument != b->argument)
        return a->argument < b->argument ? -1 : 1;
    if (a->chunk != b->chunk)
        return a->chunk < b->chunk ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

struct pieces {
    struct piece *items;
    uint32_t count;
    uint64_t argc; /* what the kernel said; 0 when it said nothing */
    bool is_sorted;
};

static void collect(const struct record *record, struct pieces *pieces)
{
    for (uint32_t i = 0; i < record->kernel_count; i++) {
        const struct field *field = &record->fields[i];
        struct piece *piece = &pieces->items[pieces->count];

        if (field->id == FIELD_ARGC)
            span_decimal(field_value(field), &pieces->argc);
        if (!read_piece(field, piece))
            continue;
        piece->place = pieces->count;
        if (pieces->count > 0 && by_argument(piece - 1, piece) > 0)
            pieces->is_sorted = false;
        pieces->count++;
    }
}

/* Puts the chunks from `first` to `last` together; the sum of their lengths bounds the result. */
static struct span join_chunks(struct arena *arena, const struct piece *first,
                               const struct piece *last, bool *is_cut)
{
    size_t room = ARENA_PAD, len = 0;

    for (const struct piece *piece = first; piece <= last; piece++)
        room += piece->field->value_len;

    char *text = arena_alloc(arena, room);
    uint32_t expected = 0;

    for (const struct piece *piece = first; piece <= last; piece++) {
        struct span chunk = field_decode(piece->field, arena);

        if (piece->chunk != expected++)
            *is_cut = true;
        if (chunk.len > 0)
            memcpy(text + len, chunk.data, chunk.len);
        len += chunk.len;
    }
    return (struct span){ text, len };
}

/* Turns sorted pieces into arguments; a gap of any width is one absent item. */
static void put_together(struct arena *arena, const struct pieces *pieces, struct strings *strings)
{
    uint32_t expected = 0;

    strings->items = arena_alloc(arena, (size_t)pieces->count * 2 * sizeof *strings->items);
    for (uint32_t i = 0; i < pieces->count; i++) {
        const struct piece *first = &pieces->items[i];

        if (first->argument > expected) {
            strings->items[strings->count++] = (struct span){ NULL, 0 };
            strings->is_cut = true;
        }
        expected = first->argument + 1;
        if (first->chunk == NO_CHUNK) {
            struct span text = field_decode(first->field, arena);

            strings->items[strings->count++] = text.data != NULL ? text : SPAN("");
            continue;
        }
        while (i + 1 < pieces->count && pieces->items[i + 1].argument == first->argument &&
               pieces->items[i + 1].chunk != NO_CHUNK)
            i++;
        strings->items[strings->count++] =
            join_chunks(arena, first, &pieces->items[i], &strings->is_cut);
    }
    if (pieces->argc > expected)
        strings->is_cut = true;
}

bool interpret_argv(struct event *event, struct strings *strings)
{
    struct pieces pieces = { .is_sorted = true };
    uint32_t records = 0;
    size_t room = 0;

    *strings = (struct strings){ 0 };
    for (uint32_t i = 0; i < event->record_count; i++) {
        if (event->records[i].type != TYPE_EXECVE)
            continue;
        records++;
        room += event->records[i].kernel_count;
    }
    if (records == 0)
        return false;

    pieces.items = arena_alloc(&event->arena, (room + 1) * sizeof *pieces.items);
    for (uint32_t i = 0; i < event->record_count; i++) {
        if (event->records[i].type == TYPE_EXECVE)
            collect(&event->records[i], &pieces);
    }
    if (!pieces.is_sorted)
        qsort(pieces.items, pieces.count, sizeof *pieces.items, by_argument);
    put_together(&event->arena, &pieces, strings);
    return true;
}
