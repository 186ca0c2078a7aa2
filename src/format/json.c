#include "format/json.h"

#include "format/json_notes.h"
#include "format/json_writer.h"
#include "interpret/hex.h"
#include "tables/record_types.h"

static bool is_same_type(const struct record *a, const struct record *b)
{
    return a->type == b->type && (a->type != 0 || span_equal(a->type_token, b->type_token));
}

/* What user space sends is one object; the kernel's records are lists but for these. */
static bool is_object(uint16_t type)
{
    switch (type) {
    case TYPE_SYSCALL:
    case TYPE_EXECVE:
    case TYPE_CWD:
    case TYPE_PROCTITLE:
    case TYPE_USER:
        return true;
    default:
        return (type >= 1100 && type <= 1299) || (type >= 2100 && type <= 2999);
    }
}

/* The next record of the type of `record` behind it; NULL when it is the last. */
static const struct record *next_of_type(const struct event *event, const struct record *record)
{
    const struct record *end = event->records + event->record_count;

    for (const struct record *next = record + 1; next < end; next++) {
        if (is_same_type(next, record))
            return next;
    }
    return NULL;
}

static bool was_written(const struct event *event, const struct record *record)
{
    for (const struct record *earlier = event->records; earlier < record; earlier++) {
        if (is_same_type(earlier, record))
            return true;
    }
    return false;
}

/* ID, NODE and their like are laudit's. */
static bool is_own_name(struct span token)
{
    static const struct span own[] = { { "ID", 2 },   { "NODE", 4 },   { "ATTRIBUTES", 10 },
                                       { "TAGS", 4 }, { "ALERTS", 6 }, { "MARKS", 5 } };

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (span_equal(token, own[i]))
            return true;
    }
    return false;
}

/* True for what cannot stand as it is: it would be another's name, or what stands for another's. */
static bool is_reserved(struct span token)
{
    struct span inner = span_skip(token, span_starts(token, SPAN("UNKNOWN[")) ? 8 : 0);

    if (inner.len == token.len)
        return is_own_name(token);
    if (inner.len == 0 || inner.data[inner.len - 1] != ']')
        return false;
    inner.len--;
    return is_own_name(inner) || span_starts(inner, SPAN("0x")) ||
           span_starts(inner, SPAN("UNKNOWN["));
}

/*
 * A word that no table knows, which may be any. No two become the same name: what JSON cannot hold
 * stands in hex, for repaired it might be another.
 */
static char *put_strange_type(struct json_writer *writer, char *at, struct span token)
{
    bool is_clean = true;

    at = json_room(writer, at, JSON_GROWTH * token.len + 3 * JSON_SLACK);
    *at++ = ',';
    if (!is_reserved(token)) {
        char *after = json_put_text(at, token, &is_clean);

        *after++ = ':';
        if (is_clean)
            return after;
    }
    at = json_put_plain(at, SPAN("\"UNKNOWN["));

    char *bracket = at - 1;

    at = json_put_text(bracket, token, &is_clean) - 1; /* its quotes give way to brackets */
    *bracket = '[';
    if (!is_clean)
        at = hex_encode(json_put_plain(bracket + 1, SPAN("0x")), token);
    return json_put_plain(at, SPAN("]\":"));
}

/* ,"SYSCALL": or ,"UNKNOWN[1999]": */
static char *put_type(struct json_writer *writer, char *at, const struct record *record)
{
    struct span name = record_type_name(record->type);

    if (record->type == 0 && record->type_token.len > 0)
        return put_strange_type(writer, at, record->type_token);
    at = json_room(writer, at, name.len + 2 * JSON_SLACK);
    *at++ = ',';
    if (name.len > 0) {
        *at++ = '"';
        at = json_put_plain(at, name);
        return json_put_plain(at, SPAN("\":"));
    }
    at = json_put_plain(at, SPAN("\"UNKNOWN["));
    at = json_put_u64(at, record->type);
    return json_put_plain(at, SPAN("]\":"));
}

static char *put_list(struct json_writer *writer, char *at, const struct record *record)
{
    size_t place = json_place(writer, at);

    for (; record != NULL; record = next_of_type(writer->event, record)) {
        at = json_room(writer, at, 1);
        *at++ = ',';
        at = json_record(writer, at, record);
    }
    return json_close(writer, at, place, "[]");
}

/* All records of the type of `record`, which is the first of them. */
static char *put_records(struct json_writer *writer, char *at, const struct record *record)
{
    at = put_type(writer, at, record);
    if (record->type == TYPE_EXECVE) /* its records are one list of arguments */
        return json_record(writer, at, record);
    if (is_object(record->type) && next_of_type(writer->event, record) == NULL)
        return json_record(writer, at, record);
    return put_list(writer, at, record);
}

static char *put_head(struct json_writer *writer, char *at)
{
    const struct event *event = writer->event;
    struct span node = event->id.node.len > 0 ? event->id.node : writer->context->hostname;

    at = json_room(writer, at, EVENT_ID_ROOM + JSON_SLACK);
    at = json_put_plain(at, SPAN("{\"ID\":\""));
    at += event_id_write(&event->id, at);
    *at++ = '"';
    if (node.len > 0)
        at = json_member_text(writer, at, SPAN("NODE"), node);
    return at;
}

void json_event(const struct format_context *context, struct event *event, struct buffer *out)
{
    struct json_writer writer;
    char *at = json_begin(&writer, context, event, out);

    at = put_head(&writer, at);
    for (uint32_t i = 0; i < event->record_count; i++) {
        if (!was_written(event, &event->records[i]))
            at = put_records(&writer, at, &event->records[i]);
    }
    at = json_put_marks(&writer, at);
    at = json_put_notes(&writer, at, &event->notes);
    at = json_put_tags(&writer, at, SPAN("ALERTS"), event->notes.alerts);
    at = json_room(&writer, at, 2);
    *at++ = '}';
    *at++ = '\n';
    json_finish(&writer, at);
}
