/*
 * json_writer.h - what the parts of the JSON writer share while they write one event.
 *
 * The parts pass `at`, where the next byte goes, from hand to hand, and make room before they
 * write. Every member of an object begins with its comma; the first one is overwritten by '{'.
 */
#pragma once

#include "format/format.h"
#include "format/json_keys.h"
#include "format/json_text.h"
#include "interpret/interpret.h"

enum { TWINS_MOST = 64 /* fields of one record */ };

struct json_writer {
    const struct format_context *context;
    struct event *event;
    struct buffer *out;
    const char *end;           /* of the room reserved */
    struct format_name *names; /* by role, from ROLE_LOGIN on */
    struct format_names own;   /* for a context that keeps none */
};

/* Begins behind what `out` holds. */
char *json_begin(struct json_writer *, const struct format_context *, struct event *,
                 struct buffer *out);

/* Makes what was written up to `at` count. */
void json_finish(struct json_writer *, char *at);

/* The slow path of json_room. */
char *json_grow(struct json_writer *, char *at, size_t need);

/* Makes room for `need` bytes; what was written may move, so places are kept as json_place. */
static inline char *json_room(struct json_writer *writer, char *at, size_t need)
{
    if (need <= (size_t)(writer->end - at))
        return at;
    return json_grow(writer, at, need);
}

static inline size_t json_place(const struct json_writer *writer, const char *at)
{
    return (size_t)(at - writer->out->data);
}

/* Ends the object or list whose first byte is at `place`; `brackets` is "{}" or "[]". */
static inline char *json_close(struct json_writer *writer, char *at, size_t place,
                               const char *brackets)
{
    at = json_room(writer, at, 2);
    if (json_place(writer, at) == place)
        at++; /* empty: no comma was written to be overwritten */
    writer->out->data[place] = brackets[0];
    *at++ = brackets[1];
    return at;
}

/* Writes bytes that are JSON already. */
static inline char *json_literal(struct json_writer *writer, char *at, struct span json)
{
    at = json_room(writer, at, json.len);
    memcpy(at, json.data, json.len);
    return at + json.len;
}

/* Members and values. Each makes its own room. */
char *json_member(struct json_writer *, char *at, struct span name);
char *json_member_text(struct json_writer *, char *at, struct span name, struct span text);

/* The same, with NAME_HEX beside it where the text had to be repaired; `name` is the table's. */
char *json_member_whole(struct json_writer *, char *at, struct span name, struct span text);

/* The texts as a list called `name`; where one of them had to be repaired, `name`_HEX follows. */
char *json_member_list(struct json_writer *, char *at, struct span name, const struct strings *);

/* json_address.c: ,"SADDR":{...}; NULL, with nothing written, when `field` is no address. */
char *json_address(struct json_writer *, char *at, const struct field *);

/* False when the value is no address of a known family. */
bool json_address_read(struct json_writer *, const struct field *, struct address *);

/* The object alone. */
char *json_put_address(struct json_writer *, char *at, const struct address *);

/* json_value.c: ,"name":value with what belongs beside it (_HEX, KEYS, ARGV, SADDR). */
char *json_field(struct json_writer *, char *at, const struct field *);

/* ,"ARGV":[...] of PROCTITLE's value, which is not null. */
char *json_title(struct json_writer *, char *at, const struct field *);

/* The value alone; *is_clean turns false when text had to be repaired. */
char *json_value(struct json_writer *, char *at, const struct field *, bool *is_clean);

/* The text of a field's value as decoded, for its _HEX twin. */
struct span json_decoded(struct json_writer *, const struct field *);

/* Fields of one record that have UPPER CASE names. */
struct json_twins {
    const struct field *fields[TWINS_MOST];
    uint32_t count;
    const struct field *arch; /* the record's; NULL without one */
};

/* json_names.c: the UPPER CASE twins of the fields, as far as they have one. */
char *json_put_twins(struct json_writer *, char *at, const struct json_twins *);

/* The same for any field that interpret_name has a name for: EXIT, MODE and all others. */
char *json_named(struct json_writer *, char *at, const struct record *, const struct field *);

/* json_record.c: one record as an object. */
char *json_record(struct json_writer *, char *at, const struct record *);
