#include "format/json_writer.h"

#include <sys/socket.h>

enum { NUMBER_ROOM = 64 /* bytes of a name and its number */ };

static char *put_number(struct json_writer *writer, char *at, const char *name, uint64_t value)
{
    at = json_member(writer, at, span_of(name));
    at = json_room(writer, at, NUMBER_ROOM);
    return json_put_u64(at, value);
}

static char *put_groups(struct json_writer *writer, char *at, uint32_t groups)
{
    static const char digits[] = "0123456789abcdef";
    char text[10] = "0x", *end = text + 2;

    for (int shift = 28; shift >= 0; shift -= 4) {
        if (groups >> shift != 0 || shift == 0)
            *end++ = digits[groups >> shift & 15];
    }
    return json_member_text(writer, at, SPAN("groups"),
                            (struct span){ text, (size_t)(end - text) });
}

static char *put_path(struct json_writer *writer, char *at, struct span path)
{
    return path.data != NULL ? json_member_whole(writer, at, SPAN("path"), path) : at;
}

static char *put_inet(struct json_writer *writer, char *at, const struct address *address)
{
    at = json_member_text(writer, at, SPAN("addr"), address->ip);
    at = put_number(writer, at, "port", address->port);
    if (address->family_number != AF_INET6)
        return at;
    at = put_number(writer, at, "flowinfo", address->flow);
    return put_number(writer, at, "scope_id", address->scope);
}

static char *put_packet(struct json_writer *writer, char *at, const struct address *address)
{
    at = put_number(writer, at, "interface", address->interface);
    at = put_number(writer, at, "protocol", address->protocol);
    if (address->hardware.len == 0)
        return at;
    return json_member_text(writer, at, SPAN("hardware"), address->hardware);
}

char *json_put_address(struct json_writer *writer, char *at, const struct address *address)
{
    size_t place = json_place(writer, at);
    bool is_unix = address->family_number == AF_UNIX;

    at = json_member_text(writer, at, SPAN("saddr_fam"), is_unix ? SPAN("local") : address->family);
    switch (address->family_number) {
    case AF_UNIX:
        at = put_path(writer, at, address->path);
        break;
    case AF_INET:
    case AF_INET6:
        at = put_inet(writer, at, address);
        break;
    case AF_NETLINK:
        at = put_number(writer, at, "pid", address->pid);
        at = put_groups(writer, at, address->groups);
        break;
    case AF_PACKET:
        at = put_packet(writer, at, address);
        break;
    case AF_VSOCK:
        at = put_number(writer, at, "cid", address->cid);
        at = put_number(writer, at, "port", address->port);
        break;
    default:
        break;
    }
    return json_close(writer, at, place, "{}");
}

bool json_address_read(struct json_writer *writer, const struct field *field,
                       struct address *address)
{
    return interpret_sockaddr(&writer->event->arena, field_value(field), address) == 0 &&
           address->family.len > 0;
}

char *json_address(struct json_writer *writer, char *at, const struct field *field)
{
    struct address address;

    if (!json_address_read(writer, field, &address))
        return NULL;
    at = json_member(writer, at, SPAN("SADDR"));
    return json_put_address(writer, at, &address);
}
