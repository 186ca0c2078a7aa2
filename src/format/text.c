#include "format/text.h"

#include "base/escape.h"
#include "format/time_text.h"
#include "interpret/interpret.h"
#include "tables/record_types.h"

enum {
    ESCAPE_GROWTH = 4, /* bytes a byte may become: \xHH */
    WORD_MOST = 512    /* bytes of one value that are shown */
};

#define COLOR_DIM "\x1b[2m"
#define COLOR_BOLD "\x1b[1m"
#define COLOR_GREEN "\x1b[32m"
#define COLOR_RED "\x1b[31m"
#define COLOR_CYAN "\x1b[36m"
#define COLOR_YELLOW "\x1b[33m"
#define COLOR_ALARM "\x1b[1;37;41m"
#define COLOR_END "\x1b[0m"

/* One line while it is written. */
struct line {
    const struct format_context *context;
    struct event *event;
    struct buffer *out;
};

static void put(struct line *line, const char *text)
{
    buffer_append(line->out, span_of(text));
}

static void put_color(struct line *line, const char *color)
{
    if (line->context->color)
        put(line, color);
}

/* Appends a stranger's text, harmless and on one line. */
static void put_stranger(struct line *line, struct span text)
{
    bool is_long = text.len > WORD_MOST;

    if (is_long)
        text.len = WORD_MOST;

    size_t room = text.len * ESCAPE_GROWTH + 1;
    char *at = buffer_reserve(line->out, room);
    size_t len = escape_text(at, room, text);

    for (size_t i = 0; i < len; i++) {
        if (at[i] == '\n')
            at[i] = ' ';
    }
    buffer_commit(line->out, len);
    if (is_long)
        put(line, "...");
}

static void put_colored(struct line *line, const char *color, struct span text)
{
    put_color(line, color);
    put_stranger(line, text);
    put_color(line, COLOR_END);
}

static bool find(struct line *line, uint16_t id, const struct record **record,
                 const struct field **field)
{
    return event_field(line->event, id, record, field) && !field_is_null(*field);
}

/* What a person would say for a field: its name, else its decoded text. */
static bool say(struct line *line, uint16_t id, struct span *text)
{
    const struct record *record;
    const struct field *field;

    if (!find(line, id, &record, &field))
        return false;
    if (interpret_name(line->context->resolver, line->event, record, field, text))
        return true;

    enum field_kind kind = field_info(field->id)->kind;
    bool is_escaped = kind == KIND_ESCAPED || kind == KIND_KEY || kind == KIND_TTY_DATA;

    *text = is_escaped ? field_decode(field, &line->event->arena) : field_value(field);
    return text->len > 0;
}

/* " name=value" */
static void put_named(struct line *line, const char *name, uint16_t id)
{
    struct span text;

    if (!say(line, id, &text) || span_equal(text, SPAN("?")))
        return;
    put(line, " ");
    put_color(line, COLOR_DIM);
    put(line, name);
    put(line, "=");
    put_color(line, COLOR_END);
    put_stranger(line, text);
}

static void put_time(struct line *line)
{
    char text[TIME_TEXT_ROOM];

    put_color(line, COLOR_DIM);
    buffer_append(line->out,
                  (struct span){ text, time_text(line->event->id.time_ms, ' ', "Z", text) });
    put_color(line, COLOR_END);
    if (line->event->id.node.len == 0)
        return;
    put(line, " ");
    put_stranger(line, line->event->id.node);
}

/* "execve" of a system call, else the type of the first record. */
static void put_action(struct line *line)
{
    const struct event *event = line->event;
    struct span text = record_type_name(event_type(event));

    put(line, " ");
    if (event->syscall != NULL && say(line, FIELD_SYSCALL, &text)) {
        put_colored(line, COLOR_CYAN, text);
        return;
    }
    if (text.len == 0 && event->record_count > 0)
        text = event->records[0].type_token;
    put_colored(line, COLOR_CYAN, text.len > 0 ? text : SPAN("UNKNOWN"));
}

