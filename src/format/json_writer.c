#include "format/json_writer.h"

enum { ROOM_FIRST = 4096 /* bytes reserved at a time */ };

/* The names that may still be believed. */
static struct format_name *names_of(struct json_writer *writer,
                                    const struct format_context *context)
{
    const uint64_t *epoch = context->resolver->epoch;
    struct format_names *kept = context->kept != NULL ? context->kept : &writer->own;

    if (kept == &writer->own || (epoch != NULL && *epoch != kept->epoch))
        *kept = (struct format_names){ .epoch = epoch != NULL ? *epoch : 0 };
    return kept->names;
}

char *json_begin(struct json_writer *writer, const struct format_context *context,
                 struct event *event, struct buffer *out)
{
    writer->context = context;
    writer->event = event;
    writer->out = out;
    writer->names = names_of(writer, context);

    char *at = buffer_reserve(out, ROOM_FIRST);

    writer->end = out->data + out->room;
    return at;
}

void json_finish(struct json_writer *writer, char *at)
{
    buffer_commit(writer->out, (size_t)(at - buffer_span(writer->out).data) - writer->out->len);
}

char *json_grow(struct json_writer *writer, char *at, size_t need)
{
    json_finish(writer, at);
    at = buffer_reserve(writer->out, need + ROOM_FIRST);
    writer->end = writer->out->data + writer->out->room;
    return at;
}

char *json_member(struct json_writer *writer, char *at, struct span name)
{
    at = json_room(writer, at, JSON_GROWTH * name.len + 2 * JSON_SLACK);
    *at++ = ',';
    at = json_put_string(at, name);
    *at++ = ':';
    return at;
}

char *json_member_text(struct json_writer *writer, char *at, struct span name, struct span text)
{
    at = json_member(writer, at, name);
    at = json_room(writer, at, JSON_GROWTH * text.len + JSON_SLACK);
    return json_put_string(at, text);
}

char *json_member_whole(struct json_writer *writer, char *at, struct span name, struct span text)
{
    bool is_clean = true;

    at = json_member(writer, at, name);
    at = json_room(writer, at, JSON_GROWTH * text.len + JSON_SLACK);
    at = json_put_text(at, text, &is_clean);
    if (is_clean)
        return at;
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

static char *put_hex_list(struct json_writer *writer, char *at, struct span name,
                          const struct strings *strings)
{
    at = json_room(writer, at, JSON_GROWTH * name.len + 2 * JSON_SLACK);
    *at++ = ',';
    at = json_put_string(at, name) - 1;
    at = json_put_plain(at, SPAN("_HEX\":"));

    size_t place = json_place(writer, at);

    for (uint32_t i = 0; i < strings->count; i++) {
        struct span item = strings->items[i];
        bool is_clean = true;

        at = json_room(writer, at, JSON_GROWTH * item.len + JSON_SLACK);
        *at++ = ',';
        if (item.data != NULL)
            json_put_text(at, item, &is_clean);
        at = is_clean ? json_put_plain(at, SPAN("null")) : json_put_hex(at, item);
    }
    return json_close(writer, at, place, "[]");
}

char *json_member_list(struct json_writer *writer, char *at, struct span name,
                       const struct strings *strings)
{
    bool is_clean = true;

    at = json_member(writer, at, name);

    size_t place = json_place(writer, at);

    for (uint32_t i = 0; i < strings->count; i++) {
        struct span item = strings->items[i];

        at = json_room(writer, at, JSON_GROWTH * item.len + JSON_SLACK);
        *at++ = ',';
        at = item.data != NULL ? json_put_text(at, item, &is_clean)
                               : json_put_plain(at, SPAN("null"));
    }
    at = json_close(writer, at, place, "[]");
    return is_clean ? at : put_hex_list(writer, at, name, strings);
}
