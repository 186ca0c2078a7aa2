#include "policy/value.h"

#include "tables/record_types.h"

/* A decimal as a number would be written, that a double holds exactly. */
static bool read_decimal(struct span text, double *number)
{
    bool is_negative = text.len > 1 && text.data[0] == '-';
    struct span digits = is_negative ? span_skip(text, 1) : text;
    uint64_t value;

    if (digits.len == 0 || (digits.data[0] == '0' && (digits.len > 1 || is_negative)))
        return false;
    if (!span_decimal(digits, &value))
        return false;

    double exact = (double)value;

    if (exact >= 0x1p64 || (uint64_t)exact != value)
        return false;
    *number = is_negative ? -exact : exact;
    return true;
}

static struct value with_prefix(struct arena *arena, const char prefix[2], struct span digits)
{
    char *text = arena_alloc(arena, digits.len + 2);

    memcpy(text, prefix, 2);
    memcpy(text + 2, digits.data, digits.len);
    return value_of_text((struct span){ text, digits.len + 2 });
}

/* Without idle zeros, of which capabilities have many. */
static struct span without_zeros(struct span digits)
{
    while (digits.len > 1 && digits.data[0] == '0')
        digits = span_skip(digits, 1);
    return digits;
}

static struct value read_hex(struct arena *arena, struct span text)
{
    uint64_t ignored;

    if (!span_hex(text, &ignored))
        return value_of_text(text);
    return with_prefix(arena, "0x", without_zeros(text));
}

static struct value read_octal(struct arena *arena, struct span text)
{
    uint64_t ignored;

    if (!span_octal(text, &ignored))
        return value_of_text(text);
    return with_prefix(arena, "0o", without_zeros(text));
}

static bool is_argument(const struct record *record, const struct field *field)
{
    return record->type == TYPE_EXECVE && field->name_len > 1 && field->name[0] == 'a' &&
           field->name[1] >= '0' && field->name[1] <= '9' &&
           field->name[field->name_len - 1] != 'n';
}

/* Text that happens to consist of digits is still text where the kind knows better. */
static bool may_be_number(const struct field *field)
{
    if (field->form != FORM_BARE)
        return false;
    if (field->id >= FIELD_COUNT)
        return true;

    enum field_kind kind = field_info(field->id)->kind;

    return kind != KIND_SOCKADDR && kind != KIND_LABEL && kind != KIND_DEVICE;
}

struct value value_read(struct arena *arena, const struct record *record, const struct field *field)
{
    struct span text = field_value(field);
    enum field_shape shape =
        field->id < FIELD_COUNT ? field_shape(field_info(field->id)->kind) : SHAPE_TEXT;
    double number;

    if (field_is_null(field))
        return (struct value){ .kind = VALUE_NIL };
    if (is_argument(record, field))
        shape = SHAPE_ESCAPED;
    switch (shape) {
    case SHAPE_NUMBER:
        return read_decimal(text, &number) ? value_of_number(number) : value_of_text(text);
    case SHAPE_HEX:
        return read_hex(arena, text);
    case SHAPE_OCTAL:
        return read_octal(arena, text);
    case SHAPE_ESCAPED:
        return value_of_text(field_decode(field, arena));
    default:
        if (may_be_number(field) && read_decimal(text, &number))
            return value_of_number(number);
        return value_of_text(text);
    }
}

bool value_as_number(const struct value *value, double *number)
{
    uint64_t bits;

    if (value->kind == VALUE_NUMBER) {
        *number = value->number;
        return true;
    }
    if (value->kind != VALUE_TEXT || value->text.len < 3 || value->text.data[0] != '0')
        return false;

    struct span digits = span_skip(value->text, 2);

    if (value->text.data[1] == 'x' ? !span_hex(digits, &bits)
                                   : value->text.data[1] != 'o' || !span_octal(digits, &bits))
        return false;
    *number = (double)bits;
    return true;
}
