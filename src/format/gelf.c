#include "format/gelf.h"

#include "format/json_writer.h"
#include "format/say.h"
#include "format/text.h"
#include "tables/record_types.h"

enum { LEVEL_EVENT = 6 /* syslog's informational */ };

/* A message while it is written. */
struct gelf {
    struct json_writer writer;
    bool was_written[FIELD_COUNT]; /* each name stands once: the value that a bare name means */
};

/* ,"_name": with GELF's own `_id` out of the way. */
static char *put_name(struct json_writer *writer, char *at, struct span name)
{
    at = json_room(writer, at, name.len + JSON_SLACK);
    at = json_put_plain(at, SPAN(",\"_"));
    if (span_equal(name, SPAN("id")))
        at = json_put_plain(at, SPAN("field_"));
    at = json_put_plain(at, name);
    return json_put_plain(at, SPAN("\":"));
}

static char *put_text(struct json_writer *writer, char *at, struct span text)
{
    at = json_room(writer, at, JSON_GROWTH * text.len + JSON_SLACK);
    return json_put_string(at, text);
}

static char *put_named_text(struct json_writer *writer, char *at, struct span name,
                            struct span text)
{
    return put_text(writer, put_name(writer, at, name), text);
}

/* The sentence of the format text, which only needs its quotes and backslashes escaped. */
static char *put_sentence(struct json_writer *writer, char *at)
{
    struct format_context context = *writer->context;
    struct buffer *out = writer->out;

    json_finish(writer, at);
    context.color = false; /* for terminals; JSON has no place for it */

    size_t begin = out->len, marks = 0;

    text_sentence(&context, writer->event, out);
    for (size_t i = begin; i < out->len; i++)
        marks += out->data[i] == '"' || out->data[i] == '\\';
    buffer_reserve(out, marks + JSON_SLACK);

    size_t from = out->len, to = out->len + marks;

    while (from > begin) {
        char byte = out->data[--from];

        out->data[--to] = byte;
        if (byte == '"' || byte == '\\')
            out->data[--to] = '\\';
    }
    out->data[begin] = '"'; /* in the place of the blank it begins with */
    buffer_commit(out, marks);
    buffer_byte(out, '"');
    at = buffer_reserve(out, JSON_SLACK);
    writer->end = out->data + out->room;
    return at;
}

static char *put_time(char *at, uint64_t time_ms)
{
    unsigned milli = (unsigned)(time_ms % 1000);

    at = json_put_u64(at, time_ms / 1000);
    *at++ = '.';
    *at++ = (char)('0' + milli / 100);
    *at++ = (char)('0' + milli / 10 % 10);
    *at++ = (char)('0' + milli % 10);
    return at;
}

/* All up to the short message's value. */
static char *put_head(struct json_writer *writer, char *at, unsigned level)
{
    char room[SAY_HOST_ROOM];

    at = json_put_plain(at, SPAN("{\"version\":\"1.1\",\"host\":"));
    at = put_text(writer, at, say_host(writer->context, writer->event, room));
    at = json_room(writer, at, 4 * JSON_SLACK);
    at = json_put_plain(at, SPAN(",\"timestamp\":"));
    at = put_time(at, writer->event->id.time_ms);
    at = json_put_plain(at, SPAN(",\"level\":"));
    *at++ = (char)('0' + level);
    return json_put_plain(at, SPAN(",\"short_message\":"));
}

static char *put_address(struct json_writer *writer, char *at, const struct record *record,
                         const struct field *field)
{
    struct address address;
    struct arena *arena = &writer->event->arena;
    struct span text = { NULL, 0 };

    if (interpret_sockaddr(arena, field_value(field), &address) == 0)
        text = say_address(arena, &address);
    if (text.len == 0)
        text = say_value(writer->context, writer->event, record, field);
    return put_named_text(writer, at, SPAN("SADDR"), text);
}

/* ,"_auid":1000,"_AUID":"alice" */
static char *put_field(struct json_writer *writer, char *at, const struct record *record,
                       const struct field *field)
{
    bool is_clean;
    struct span name;

    if (field->id == FIELD_SADDR)
        return put_address(writer, at, record, field);
    at = put_name(writer, at, field_info(field->id)->name);
    at = json_value(writer, at, field, &is_clean);
    if (!interpret_name(writer->context->resolver, writer->event, record, field, &name))
        return at;
    return put_named_text(writer, at, field_info(field->id)->upper, name);
}

static bool is_wanted(const struct gelf *gelf, const struct record *record,
                      const struct field *field, bool is_nested)
{
    return ((field->flags & FIELD_IS_NESTED) != 0) == is_nested && field->id < FIELD_COUNT &&
           !gelf->was_written[field->id] && field->form != FORM_WORD && !field_is_null(field) &&
           field->id != FIELD_PROCTITLE &&
           (record->type != TYPE_EXECVE || !interpret_is_argument(field));
}

static char *put_record(struct gelf *gelf, char *at, const struct record *record, bool is_nested)
{
    for (uint32_t i = 0; i < record->kernel_count; i++) {
        const struct field *field = &record->fields[i];

        if (!is_wanted(gelf, record, field, is_nested))
            continue;
        gelf->was_written[field->id] = true;
        at = put_field(&gelf->writer, at, record, field);
    }
    return at;
}

static char *put_joined(struct json_writer *writer, char *at, struct span name,
                        const struct strings *strings)
{
    if (strings->count == 0)
        return at;
    return put_named_text(writer, at, name, say_joined(&writer->event->arena, strings));
}

