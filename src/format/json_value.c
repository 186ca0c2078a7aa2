#include "format/json_writer.h"

#include "format/json_quick.h"

static char *put_null(char *at)
{
    return json_put_plain(at, SPAN("null"));
}

static struct span without_zeros(struct span digits)
{
    while (digits.len > 1 && digits.data[0] == '0')
        digits = span_skip(digits, 1);
    return digits;
}

static bool is_hex_digit(char byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

/* "0x..." without idle zeros; NULL when the value is no hex. */
static char *put_based_hex(char *at, struct span value)
{
    if (value.len > 2 && value.data[0] == '0' && value.data[1] == 'x')
        value = span_skip(value, 2);
    if (value.len == 0)
        return NULL;
    value = without_zeros(value);
    for (size_t i = 0; i < value.len; i++) {
        if (!is_hex_digit(value.data[i]))
            return NULL;
    }
    at = json_put_plain(at, SPAN("\"0x"));
    at = json_put_plain(at, value);
    *at++ = '"';
    return at;
}

static char *put_based_octal(char *at, struct span value)
{
    if (value.len > 2 && value.data[1] == 'x')
        return put_based_hex(at, value);
    value = without_zeros(value);
    if (value.len == 0)
        return NULL;
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '7')
            return NULL;
    }
    at = json_put_plain(at, SPAN("\"0o"));
    at = json_put_plain(at, value);
    *at++ = '"';
    return at;
}

static bool is_escaped(enum json_way way)
{
    return way == WAY_ESCAPED || way == WAY_KEY || way == WAY_PROCTITLE;
}

struct span json_decoded(struct json_writer *writer, const struct field *field)
{
    enum json_way way = field->id < FIELD_COUNT ? json_keys[field->id].way : WAY_TEXT;

    if (is_escaped(way))
        return field_decode(field, &writer->event->arena);
    return field_value(field);
}

static char *put_text(struct json_writer *writer, char *at, struct span text, bool *is_clean)
{
    at = json_room(writer, at, JSON_GROWTH * text.len + JSON_SLACK);
    return json_put_text(at, text, is_clean);
}

/* As json_value for the ways that look at digits; NULL when the value does not look so. */
static char *put_digits(char *at, enum json_way way, struct span value)
{
    switch (way) {
    case WAY_NUMBER:
    case WAY_TEXT_OR_NUMBER:
        return json_put_decimal(at, value);
    case WAY_HEX:
        return put_based_hex(at, value);
    case WAY_OCTAL:
        return put_based_octal(at, value);
    default:
        return NULL;
    }
}

char *json_value(struct json_writer *writer, char *at, const struct field *field, bool *is_clean)
{
    enum json_way way = field->id < FIELD_COUNT ? json_keys[field->id].way : WAY_TEXT_OR_NUMBER;
    struct span value = field_value(field);

    at = json_room(writer, at, JSON_GROWTH * value.len + 2 * JSON_SLACK);
    if (field->form == FORM_BARE) {
        char *after = put_digits(at, way, value);

        if (after != NULL)
            return after;
        if (field_is_null(field))
            return put_null(at);
    }
    if (is_escaped(way))
        value = field_decode(field, &writer->event->arena);
    return put_text(writer, at, value, is_clean);
}

/* ,"KEYS":["a","b"] where a key field holds several. */
static char *put_keys(struct json_writer *writer, char *at, const struct field *field)
{
    struct strings keys;

    if (field->form != FORM_BARE)
        return at;
    interpret_keys(writer->event, field, &keys);
    return keys.count > 1 ? json_member_list(writer, at, SPAN("KEYS"), &keys) : at;
}

/* The first of the NUL-terminated parts of a title; *is_clean as for json_put_text. */
static char *put_part(char *at, struct span title, size_t *len, bool *is_clean)
{
    *at = '"';
    *len = json_copy_plain(at + 1, title);
    if (*len == title.len || title.data[*len] == '\0') {
        at[*len + 1] = '"';
        return at + *len + 2;
    }

    const char *stop = memchr(title.data, '\0', title.len);

    *len = stop != NULL ? (size_t)(stop - title.data) : title.len;
    return json_put_text(at, (struct span){ title.data, *len }, is_clean);
}

/* A title that has to be repaired is written again with its HEX beside it. */
char *json_title(struct json_writer *writer, char *at, const struct field *field)
{
    size_t start = json_place(writer, at), len;
    struct span title = field_decode(field, &writer->event->arena);
    bool is_clean = true;
    struct strings parts;

    at = json_room(writer, at, JSON_GROWTH * title.len + 2 * JSON_SLACK);
    at = json_put_plain(at, SPAN(",\"ARGV\":"));

    size_t place = json_place(writer, at);

    while (title.len > 0 && title.data[title.len - 1] == '\0')
        title.len--;
    for (bool more = title.len > 0; more; title = span_skip(title, more ? len + 1 : len)) {
        *at++ = ',';
        at = put_part(at, title, &len, &is_clean);
        more = len < title.len;
    }
    at = json_close(writer, at, place, "[]");
    if (is_clean)
        return at;
    interpret_title(writer->event, field, &parts);
    return json_member_list(writer, writer->out->data + start, SPAN("ARGV"), &parts);
}

static char *put_name(char *at, const struct field *field)
{
    if (field->id < FIELD_COUNT) {
        const struct json_key *key = &json_keys[field->id];

        memcpy(at, key->text, sizeof key->text);
        return at + key->len;
    }
    *at++ = ',';
    at = json_put_string(at, field_name(field));
    *at++ = ':';
    return at;
}

/* ,"EXE_HEX":"..." */
static char *put_hex_twin(struct json_writer *writer, char *at, const struct field *field)
{
    struct span text = json_decoded(writer, field), name = field_name(field);

    at = json_room(writer, at, 2 * text.len + name.len + 2 * JSON_SLACK);
    *at++ = ',';
    *at++ = '"';
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.data[i];

        *at++ = byte >= 'a' && byte <= 'z' ? (char)(byte - 0x20) : byte;
    }
    at = json_put_plain(at, SPAN("_HEX\":"));
    return json_put_hex(at, text);
}

char *json_field(struct json_writer *writer, char *at, const struct field *field)
{
    enum json_way way = field->id < FIELD_COUNT ? json_keys[field->id].way : WAY_TEXT_OR_NUMBER;
    bool is_clean = true;

    if (way == WAY_SOCKADDR) {
        char *after = json_address(writer, at, field);

        if (after != NULL)
            return after;
    }
    at = json_room(writer, at, JSON_GROWTH * (size_t)field->name_len + 2 * JSON_SLACK);
    at = put_name(at, field);
    at = json_value(writer, at, field, &is_clean);
    if (!is_clean)
        at = put_hex_twin(writer, at, field);
    if (way == WAY_KEY)
        at = put_keys(writer, at, field);
    return at;
}
