/*
 * record_fuzz - the cutter on hostile text: all fields lie inside it, joined they give it back, and
 * what a cutter has learned from other records changes nothing.
 *
 * The input is the text of one record a line.
 */
#include <stdlib.h>

#include "../engine/rejoin.h"

enum { FRESH_MOST = 200 /* records of an input: types that share no habit */ };

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool is_inside(const struct record *record, const char *data, size_t len)
{
    const char *text = record->text.data;

    return data >= text && data + len <= text + record->text.len;
}

static void check_fields(const struct record *record, struct arena *arena)
{
    check(record->kernel_count <= record->field_count);
    check(record->tail_at <= record->text.len);
    for (uint32_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];

        check(is_inside(record, field->value, field->value_len));
        check((field->form == FORM_WORD) == (field->name == NULL));
        check(field->name == NULL || is_inside(record, field->name, field->name_len + (size_t)1));
        check(((field->flags & FIELD_IS_TAIL) != 0) == (i >= record->kernel_count));
        check(field->id == FIELD_UNKNOWN || field->id < FIELD_COUNT);
        if (field->id != FIELD_UNKNOWN)
            check(field->id == ((field->flags & FIELD_IS_TAIL) != 0
                                    ? field_find_upper(field_name(field))
                                    : field_find(field_name(field))));
        check(field_decode(field, arena).len <= field->value_len);
        field_is_null(field);
    }
}

static void check_same(const struct record *a, const struct record *b)
{
    check(a->field_count == b->field_count && a->kernel_count == b->kernel_count);
    check(a->tail_at == b->tail_at);
    for (uint32_t i = 0; i < a->field_count; i++) {
        const struct field *one = &a->fields[i], *other = &b->fields[i];

        check(one->id == other->id && one->form == other->form && one->flags == other->flags);
        check(span_equal(field_name(one), field_name(other)));
        check(span_equal(field_value(one), field_value(other)));
    }
}

/* A copy with deceiving bytes behind it, which must not matter. */
static struct span copy_deceiving(struct arena *arena, struct span text)
{
    static const char bytes[] = "=0 auid=0 msg='\"\" key=\x1dUID=\"root\"}'";
    char *copy = arena_alloc(arena, text.len + ARENA_PAD);

    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    for (size_t i = 0; i < ARENA_PAD; i++)
        copy[text.len + i] = bytes[(text.len + i) % (sizeof bytes - 1)];
    return (struct span){ copy, text.len };
}

/* `type` has been cut before in this input, `fresh_type` has not. */
static void check_record(struct cutter *cutter, struct arena *arena, uint16_t type,
                         uint16_t fresh_type, struct span text)
{
    struct record_header header = { .body_at = 0 };
    struct buffer joined = { 0 };

    if (record_header_parse(text, &header) != 0)
        header.body_at = 0;

    struct record record = { .type = type,
                             .text = arena_copy(arena, text),
                             .body_at = header.body_at };
    struct record again = record;

    again.type = fresh_type;
    again.text = copy_deceiving(arena, text);
    cutter_cut(cutter, arena, &record);
    check_fields(&record, arena);
    cutter_cut(cutter, arena, &again);
    check_same(&record, &again);
    check(rejoin(&record, &joined));
    check(span_equal(buffer_span(&joined), record.text));
    buffer_free(&joined);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cutter *cutter = cutter_new();
    struct arena arena;
    const char *at = (const char *)data, *end = at + size;
    uint16_t type = 1300;

    arena_init(&arena);
    for (uint16_t fresh = type + 1; at < end && fresh < type + FRESH_MOST; fresh++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline != NULL ? newline : end;

        check_record(cutter, &arena, type, fresh, (struct span){ at, (size_t)(stop - at) });
        at = stop + 1;
    }
    arena_free(&arena);
    cutter_free(cutter);
    return 0;
}
