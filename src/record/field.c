#include "record/record.h"

static const struct field *find_field(const struct field *field, const struct field *end,
                                      uint16_t id)
{
    for (; field < end; field++)
        if (field->id == id && (field->flags & FIELD_IS_NESTED) == 0)
            return field;
    return NULL;
}

const struct field *record_field(const struct record *record, uint16_t id)
{
    return find_field(record->fields, record->fields + record->kernel_count, id);
}

const struct field *record_tail(const struct record *record, uint16_t id)
{
    return find_field(record->fields + record->kernel_count, record->fields + record->field_count,
                      id);
}

bool field_is_null(const struct field *field)
{
    return field->form == FORM_BARE &&
           (field->value_len == 0 || span_equal(field_value(field), SPAN("(null)")));
}

/* The kernel and libaudit write capitals only, so a bare word in small letters is no HEX. */
static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

struct span field_decode(const struct field *field, struct arena *arena)
{
    struct span value = field_value(field);
    size_t len = value.len / 2;

    if (field->form != FORM_BARE || value.len == 0 || value.len % 2 != 0 ||
        nibble(value.data[0]) < 0)
        return value;

    char *bytes = arena_alloc(arena, len);

    for (size_t i = 0; i < len; i++) {
        int high = nibble(value.data[2 * i]), low = nibble(value.data[2 * i + 1]);

        if ((high | low) < 0) {
            arena_trim(arena, bytes, 0);
            return value;
        }
        bytes[i] = (char)(high << 4 | low);
    }
    return (struct span){ bytes, len };
}
