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

#define DIGIT(c, value) [c] = ((value) + 1)

/*
 * What a hex digit is worth, plus 1; 0 for no digit. The kernel and libaudit write capitals only,
 * so a bare word in small letters is no HEX.
 */
static const uint8_t digits[256] = {
    DIGIT('0', 0),  DIGIT('1', 1),  DIGIT('2', 2),  DIGIT('3', 3), DIGIT('4', 4),  DIGIT('5', 5),
    DIGIT('6', 6),  DIGIT('7', 7),  DIGIT('8', 8),  DIGIT('9', 9), DIGIT('A', 10), DIGIT('B', 11),
    DIGIT('C', 12), DIGIT('D', 13), DIGIT('E', 14), DIGIT('F', 15)
};

#undef DIGIT

struct span field_decode(const struct field *field, struct arena *arena)
{
    struct span value = field_value(field);
    size_t len = value.len / 2;

    if (field->form != FORM_BARE || value.len == 0 || value.len % 2 != 0 ||
        digits[(unsigned char)value.data[0]] == 0)
        return value;

    char *bytes = arena_alloc(arena, len + ARENA_PAD);
    bool is_hex = true;

    for (size_t i = 0; i < len; i++) {
        unsigned high = digits[(unsigned char)value.data[2 * i]];
        unsigned low = digits[(unsigned char)value.data[2 * i + 1]];

        is_hex &= high != 0 && low != 0;
        bytes[i] = (char)((high - 1) << 4 | ((low - 1) & 15));
    }
    if (!is_hex) {
        arena_trim(arena, bytes, 0);
        return value;
    }
    arena_trim(arena, bytes, len);
    return (struct span){ bytes, len };
}