/* " alice" or " alice as root" */
static void put_who(struct line *line)
{
    struct span login, user;
    bool has_user = say(line, FIELD_UID, &user);
    bool has_login = say(line, FIELD_AUID, &login) && !span_equal(login, SPAN("unset"));

    if (!has_user && !has_login)
        return;
    put(line, " ");
    put_colored(line, COLOR_BOLD, has_login ? login : user);
    if (has_login && has_user && !span_equal(login, user)) {
        put(line, " as ");
        put_colored(line, COLOR_BOLD, user);
    }
}

static void put_outcome(struct line *line)
{
    struct span text, reason;
    bool is_known = say(line, FIELD_SUCCESS, &text) || say(line, FIELD_RES, &text);

    if (!is_known)
        return;

    bool is_good = span_equal(text, SPAN("yes")) || span_equal(text, SPAN("success"));

    put(line, " ");
    put_colored(line, is_good ? COLOR_GREEN : COLOR_RED, is_good ? SPAN("ok") : SPAN("failed"));
    if (is_good || !say(line, FIELD_EXIT, &reason))
        return;
    put(line, "(");
    put_stranger(line, reason);
    put(line, ")");
}

static void put_strings(struct line *line, const char *name, const struct strings *strings)
{
    if (strings->count == 0)
        return;
    put(line, " ");
    put_color(line, COLOR_DIM);
    put(line, name);
    put(line, "=");
    put_color(line, COLOR_END);
    put(line, "[");
    for (uint32_t i = 0; i < strings->count; i++) {
        if (i > 0)
            put(line, " ");
        put_stranger(line, strings->items[i].data != NULL ? strings->items[i] : SPAN("..."));
    }
    put(line, "]");
}

static void put_details(struct line *line)
{
    struct event *event = line->event;
    struct strings argv, paths = { 0 };

    put_named(line, "pid", FIELD_PID);
    put_named(line, "exe", FIELD_EXE);
    if (interpret_argv(event, &argv))
        put_strings(line, "argv", &argv);
    paths.items = arena_alloc(&event->arena, (event->record_count + 1) * sizeof *paths.items);
    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct field *name = record_field(&event->records[i], FIELD_NAME);

        if (event->records[i].type == TYPE_PATH && name != NULL && !field_is_null(name))
            paths.items[paths.count++] = field_decode(name, &event->arena);
    }
    put_strings(line, "paths", &paths);
    put_named(line, "addr", FIELD_SADDR);
    put_named(line, "op", FIELD_OP);
    put_named(line, "acct", FIELD_ACCT);
    put_named(line, "unit", FIELD_UNIT);
    put_named(line, "from", FIELD_ADDR);
    put_named(line, "key", FIELD_KEY);
}

static void put_tags(struct line *line)
{
    for (const struct tag *tag = line->event->notes.tags; tag != NULL; tag = tag->next) {
        put(line, " ");
        put_color(line, COLOR_YELLOW);
        put(line, "#");
        put_stranger(line, tag->text);
        put_color(line, COLOR_END);
    }
}

void text_event(const struct format_context *context, struct event *event, struct buffer *out)
{
    struct line line = { context, event, out };

    put_time(&line);
    put_action(&line);
    put_who(&line);
    put_outcome(&line);
    put_details(&line);
    put_tags(&line);
    buffer_byte(out, '\n');
}

static const char *color_of(enum severity severity)
{
    switch (severity) {
    case SEVERITY_CRITICAL:
        return COLOR_ALARM;
    case SEVERITY_HIGH:
        return "\x1b[1;31m";
    case SEVERITY_MEDIUM:
        return "\x1b[1;33m";
    case SEVERITY_LOW:
        return COLOR_YELLOW;
    case SEVERITY_INFO:
        break;
    }
    return COLOR_CYAN;
}

void text_alert(const struct format_context *context, const struct alert *alert, struct buffer *out)
{
    struct line line = { context, alert->event, out };

    put_time(&line);
    put(&line, " ");
    put_color(&line, color_of(alert->severity));
    put(&line, "ALERT ");
    put_stranger(&line, severity_name(alert->severity));
    put_color(&line, COLOR_END);
    put(&line, " ");
    put_colored(&line, COLOR_BOLD, alert->policy);
    put(&line, ": ");
    put_colored(&line, color_of(alert->severity), alert->message);
    put_action(&line);
    put_who(&line);
    put_details(&line);
    put_tags(&line);
    buffer_byte(out, '\n');
}
