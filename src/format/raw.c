#include "format/raw.h"

#include <stdio.h>

#include "event/assembler.h"
#include "tables/record_types.h"

static void put_type(struct buffer *out, uint16_t type, struct span token)
{
    struct span name = token.len > 0 ? token : record_type_name(type);

    if (name.len > 0) {
        buffer_append(out, name);
        return;
    }
    buffer_append(out, SPAN("UNKNOWN["));
    buffer_decimal(out, type);
    buffer_byte(out, ']');
}

/* Appends `text` with newline and NUL as a space. */
static void put_one_line(struct buffer *out, struct span text)
{
    char *at = buffer_reserve(out, text.len);

    for (size_t i = 0; i < text.len; i++)
        at[i] = text.data[i] == '\n' || text.data[i] == '\0' ? ' ' : text.data[i];
    buffer_commit(out, text.len);
}

/*
 * `is_strange`: the text may hold newlines. So may one without a type token, which was in no line
 * of a log: it came from the kernel, live or in a capture.
 */
static void put_line(bool is_strange, const struct event *event, uint16_t type, struct span token,
                     struct span text, struct buffer *out)
{
    if (event->id.node.data != NULL) {
        buffer_append(out, SPAN("node="));
        buffer_append(out, event->id.node);
        buffer_byte(out, ' ');
    }
    buffer_append(out, SPAN("type="));
    put_type(out, type, token);
    buffer_append(out, SPAN(" msg="));
    if (is_strange || token.len == 0)
        put_one_line(out, text);
    else
        buffer_append(out, text);
    buffer_byte(out, '\n');
}

static void put_records(bool is_strange, const struct event *event, struct buffer *out)
{
    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct record *record = &event->records[i];

        put_line(is_strange, event, record->type, record->type_token, record->text, out);
    }
}

static void put_end(bool is_strange, const struct event *event, struct buffer *out)
{
    put_line(is_strange, event, TYPE_EOE, event->end.type_token, event->end.text, out);
}

void raw_event(const struct format_context *context, struct event *event, struct buffer *out)
{
    put_records(context->is_live, event, out);
    if (!context->is_live && event->end.text.data != NULL)
        put_end(false, event, out);
}

/* The EOE that a log does not have. */
static void make_end(const struct event *event, struct buffer *out)
{
    char id[EVENT_ID_ROOM], text[EVENT_ID_ROOM + 16];
    size_t len = event_id_write(&event->id, id);
    int whole = snprintf(text, sizeof text, "audit(%.*s): ", (int)len, id);

    put_line(false, event, TYPE_EOE, SPAN("EOE"), (struct span){ text, (size_t)whole }, out);
}

/* Readers of the format take such a record for an event without an EOE. */
static bool is_alone(uint16_t type)
{
    enum { FIRST_OF_SEVERAL = 1300 };

    return type < FIRST_OF_SEVERAL || assembler_ends_at_once(type);
}

void audisp_event(const struct format_context *context, struct event *event, struct buffer *out)
{
    (void)context;
    put_records(true, event, out);
    if (event->end.text.data != NULL)
        put_end(true, event, out);
    else if (event->record_count != 1 || !is_alone(event->records[0].type))
        make_end(event, out);
}
