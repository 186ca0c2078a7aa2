#include "format/go_audit.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "format/go_text.h"
#include "interpret/interpret.h"
#include "tables/record_types.h"

enum {
    UID_AT_END_MOST = 5, /* bytes: longer ones that end a record are no uid to them */
    UIDS_FIRST = 64,     /* places; the list grows in the event's arena */
    UIDS_SHORT = 16      /* so many are looked through one by one */
};

/* What stands behind a "uid=", and where. */
struct uid {
    struct span text;
    const struct record *record;
    size_t index;
};

struct uids {
    struct uid *items;
    size_t count, room;
};

/* What the kernel said, without what auditd added. */
static struct span body_of(const struct record *record)
{
    return (struct span){ record->text.data + record->body_at, record->tail_at - record->body_at };
}

static bool is_utf8(struct span text)
{
    while (text.len > 0) {
        size_t len = utf8_len(text);

        if (len == 0)
            return false;
        text = span_skip(text, len);
    }
    return true;
}

static bool was_seen(const struct uids *uids, struct span text)
{
    for (size_t i = 0; i < uids->count && i < UIDS_SHORT; i++) {
        if (span_equal(uids->items[i].text, text))
            return true;
    }
    return false;
}

static void add_uid(struct arena *arena, struct uids *uids, struct span text,
                    const struct record *record)
{
    if (was_seen(uids, text) || !is_utf8(text))
        return;
    if (uids->count == uids->room) {
        size_t room = uids->room > 0 ? 2 * uids->room : UIDS_FIRST;
        struct uid *items = arena_alloc(arena, room * sizeof *items);

        if (uids->count > 0)
            memcpy(items, uids->items, uids->count * sizeof *items);
        uids->items = items;
        uids->room = room;
    }
    uids->items[uids->count] = (struct uid){ text, record, uids->count };
    uids->count++;
}

/* Whatever ends in "uid=" counts, in values too: auid=, ouid=, uid= inside a msg. */
static void find_uids(struct arena *arena, struct uids *uids, const struct record *record)
{
    struct span rest = body_of(record);
    const char *at;

    while (rest.len > 0 && (at = memmem(rest.data, rest.len, "uid=", 4)) != NULL) {
        rest = span_skip(rest, (size_t)(at - rest.data) + 4);

        const char *stop = rest.len > 0 ? memchr(rest.data, ' ', rest.len) : NULL;
        size_t len = stop != NULL ? (size_t)(stop - rest.data) : rest.len;

        if (stop == NULL && len > UID_AT_END_MOST)
            return;
        add_uid(arena, uids, (struct span){ rest.data, len }, record);
        rest = span_skip(rest, stop != NULL ? len + 1 : len);
    }
}

static int compare_uids(const void *a, const void *b)
{
    const struct uid *left = a, *right = b;
    int order = span_compare(left->text, right->text);

    return order != 0 ? order : left->index < right->index ? -1 : left->index > right->index;
}

static void sort_uids(struct uids *uids)
{
    if (uids->count > UIDS_SHORT) {
        qsort(uids->items, uids->count, sizeof *uids->items, compare_uids);
        return;
    }
    for (size_t i = 1; i < uids->count; i++) {
        struct uid uid = uids->items[i];
        size_t place = i;

        for (; place > 0 && compare_uids(&uid, &uids->items[place - 1]) < 0; place--)
            uids->items[place] = uids->items[place - 1];
        uids->items[place] = uid;
    }
}

/* The name that auditd gave it where the record was written; false when it gave none. */
static bool find_tail_name(const struct uid *uid, struct span *name)
{
    const struct record *record = uid->record;

    for (uint32_t i = 0; i < record->kernel_count && record->tail_at < record->text.len; i++) {
        const struct field *field = &record->fields[i], *tail;

        if (field->value != uid->text.data || field->id >= FIELD_COUNT)
            continue;
        tail = record_tail(record, field->id);
        if (tail == NULL)
            return false;
        *name = field_value(tail);
        return !span_equal(*name, SPAN("unset")) && !span_starts(*name, SPAN("unknown("));
    }
    return false;
}

static struct span name_of(const struct format_context *context, const struct uid *uid)
{
    const struct resolver *resolver = context->resolver;
    struct span name;
    uint64_t id;

    if (find_tail_name(uid, &name))
        return name;
    if (span_decimal(uid->text, &id) && id < UINT32_MAX &&
        resolver->user(resolver->context, (uint32_t)id, &name))
        return name;
    return SPAN("UNKNOWN_USER");
}

static void put_uid_map(const struct format_context *context, struct event *event,
                        struct buffer *out)
{
    struct uids uids = { 0 };
    const char *comma = "";

    for (uint32_t i = 0; i < event->record_count; i++) {
        uint16_t type = event->records[i].type;

        if (type != TYPE_EXECVE && type != TYPE_CWD && type != TYPE_SOCKADDR)
            find_uids(&event->arena, &uids, &event->records[i]);
    }
    sort_uids(&uids);
    buffer_append(out, SPAN("],\"uid_map\":{"));
    for (size_t i = 0; i < uids.count; i++) {
        if (i > 0 && span_equal(uids.items[i].text, uids.items[i - 1].text))
            continue;
        buffer_append(out, span_of(comma));
        go_text(out, uids.items[i].text);
        buffer_byte(out, ':');
        go_text(out, name_of(context, &uids.items[i]));
        comma = ",";
    }
    buffer_byte(out, '}');
}

static void put_time(struct buffer *out, uint64_t time_ms)
{
    unsigned milli = (unsigned)(time_ms % 1000);

    buffer_decimal(out, time_ms / 1000);
    buffer_byte(out, '.');
    buffer_byte(out, (char)('0' + milli / 100));
    buffer_byte(out, (char)('0' + milli / 10 % 10));
    buffer_byte(out, (char)('0' + milli % 10));
}

/* All but the brace that ends it. */
static void put_event(const struct format_context *context, struct event *event, struct buffer *out)
{
    buffer_append(out, SPAN("{\"sequence\":"));
    buffer_decimal(out, event->id.serial);
    buffer_append(out, SPAN(",\"timestamp\":\""));
    put_time(out, event->id.time_ms);
    buffer_append(out, SPAN("\",\"messages\":["));
    for (uint32_t i = 0; i < event->record_count; i++) {
        buffer_append(out, i > 0 ? SPAN(",{\"type\":") : SPAN("{\"type\":"));
        buffer_decimal(out, event->records[i].type);
        buffer_append(out, SPAN(",\"data\":"));
        go_text(out, body_of(&event->records[i]));
        buffer_byte(out, '}');
    }
    put_uid_map(context, event, out);
}

void go_audit_event(const struct format_context *context, struct event *event, struct buffer *out)
{
    put_event(context, event, out);
    buffer_append(out, SPAN("}\n"));
}

struct span pauditd_rule_key(const struct event *event)
{
    const struct field *key =
        event->syscall != NULL ? record_field(event->syscall, FIELD_KEY) : NULL;

    if (event_record(event, TYPE_TTY) != NULL)
        return SPAN("tty");
    return key != NULL ? field_value(key) : SPAN("");
}

void pauditd_event(const struct format_context *context, struct event *event, struct buffer *out)
{
    put_event(context, event, out);
    buffer_append(out, SPAN(",\"rule_key\":"));
    go_text(out, pauditd_rule_key(event));
    buffer_append(out, SPAN("}\n"));
}
