#include "interpret/interpret.h"

/* Splits `text` at `separator`; the items point into it. */
static void split(struct arena *arena, struct span text, char separator, struct strings *strings)
{
    uint32_t count = 1;

    for (const char *at = text.data, *end = at + text.len;
         (at = memchr(at, separator, (size_t)(end - at))) != NULL; at++)
        count++;

    struct span *items = arena_alloc(arena, count * sizeof *items);

    for (uint32_t i = 0; i < count; i++) {
        const char *stop = memchr(text.data, separator, text.len);
        size_t len = stop != NULL ? (size_t)(stop - text.data) : text.len;

        items[i] = (struct span){ text.data, len };
        text = span_skip(text, stop != NULL ? len + 1 : len);
    }
    *strings = (struct strings){ items, count, false };
}

void interpret_title(struct event *event, const struct field *field, struct strings *strings)
{
    struct span title = field_decode(field, &event->arena);

    *strings = (struct strings){ 0 };
    while (title.len > 0 && title.data[title.len - 1] == '\0')
        title.len--;
    if (title.len > 0)
        split(&event->arena, title, '\0', strings);
}

bool interpret_proctitle(struct event *event, const struct record *record, struct strings *strings)
{
    const struct field *field = record_field(record, FIELD_PROCTITLE);

    *strings = (struct strings){ 0 };
    if (field == NULL || field_is_null(field))
        return false;
    interpret_title(event, field, strings);
    return true;
}

void interpret_keys(struct event *event, const struct field *field, struct strings *strings)
{
    *strings = (struct strings){ 0 };
    if (field_is_null(field))
        return;
    split(&event->arena, field_decode(field, &event->arena), '\x01', strings);
}
