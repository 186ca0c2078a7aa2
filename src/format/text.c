#include "format/text.h"

#include "base/escape.h"
#include "format/say.h"
#include "format/time_text.h"

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

/* Appends text harmless and on one line, `mark` as \xHH: what the mark ends goes on until then. */
static void put_harmless(struct line *line, struct span text, char mark)
{
    while (text.len > 0) {
        const char *stop = memchr(text.data, mark, text.len);
        size_t len = stop != NULL ? (size_t)(stop - text.data) : text.len;
        size_t room = len * ESCAPE_GROWTH + 1;
        char *at = buffer_reserve(line->out, room);

        buffer_commit(line->out, escape_text(at, room, (struct span){ text.data, len }));
        if (stop != NULL)
            buffer_printf(line->out, "\\x%02X", (unsigned char)mark);
        text = span_skip(text, stop != NULL ? len + 1 : len);
    }
}

/* Could `text` be taken for more or for less than one word? */
static bool needs_quotes(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '\0' && strchr(" \"'[]", text.data[i]) != NULL)
            return true;
    }
    return text.len == 0;
}

/* Appends a stranger's text as one word, whatever it holds. */
static void put_word(struct line *line, struct span text)
{
    bool is_long = text.len > WORD_MOST;
    const char *quote = needs_quotes(text) ? "\"" : "";

    if (is_long)
        text.len = WORD_MOST;
    put(line, quote);
    put_harmless(line, text, '"');
    put(line, quote);
    if (is_long)
        put(line, "...");
}

static void put_colored(struct line *line, const char *color, struct span text)
{
    put_color(line, color);
    put_word(line, text);
    put_color(line, COLOR_END);
}

/* " name=" */
static void put_name(struct line *line, const char *name)
{
    put(line, " ");
    put_color(line, COLOR_DIM);
    put(line, name);
    put(line, "=");
    put_color(line, COLOR_END);
}

static bool say(struct line *line, uint16_t id, struct span *text)
{
    return say_field(line->context, line->event, id, text);
}

/* " name=value" */
static void put_named(struct line *line, const char *name, uint16_t id)
{
    struct span text;

    if (!say(line, id, &text) || span_equal(text, SPAN("?")))
        return;
    put_name(line, name);
    put_word(line, text);
}

/* " addr=203.0.113.66:4444": the address itself where there is one, else what is said of it. */
static void put_address(struct line *line)
{
    struct address address;
    struct span text = { NULL, 0 };

    if (say_find_address(line->event, &address))
        text = say_address(&line->event->arena, &address);
    if (text.len == 0) {
        put_named(line, "addr", FIELD_SADDR);
        return;
    }
    put_name(line, "addr");
    if (address.path.len > 0)
        put_word(line, text);
    else
        put_harmless(line, text, '"');
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
    put_word(line, line->event->id.node);
}

static void put_action(struct line *line)
{
    put(line, " ");
    put_colored(line, COLOR_CYAN, say_action(line->context, line->event));
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
    put_word(line, reason);
    put(line, ")");
}

static void put_strings(struct line *line, const char *name, const struct strings *strings)
{
    if (strings->count == 0)
        return;
    put_name(line, name);
    put(line, "[");
    for (uint32_t i = 0; i < strings->count; i++) {
        if (i > 0)
            put(line, " ");
        put_word(line, strings->items[i].data != NULL ? strings->items[i] : SPAN("..."));
    }
    put(line, "]");
}

static void put_paths(struct line *line)
{
    struct strings paths;

    say_paths(line->event, &paths);
    put_strings(line, "paths", &paths);
}

static void put_details(struct line *line)
{
    struct strings argv;

    put_named(line, "pid", FIELD_PID);
    put_named(line, "exe", FIELD_EXE);
    if (interpret_argv(line->event, &argv))
        put_strings(line, "argv", &argv);
    put_paths(line);
    put_address(line);
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
        put_word(line, tag->text);
        put_color(line, COLOR_END);
    }
}

/* " ACTION WHO OUTCOME name=value ..." */
static void put_sentence(struct line *line)
{
    put_action(line);
    put_who(line);
    put_outcome(line);
    put_details(line);
    put_tags(line);
}

void text_sentence(const struct format_context *context, struct event *event, struct buffer *out)
{
    struct line line = { context, event, out };

    put_sentence(&line);
}

void text_event(const struct format_context *context, struct event *event, struct buffer *out)
{
    struct line line = { context, event, out };

    put_time(&line);
    put_sentence(&line);
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
    put_word(&line, severity_name(alert->severity));
    put_color(&line, COLOR_END);
    put(&line, " ");
    put_colored(&line, COLOR_BOLD, alert->policy);
    put(&line, ": ");
    put_color(&line, color_of(alert->severity));
    put_harmless(&line, alert->message, '|'); /* whole, and ended by the first bar */
    put_color(&line, COLOR_END);
    put(&line, " |");
    put_action(&line);
    put_who(&line);
    put_details(&line);
    put_tags(&line);
    buffer_byte(out, '\n');
}
