#include "format/json.h"

#include "format/json_notes.h"
#include "format/json_writer.h"
#include "format/time_text.h"
#include "tables/record_types.h"

/* What a person asks first, in this order; each as event.NAME has it, with its UPPER CASE twin. */
static const uint16_t facts[] = {
    FIELD_SYSCALL, FIELD_SUCCESS, FIELD_EXIT, FIELD_PID,      FIELD_PPID, FIELD_AUID,
    FIELD_UID,     FIELD_EUID,    FIELD_GID,  FIELD_SES,      FIELD_TTY,  FIELD_COMM,
    FIELD_EXE,     FIELD_CWD,     FIELD_SUBJ, FIELD_KEY,      FIELD_OP,   FIELD_ACCT,
    FIELD_UNIT,    FIELD_CMD,     FIELD_ADDR, FIELD_HOSTNAME, FIELD_RES,
};

static char *put_head(struct json_writer *writer, char *at, const struct alert *alert)
{
    const struct event *event = alert->event;
    char text[EVENT_ID_ROOM + TIME_TEXT_ROOM]; /* first the time, then the id */
    struct span node = event->id.node.len > 0 ? event->id.node : writer->context->hostname;

    at = json_member_text(writer, at, SPAN("id"), alert->id);
    at = json_member_text(writer, at, SPAN("time"),
                          (struct span){ text, time_text(event->id.time_ms, 'T', "Z", text) });
    at = json_member_text(writer, at, SPAN("severity"), severity_name(alert->severity));
    at = json_member_text(writer, at, SPAN("policy"), alert->policy);
    at = json_member_text(writer, at, SPAN("message"), alert->message);
    at = json_member_text(writer, at, SPAN("event"),
                          (struct span){ text, event_id_write(&event->id, text) });
    if (node.len > 0)
        at = json_member_text(writer, at, SPAN("node"), node);
    return at;
}

static char *put_type(struct json_writer *writer, char *at)
{
    const struct event *event = writer->event;
    struct span name = record_type_name(event_type(event));
    char unknown[] = "UNKNOWN[65535]";

    if (name.len > 0 || event->record_count == 0)
        return json_member_text(writer, at, SPAN("type"), name);
    name = event->records[0].type_token;
    if (name.len == 0) {
        name.data = unknown;
        name.len = (size_t)(json_put_u64(unknown + 8, event->records[0].type) - unknown);
        unknown[name.len++] = ']';
    }
    return json_member_text(writer, at, SPAN("type"), name);
}

static char *put_facts(struct json_writer *writer, char *at)
{
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const struct record *record;
        const struct field *field;

        if (!event_field(writer->event, facts[i], &record, &field) || field_is_null(field))
            continue;
        at = json_field(writer, at, field);
        if (facts[i] == FIELD_EXIT || json_keys[facts[i]].role != ROLE_NONE)
            at = json_named(writer, at, record, field);
    }
    return at;
}

static char *put_argv(struct json_writer *writer, char *at)
{
    const struct record *title = event_record(writer->event, TYPE_PROCTITLE);
    struct strings argv;

    if (interpret_argv(writer->event, &argv))
        return json_member_list(writer, at, SPAN("ARGV"), &argv);
    if (title != NULL && interpret_proctitle(writer->event, title, &argv))
        return json_member_list(writer, at, SPAN("PROCTITLE"), &argv);
    return at;
}

/* The names of PATH records, parents aside: they are where a file is, not what was touched. */
static char *put_paths(struct json_writer *writer, char *at)
{
    struct event *event = writer->event;
    struct strings paths = { 0 };

    paths.items = arena_alloc(&event->arena, (event->record_count + 1) * sizeof *paths.items);
    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct record *record = &event->records[i];
        const struct field *name = record_field(record, FIELD_NAME);
        const struct field *kind = record_field(record, FIELD_NAMETYPE);

        if (record->type != TYPE_PATH || name == NULL || field_is_null(name))
            continue;
        if (kind != NULL && span_equal(field_value(kind), SPAN("PARENT")))
            continue;
        paths.items[paths.count++] = field_decode(name, &event->arena);
    }
    return paths.count > 0 ? json_member_list(writer, at, SPAN("PATHS"), &paths) : at;
}

static char *put_address(struct json_writer *writer, char *at)
{
    const struct record *record;
    const struct field *field;

    if (!event_field(writer->event, FIELD_SADDR, &record, &field))
        return at;

    char *after = json_address(writer, at, field);

    return after != NULL ? after : at;
}

void json_alert(const struct format_context *context, const struct alert *alert, struct buffer *out)
{
    struct json_writer writer;
    char *at = json_begin(&writer, context, alert->event, out);

    at = json_put_plain(at, SPAN("{\"ALERT\":"));

    size_t place = json_place(&writer, at);

    at = put_head(&writer, at, alert);
    at = put_type(&writer, at);
    at = put_facts(&writer, at);
    at = put_argv(&writer, at);
    at = put_paths(&writer, at);
    at = put_address(&writer, at);
    if (alert->fields.len > 0) {
        at = json_member(&writer, at, SPAN("fields"));
        at = json_room(&writer, at, alert->fields.len);
        at = json_put_plain(at, alert->fields);
    }
    at = json_put_notes(&writer, at, &alert->event->notes);
    at = json_close(&writer, at, place, "{}");
    at = json_room(&writer, at, 2);
    *at++ = '}';
    *at++ = '\n';
    json_finish(&writer, at);
}
