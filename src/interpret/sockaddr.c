#include "interpret/interpret.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

#include "interpret/hex.h"
#include "tables/flags.h"

enum {
    ADDRESS_MOST = 256, /* bytes read of an address; the kernel's sockaddr_storage has 128 */
    INET_LEAST = 8,     /* bytes: family, port, address */
    INET6_LEAST = 24,   /* bytes: family, port, flow, address; the scope may be missing */
    NETLINK_LEAST = 12,
    VSOCK_LEAST = 12,
    PACKET_LEAST = 12
};

static uint16_t read_u16(const unsigned char *bytes)
{
    uint16_t value;

    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint32_t read_u32(const unsigned char *bytes)
{
    uint32_t value;

    memcpy(&value, bytes, sizeof value);
    return value;
}

static struct span keep(struct arena *arena, const char *text, size_t len)
{
    return arena_copy(arena, (struct span){ text, len });
}

static int read_inet(struct arena *arena, const unsigned char *bytes, size_t len,
                     struct address *address)
{
    if (len < INET_LEAST)
        return -EBADMSG;

    char *text = arena_alloc(arena, INET_ADDRSTRLEN + ARENA_PAD), *at = text;

    for (int i = 0; i < 4; i++) {
        unsigned byte = bytes[4 + i];

        if (byte >= 100)
            *at++ = (char)('0' + byte / 100);
        if (byte >= 10)
            *at++ = (char)('0' + byte / 10 % 10);
        *at++ = (char)('0' + byte % 10);
        *at++ = '.';
    }
    address->port = ntohs(read_u16(bytes + 2));
    address->ip = (struct span){ text, (size_t)(at - 1 - text) };
    return 0;
}

static int read_inet6(struct arena *arena, const unsigned char *bytes, size_t len,
                      struct address *address)
{
    char text[INET6_ADDRSTRLEN];

    if (len < INET6_LEAST)
        return -EBADMSG;
    address->port = ntohs(read_u16(bytes + 2));
    address->flow = ntohl(read_u32(bytes + 4));
    address->scope = len >= 28 ? read_u32(bytes + 24) : 0;
    inet_ntop(AF_INET6, bytes + 8, text, sizeof text);
    address->ip = keep(arena, text, strlen(text));
    return 0;
}

/* An address without a path (autobind, an unnamed peer) is whole, too. */
static int read_unix(struct arena *arena, const unsigned char *bytes, size_t len,
                     struct address *address)
{
    const char *path = (const char *)bytes + 2;
    size_t room = len - 2;

    if (room == 0)
        return 0;
    if (path[0] != '\0') {
        address->path = keep(arena, path, strnlen(path, room));
        return 0;
    }
    while (room > 1 && path[room - 1] == '\0')
        room--;
    if (room == 1)
        return 0;

    struct span name = keep(arena, path, room);
    char *copy = arena_alloc(arena, room + ARENA_PAD);

    memcpy(copy, name.data, room);
    copy[0] = '@';
    address->path = (struct span){ copy, room };
    return 0;
}

static int read_packet(struct arena *arena, const unsigned char *bytes, size_t len,
                       struct address *address)
{
    static const char digits[] = "0123456789abcdef";

    if (len < PACKET_LEAST)
        return -EBADMSG;
    address->protocol = ntohs(read_u16(bytes + 2));
    address->interface = read_u32(bytes + 4);

    size_t count = bytes[11] < len - PACKET_LEAST ? bytes[11] : len - PACKET_LEAST;

    if (count == 0)
        return 0;

    char *text = arena_alloc(arena, count * 3 + ARENA_PAD);

    for (size_t i = 0; i < count; i++) {
        text[i * 3] = digits[bytes[PACKET_LEAST + i] >> 4];
        text[i * 3 + 1] = digits[bytes[PACKET_LEAST + i] & 15];
        text[i * 3 + 2] = ':';
    }
    address->hardware = (struct span){ text, count * 3 - 1 };
    return 0;
}

static int read_pairs(const unsigned char *bytes, size_t len, struct address *address)
{
    if (address->family_number == AF_NETLINK) {
        if (len < NETLINK_LEAST)
            return -EBADMSG;
        address->pid = read_u32(bytes + 4);
        address->groups = read_u32(bytes + 8);
        return 0;
    }
    if (len < VSOCK_LEAST)
        return -EBADMSG;
    address->port = read_u32(bytes + 4);
    address->cid = read_u32(bytes + 8);
    return 0;
}

/* The families most addresses have, without a search. */
static struct span name_of_family(uint16_t family)
{
    switch (family) {
    case AF_UNIX:
        return SPAN("unix");
    case AF_INET:
        return SPAN("inet");
    case AF_INET6:
        return SPAN("inet6");
    case AF_NETLINK:
        return SPAN("netlink");
    default:
        return family_name(family);
    }
}

int interpret_sockaddr(struct arena *arena, struct span hex, struct address *address)
{
    unsigned char bytes[ADDRESS_MOST];

    *address = (struct address){ 0 };
    if (hex.len < 4 || hex.len > 2 * ADDRESS_MOST || !hex_decode(hex, (char *)bytes))
        return -EBADMSG;

    size_t len = hex.len / 2;

    address->family_number = read_u16(bytes);
    address->family = name_of_family(address->family_number);
    switch (address->family_number) {
    case AF_INET:
        return read_inet(arena, bytes, len, address);
    case AF_INET6:
        return read_inet6(arena, bytes, len, address);
    case AF_UNIX:
        return read_unix(arena, bytes, len, address);
    case AF_PACKET:
        return read_packet(arena, bytes, len, address);
    case AF_NETLINK:
    case AF_VSOCK:
        return read_pairs(bytes, len, address);
    default:
        return 0;
    }
}
