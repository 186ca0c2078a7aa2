#include "format/say.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "tables/record_types.h"

enum { ADDRESS_ROOM = 80 /* bytes of an inet6 address with scope and port */ };

static bool find(const struct event *event, uint16_t id, const struct record **record,
                 const struct field **field)
{
    return event_field(event, id, record, field) && !field_is_null(*field);
}

struct span say_value(const struct format_context *context, struct event *event,
                      const struct record *record, const struct field *field)
{
    struct span text;

    if (interpret_name(context->resolver, event, record, field, &text))
        return text;

    enum field_kind kind = field_info(field->id)->kind;
    bool is_escaped = kind == KIND_ESCAPED || kind == KIND_KEY || kind == KIND_TTY_DATA;

    return is_escaped ? field_decode(field, &event->arena) : field_value(field);
}

bool say_field(const struct format_context *context, struct event *event, uint16_t id,
               struct span *text)
{
    const struct record *record;
    const struct field *field;

    if (!find(event, id, &record, &field))
        return false;
    *text = say_value(context, event, record, field);
    return text->len > 0;
}

struct span say_action(const struct format_context *context, struct event *event)
{
    struct span text = record_type_name(event_type(event));

    if (event->syscall != NULL && say_field(context, event, FIELD_SYSCALL, &text))
        return text;
    if (text.len == 0 && event->record_count > 0)
        text = event->records[0].type_token;
    return text.len > 0 ? text : SPAN("UNKNOWN");
}

bool say_find_address(struct event *event, struct address *address)
{
    const struct record *record;
    const struct field *field;

    return find(event, FIELD_SADDR, &record, &field) &&
           interpret_sockaddr(&event->arena, field_value(field), address) == 0;
}

struct span say_address(struct arena *arena, const struct address *address)
{
    bool is_inet6 = address->family_number == AF_INET6;
    char scope[16] = "";

    if (address->family_number == AF_UNIX)
        return address->path;
    if (!is_inet6 && address->family_number != AF_INET)
        return (struct span){ NULL, 0 };
    if (address->scope != 0)
        snprintf(scope, sizeof scope, "%%%u", address->scope);

    char *text = arena_alloc(arena, ADDRESS_ROOM);
    int len = snprintf(text, ADDRESS_ROOM, "%s%.*s%s%s:%u", is_inet6 ? "[" : "",
                       SPAN_ARG(address->ip), scope, is_inet6 ? "]" : "", address->port);

    return (struct span){ text, len < ADDRESS_ROOM ? (size_t)len : ADDRESS_ROOM - 1 };
}

static bool holds(const struct strings *strings, struct span text)
{
    for (uint32_t i = 0; i < strings->count; i++) {
        if (span_equal(strings->items[i], text))
            return true;
    }
    return false;
}

void say_paths(struct event *event, struct strings *paths)
{
    *paths = (struct strings){ 0 };
    paths->items = arena_alloc(&event->arena, (event->record_count + 1) * sizeof *paths->items);
    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct field *name = record_field(&event->records[i], FIELD_NAME);

        if (event->records[i].type != TYPE_PATH || name == NULL || field_is_null(name))
            continue;

        struct span path = field_decode(name, &event->arena);

        if (!holds(paths, path))
            paths->items[paths->count++] = path;
    }
}

struct span say_joined(struct arena *arena, const struct strings *strings)
{
    size_t room = 1, len = 0;

    for (uint32_t i = 0; i < strings->count; i++)
        room += strings->items[i].len + sizeof "... ";

    char *text = arena_alloc(arena, room);

    for (uint32_t i = 0; i < strings->count; i++) {
        struct span item = strings->items[i].data != NULL ? strings->items[i] : SPAN("...");

        if (i > 0)
            text[len++] = ' ';
        if (item.len > 0)
            memcpy(text + len, item.data, item.len);
        len += item.len;
    }
    arena_trim(arena, text, len);
    return (struct span){ text, len };
}

struct span say_host(const struct format_context *context, const struct event *event,
                     char room[SAY_HOST_ROOM])
{
    struct format_names *kept = context->kept;
    const uint64_t *epoch = context->resolver->epoch;
    char *host = kept != NULL ? kept->host : room;
    struct utsname names;

    if (event->id.node.len > 0)
        return event->id.node;
    if (context->hostname.len > 0)
        return context->hostname;
    room[0] = '\0';
    if (kept != NULL && epoch != NULL && *epoch != kept->epoch)
        *kept = (struct format_names){ .epoch = *epoch };
    if (host[0] == '\0' && uname(&names) == 0)
        snprintf(host, SAY_HOST_ROOM, "%s", names.nodename);
    return host[0] != '\0' ? span_of(host) : SPAN("localhost");
}
