#include "format/raw.h"

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

static void put_line(const struct format_context *context, const struct event *event, uint16_t type,
                     struct span token, struct span text, struct buffer *out)
{
    if (event->id.node.len > 0) {
        buffer_append(out, SPAN("node="));
        buffer_append(out, event->id.node);
        buffer_byte(out, ' ');
    }
    buffer_append(out, SPAN("type="));
    put_type(out, type, token);
    buffer_append(out, SPAN(" msg="));
    if (context->is_live)
        put_one_line(out, text);
    else
        buffer_append(out, text);
    buffer_byte(out, '\n');
}

void raw_event(const struct format_context *context, struct event *event, struct buffer *out)
{
    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct record *record = &event->records[i];

        put_line(context, event, record->type, record->type_token, record->text, out);
    }
    if (!context->is_live && event->end.text.data != NULL)
        put_line(context, event, TYPE_EOE, event->end.type_token, event->end.text, out);
}