static char *put_tags(struct json_writer *writer, char *at, struct span name,
                      const struct tag *first)
{
    struct strings tags = { 0 };

    for (const struct tag *tag = first; tag != NULL; tag = tag->next)
        tags.count++;
    tags.items = arena_alloc(&writer->event->arena, (tags.count + 1) * sizeof *tags.items);
    tags.count = 0;
    for (const struct tag *tag = first; tag != NULL; tag = tag->next)
        tags.items[tags.count++] = tag->text;
    return put_joined(writer, at, name, &tags);
}

/* GELF's rule for names: letters, digits, '_', '.', '-'. */
static bool is_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.data[i];
        bool is_letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';

        if (!is_letter && !(byte >= '0' && byte <= '9') && byte != '_' && byte != '.' &&
            byte != '-')
            return false;
    }
    return name.len > 0;
}

/* Text and numbers as they are, anything else as the text of its JSON: GELF knows no more. */
static char *put_json(struct json_writer *writer, char *at, struct span json)
{
    char first = json.len > 0 ? json.data[0] : 'n';

    if (first == '"' || first == '-' || (first >= '0' && first <= '9'))
        return json_literal(writer, at, json);
    return put_text(writer, at, json);
}

static char *put_notes(struct json_writer *writer, char *at)
{
    const struct notes *notes = &writer->event->notes;

    for (const struct attribute *each = notes->attributes; each != NULL; each = each->next) {
        if (!is_name(each->name))
            continue;
        at = json_room(writer, at, each->name.len + 2 * JSON_SLACK);
        at = json_put_plain(at, SPAN(",\"_attribute_"));
        at = json_put_plain(at, each->name);
        at = json_put_plain(at, SPAN("\":"));
        at = put_json(writer, at, each->json);
    }
    at = put_tags(writer, at, SPAN("TAGS"), notes->tags);
    return put_tags(writer, at, SPAN("ALERTS"), notes->alerts);
}

static char *put_event_id(struct json_writer *writer, char *at)
{
    char text[EVENT_ID_ROOM];

    return put_named_text(writer, at, SPAN("event"),
                          (struct span){ text, event_id_write(&writer->event->id, text) });
}

static char *put_type(struct json_writer *writer, char *at)
{
    const struct event *event = writer->event;
    struct span name = record_type_name(event_type(event));

    if (name.len == 0 && event->record_count > 0)
        name = event->records[0].type_token;
    return name.len > 0 ? put_named_text(writer, at, SPAN("record_type"), name) : at;
}

/* What both kinds of messages have behind their own. */
static char *put_facts(struct gelf *gelf, char *at)
{
    struct json_writer *writer = &gelf->writer;
    struct event *event = writer->event;
    const struct record *title = event_record(event, TYPE_PROCTITLE);
    struct strings strings;

    at = put_event_id(writer, at);
    at = put_type(writer, at);
    if (event->syscall != NULL)
        at = put_record(gelf, at, event->syscall, false);
    for (unsigned nested = 0; nested < 2; nested++) {
        for (uint32_t i = 0; i < event->record_count; i++)
            at = put_record(gelf, at, &event->records[i], nested == 1);
    }
    if (interpret_argv(event, &strings))
        at = put_joined(writer, at, SPAN("ARGV"), &strings);
    if (title != NULL && interpret_proctitle(event, title, &strings))
        at = put_joined(writer, at, SPAN("PROCTITLE"), &strings);
    say_paths(event, &strings);
    at = put_joined(writer, at, SPAN("PATHS"), &strings);
    if (event->flags & EVENT_IS_LATE)
        at = put_named_text(writer, at, SPAN("late"), SPAN("yes"));
    if (event->flags & EVENT_IS_CUT)
        at = put_named_text(writer, at, SPAN("cut"), SPAN("yes"));
    return put_notes(writer, at);
}

static void put_end(struct json_writer *writer, char *at)
{
    at = json_room(writer, at, 2);
    *at++ = '}';
    *at++ = '\n';
    json_finish(writer, at);
}

void gelf_event(const struct format_context *context, struct event *event, struct buffer *out)
{
    struct gelf gelf = { 0 };
    struct json_writer *writer = &gelf.writer;
    char *at = json_begin(writer, context, event, out);

    at = put_head(writer, at, LEVEL_EVENT);
    at = put_sentence(writer, at);
    put_end(writer, put_facts(&gelf, at));
}

static unsigned level_of(enum severity severity)
{
    switch (severity) {
    case SEVERITY_CRITICAL:
        return 1;
    case SEVERITY_HIGH:
        return 3;
    case SEVERITY_MEDIUM:
        return 4;
    case SEVERITY_LOW:
        return 5;
    case SEVERITY_INFO:
        break;
    }
    return LEVEL_EVENT;
}

void gelf_alert(const struct format_context *context, const struct alert *alert, struct buffer *out)
{
    struct gelf gelf = { 0 };
    struct json_writer *writer = &gelf.writer;
    char *at = json_begin(writer, context, alert->event, out);

    at = put_head(writer, at, level_of(alert->severity));
    at = put_text(writer, at, alert->message.len > 0 ? alert->message : alert->policy);
    at = put_named_text(writer, at, SPAN("alert"), alert->id);
    at = put_named_text(writer, at, SPAN("alert_severity"), severity_name(alert->severity));
    at = put_named_text(writer, at, SPAN("alert_policy"), alert->policy);
    if (alert->fields.len > 0)
        at = put_named_text(writer, at, SPAN("alert_fields"), alert->fields);
    put_end(writer, put_facts(&gelf, at));
}
