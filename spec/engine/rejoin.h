/*
 * rejoin.h - a record put together again from its fields: the check that cutting loses nothing.
 */
#pragma once

#include "base/buffer.h"
#include "record/record.h"

/* The bytes that may stand between two fields, by where they stand. */
static inline const char *rejoin_punctuation(const struct field *before)
{
    if (before != NULL && (before->flags & FIELD_IS_NESTED) != 0)
        return " \x1d(),'";
    if (before != NULL && before->form == FORM_SINGLE)
        return " \x1d('";
    if (before != NULL && before->form == FORM_BRACED)
        return " \x1d}";
    return " \x1d";
}

static inline bool rejoin_gap(struct buffer *out, const char *allowed, const char *at,
                              const char *to)
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
static inline const char *rejoin_start(const struct field *field)
{
    return field->form == FORM_WORD ? field->value : field->name;
}

static inline bool rejoin_open(struct buffer *out, const struct field *field)
{
    static const char opens[] = { [FORM_QUOTED] = '"', [FORM_SINGLE] = '\'', [FORM_BRACED] = '{' };
    const char *at = field->name + field->name_len + 1;

    buffer_append(out, field_name(field));
    buffer_byte(out, '=');
    if (field->form == FORM_BARE)
        return at == field->value;
    buffer_byte(out, opens[field->form]);
    return field->form == FORM_BRACED ? rejoin_gap(out, " ", at + 1, field->value)
                                      : at + 1 == field->value;
}

/*
 * Appends the record's text as its fields give it. Between fields only spaces, the tail's mark and
 * the closing punctuation that forms demand are taken from the text itself; at anything else it
 * stops and returns false, as for a field that lies outside the text or overlaps another.
 */
static inline bool rejoin(const struct record *record, struct buffer *out)
{
    const char *at = record->text.data + record->body_at;
    const char *end = record->text.data + record->text.len;
    const struct field *before = NULL;

    buffer_append(out, (struct span){ record->text.data, record->body_at });
    for (uint32_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];

        if (rejoin_start(field) > end ||
            !rejoin_gap(out, rejoin_punctuation(before), at, rejoin_start(field)))
            return false;
        if (field->form != FORM_WORD && !rejoin_open(out, field))
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
    return rejoin_gap(out, rejoin_punctuation(before), at, end);
}
