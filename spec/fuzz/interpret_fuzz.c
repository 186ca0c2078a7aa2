/*
 * interpret_fuzz.c - one record's type and fields of any bytes: sockaddr, arguments, keys, modes
 * and all else that is decoded; what JSON comes of them has to be strict. For the formats as they
 * are otherwise see format_fuzz.c.
 */
#include <stdlib.h>

#include "../engine/strict_json.c"
#include "event/event.h"
#include "format/format.h"
#include "interpret/interpret.h"
#include "tables/record_types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t types[] = { TYPE_SYSCALL,   TYPE_EXECVE,     TYPE_PATH,   TYPE_SOCKADDR,
                                  TYPE_PROCTITLE, TYPE_USER_LOGIN, TYPE_CAPSET, TYPE_AVC };

/* Makes a record of each line; the first byte of a line chooses its type. */
static void cut_records(struct event *event, struct cutter *cutter, struct span text)
{
    enum { RECORDS_MOST = 16 };

    event->records = arena_alloc(&event->arena, RECORDS_MOST * sizeof *event->records);
    while (text.len > 0 && event->record_count < RECORDS_MOST) {
        const char *stop = memchr(text.data, '\n', text.len);
        size_t len = stop != NULL ? (size_t)(stop - text.data) : text.len;
        struct record *record = &event->records[event->record_count];

        if (len > 0) {
            *record = (struct record){
                .type = types[(unsigned char)text.data[0] % (sizeof types / sizeof types[0])],
                .text = arena_copy(&event->arena, (struct span){ text.data + 1, len - 1 }),
            };
            cutter_cut(cutter, &event->arena, record);
            event->record_count++;
        }
        text = span_skip(text, stop != NULL ? len + 1 : len);
    }
}

/* The line of a format whose lines are JSON. */
static void check_format(const struct format *format, struct event *event)
{
    struct format_context context = { .resolver = &resolver_none };
    struct buffer out = { 0 };
    size_t at;

    format->event(&context, event, &out);
    for (struct span rest = buffer_span(&out); rest.len > 0;) {
        const char *stop = memchr(rest.data, '\n', rest.len);

        if (stop == NULL ||
            strict_json_check((struct span){ rest.data, (size_t)(stop - rest.data) }, &at) != NULL)
            abort();
        rest = span_skip(rest, (size_t)(stop - rest.data) + 1);
    }
    buffer_free(&out);
}

static void interpret_all(struct event *event)
{
    struct strings strings;
    struct span name;

    interpret_argv(event, &strings);
    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct record *record = &event->records[i];

        interpret_proctitle(event, record, &strings);
        for (uint32_t j = 0; j < record->field_count; j++) {
            interpret_keys(event, &record->fields[j], &strings);
            interpret_name(&resolver_none, event, record, &record->fields[j], &name);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cutter *cutter = cutter_new();
    struct event event = { .id = { .time_ms = 1000, .serial = 1 } };

    arena_init(&event.arena);
    cut_records(&event, cutter, (struct span){ (const char *)data, size });
    interpret_all(&event);
    check_format(format_find(SPAN("json")), &event);
    check_format(format_find(SPAN("records")), &event);
    arena_free(&event.arena);
    cutter_free(cutter);
    return 0;
}
