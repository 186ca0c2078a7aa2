#include "rejoin.h"

/* The bytes that may stand between two fields, by where they stand. */
static const char *punctuation(const struct field *before)
{
    if (before != NULL && (before->flags & FIELD_IS_NESTED) != 0)
        return " \x1d(),'";
    if (before != NULL && before->form == FORM_SINGLE)
        return " \x1d('";
    if (before != NULL && before->form == FORM_BRACED)
        return " \x1d}";
    return " \x1d";
}

static bool join_gap(struct buffer *out, const char *allowed, const char *at, const char *to)
{
    if (to < at)
        return false;
    for (const char *byte = at; byte < to; byte++)
        if (*byte == '\0' || strchr(allowed, *byte) == NULL)
            return false;
    buffer_append(out, (struct span){ at, (size_t)(to - at) });
    return true;
}

/* Where the field begins in the text. */
static const char *start_of(const struct field *field)
{
    return field->form == FORM_WORD ? field->value : field->name;
}

static bool join_open(struct buffer *out, const struct field *field)
{
    static const char opens[] = { [FORM_QUOTED] = '"', [FORM_SINGLE] = '\'', [FORM_BRACED] = '{' };
    const char *at = field->name + field->name_len + 1;

    buffer_append(out, field_name(field));
    buffer_byte(out, '=');
    if (field->form == FORM_BARE)
        return at == field->value;
    buffer_byte(out, opens[field->form]);
    return field->form == FORM_BRACED ? join_gap(out, " ", at + 1, field->value)
                                      : at + 1 == field->value;
}

bool rejoin(const struct record *record, struct buffer *out)
{
    const char *at = record->text.data + record->body_at;
    const char *end = record->text.data + record->text.len;
    const struct field *before = NULL;

    buffer_append(out, (struct span){ record->text.data, record->body_at });
    for (uint32_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];

        if (start_of(field) > end || !join_gap(out, punctuation(before), at, start_of(field)))
            return false;
        if (field->form != FORM_WORD && !join_open(out, field))
            return false;
        at = field->value + field->value_len;
        if (field->value < record->text.data || at > end)
            return false;
        if (field->form == FORM_SINGLE) {
            at = field->value; /* its fields give the value */
        } else {
            buffer_append(out, field_value(field));
            if (field->form == FORM_QUOTED && at < end && *at == '"') {
                buffer_byte(out, '"');
                at++;
            }
        }
        before = field;
    }
    return join_gap(out, punctuation(before), at, end);
}
