/*
 * format_fuzz.c - a log of any bytes in every format, with what policies may add to an event.
 *
 * The first byte chooses, the rest are lines, or what a capture makes of them: records without type
 * token that hold newlines and NULs. Those that are no records become attributes and tags of the
 * next event, and the message of an alert. Each line that comes out has to be one: strict
 * JSON, or text without a control byte.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../engine/strict_json.c"
#include "event/assembler.h"
#include "format/format.h"
#include "kernel/logline.h"
#include "output/http_text.h"
#include "tables/record_types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLOR = 1, LIVE = 2, HOST = 4, KEPT = 8, FIELDS = 16, AS_LIVE = 32, CAPTURED = 64 };

struct strange {
    unsigned choice;
    struct format_names names;
    struct span said; /* the last line that was no record */
};

/* Says what is wrong with which line. */
static void check(bool holds, const char *what, const struct format *format, struct span line)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s: %.*s\n", format->name, what, SPAN_ARG(line));
    abort();
}

static bool is_one_of(const struct format *format, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(format->name, *names) == 0)
            return true;
    }
    return false;
}

static bool is_plain(struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        unsigned char byte = (unsigned char)line.data[i];

        if (byte < ' ' || byte == 0x7f)
            return false;
    }
    return true;
}

static void check_line(const struct format *format, bool is_color, struct span line)
{
    static const char *const json[] = { "json", "records", "go-audit", "pauditd", "gelf", NULL };
    static const char *const plain[] = { "text", "cef", NULL };
    size_t at;

    check(line.len > 0, "nothing", format, line);
    if (is_one_of(format, json))
        check(strict_json_check(line, &at) == NULL, "no JSON", format, line);
    else if (is_one_of(format, plain) && !is_color)
        check(is_plain(line), "a control byte", format, line);
    if (strcmp(format->name, "cef") == 0)
        check(span_starts(line, SPAN("CEF:0|laudit|laudit|")), "no header", format, line);
}

static void check_lines(const struct format *format, bool is_color, bool is_alert,
                        struct span lines)
{
    struct span all = lines;
    size_t count = 0;

    for (; lines.len > 0; count++) {
        const char *stop = memchr(lines.data, '\n', lines.len);

        check(stop != NULL, "no end", format, lines);
        check_line(format, is_color, (struct span){ lines.data, (size_t)(stop - lines.data) });
        lines = span_skip(lines, (size_t)(stop - lines.data) + 1);
    }
    check(count == 1 || (format->has_many_lines && !is_alert), "not one line", format, all);
}

static void write_alert(const struct format *format, const struct format_context *context,
                        const struct strange *strange, struct event *event)
{
    struct alert alert = { .event = event,
                           .id = SPAN("1.000:1/policy/1"),
                           .policy = SPAN("policy|=\"\\"),
                           .message = strange->said,
                           .severity = strange->said.len % 5 };
    struct buffer out = { 0 };

    if ((strange->choice & FIELDS) != 0)
        alert.fields = SPAN("{\"list\":[1,{\"a\":null}],\"text\":\"a\\nb\"}");
    format->alert(context, &alert, &out);
    check_lines(format, context->color, true, buffer_span(&out));
    buffer_free(&out);
}

/* What a policy does with its words: JSON of any text, under any name. */
static void add_notes(const struct strange *strange, struct event *event)
{
    struct span name = { strange->said.data, strange->said.len % 128 };
    struct buffer json = { 0 };

    if (name.len == 0)
        return;
    http_put_string(&json, strange->said);
    notes_set(&event->notes, &event->arena, name, buffer_span(&json));
    notes_set(&event->notes, &event->arena, SPAN("id"), SPAN("{\"a\":[1,\"b\"]}"));
    notes_tag(&event->notes, &event->arena, name);
    notes_alert(&event->notes, &event->arena, SPAN("1.000:1/policy/1"));
    buffer_free(&json);
}

/* As many lines as records, each of which is one again. */
static void check_raw(const struct event *event, bool is_live, struct span lines)
{
    struct record_text record;
    struct record_header header;
    size_t count = event->record_count + (!is_live && event->end.text.data != NULL);

    for (; lines.len > 0 && count > 0; count--) {
        const char *stop = memchr(lines.data, '\n', lines.len);
        size_t len = (size_t)(stop - lines.data);

        if (!logline_parse((struct span){ lines.data, len }, &record) ||
            record_header_parse(record.text, &header) != 0 || header.serial != event->id.serial ||
            !span_equal(record.node, event->id.node))
            abort();
        lines = span_skip(lines, len + 1);
    }
    if (lines.len > 0 || count > 0)
        abort();
}

static void on_event(void *context, struct event *event)
{
    struct strange *strange = context;
    struct format_context how = { .resolver = &resolver_none,
                                  .color = (strange->choice & COLOR) != 0,
                                  .is_live = (strange->choice & LIVE) != 0 };

    if ((strange->choice & HOST) != 0)
        how.hostname = SPAN("web1");
    if ((strange->choice & KEPT) != 0)
        how.kept = &strange->names;
    add_notes(strange, event);
    for (const struct format *const *format = format_all(); *format != NULL; format++) {
        struct buffer out = { 0 };

        (*format)->event(&how, event, &out);
        check_lines(*format, how.color, false, buffer_span(&out));
        if (strcmp((*format)->name, "raw") == 0)
            check_raw(event, how.is_live, buffer_span(&out));
        buffer_free(&out);
        if ((*format)->alert != NULL)
            write_alert(*format, &how, strange, event);
    }
}

/* 0x1E and 0x1F stand for a newline and a NUL in what comes out of a capture. */
static void make_captured(struct record_text *record, char *line)
{
    char *text = line + (record->text.data - line);

    record->type_token = record->node = (struct span){ NULL, 0 };
    for (size_t i = 0; i < record->text.len; i++) {
        if (text[i] == 0x1E)
            text[i] = '\n';
        else if (text[i] == 0x1F)
            text[i] = '\0';
    }
}

static void take_line(struct assembler *assembler, struct strange *strange, char *line, size_t len)
{
    struct record_text record;

    if (len == 0 || !logline_parse((struct span){ line, len }, &record)) {
        strange->said = (struct span){ line, len };
        return;
    }
    if (record_type_find(record.type_token, &record.type) && (strange->choice & CAPTURED) != 0)
        make_captured(&record, line);
    assembler_take(assembler, &record);
}

static void take_lines(struct assembler *assembler, struct strange *strange, char *text, size_t len)
{
    while (len > 0) {
        char *stop = memchr(text, '\n', len);
        size_t line_len = stop != NULL ? (size_t)(stop - text) : len;

        take_line(assembler, strange, text, line_len);
        len -= stop != NULL ? line_len + 1 : line_len;
        text += stop != NULL ? line_len + 1 : line_len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strange strange = { .said = SPAN("said") };

    if (size == 0)
        return 0;
    strange.choice = data[0];

    enum assembler_mode mode = (strange.choice & AS_LIVE) != 0 ? ASSEMBLE_LIVE : ASSEMBLE_FILE;
    struct assembler *assembler =
        assembler_new(mode, &assembler_default_limits, on_event, &strange);
    char *text = malloc(size);

    if (text == NULL)
        abort();
    memcpy(text, data + 1, size - 1);
    take_lines(assembler, &strange, text, size - 1);
    assembler_flush(assembler);
    assembler_free(assembler);
    free(text);
    return 0;
}
