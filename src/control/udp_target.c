#include "control/udp_target.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOKUP_MS = 60000 /* between two lookups of a name */ };

struct udp_target {
    uv_loop_t *loop;
    uv_getaddrinfo_t lookup;
    uint64_t looked_up_ms;
    bool is_literal; /* an address, not a name */
    bool is_looking, is_closing;
    int fd; /* connected; -1: not yet */
    char port[8];
    char host[];
};

/* Replaces the socket by one that is connected to the first address that will do. */
static void connect_to(struct udp_target *target, const struct addrinfo *found)
{
    for (; found != NULL; found = found->ai_next) {
        int fd = socket(found->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        if (fd < 0)
            continue;
        if (connect(fd, found->ai_addr, found->ai_addrlen) == 0) {
            if (target->fd >= 0)
                close(target->fd);
            target->fd = fd;
            return;
        }
        close(fd);
    }
}

static void on_found(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
    struct udp_target *target = lookup->data;

    target->is_looking = false;
    if (target->is_closing) {
        uv_freeaddrinfo(found);
        free(target);
        return;
    }
    if (status == 0)
        connect_to(target, found);
    uv_freeaddrinfo(found);
}

/* An address needs nobody's answer. */
static bool connect_literal(struct udp_target *target)
{
    struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
                              .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
    struct addrinfo *found;

    if (getaddrinfo(target->host, target->port, &hints, &found) != 0)
        return false;
    connect_to(target, found);
    freeaddrinfo(found);
    return true;
}

static void look_up(struct udp_target *target)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV };
    uint64_t now = uv_now(target->loop);

    if (target->is_looking || (target->looked_up_ms != 0 && now - target->looked_up_ms < LOOKUP_MS))
        return;
    target->looked_up_ms = now;
    if (target->is_literal)
        connect_literal(target);
    else
        target->is_looking = uv_getaddrinfo(target->loop, &target->lookup, on_found, target->host,
                                            target->port, &hints) == 0;
}

struct udp_target *udp_target_new(uv_loop_t *loop, struct span host, uint16_t port)
{
    struct udp_target *target = calloc(1, sizeof *target + host.len + 1);

    if (target == NULL)
        abort();
    target->loop = loop;
    target->lookup.data = target;
    target->fd = -1;
    memcpy(target->host, host.data, host.len);
    snprintf(target->port, sizeof target->port, "%u", (unsigned)port);
    target->is_literal = connect_literal(target);
    if (!target->is_literal)
        look_up(target);
    return target;
}

bool udp_target_send(struct udp_target *target, struct span datagram)
{
    if (!target->is_literal || target->fd < 0)
        look_up(target);
    if (target->fd < 0)
        return false;

    ssize_t sent = send(target->fd, datagram.data, datagram.len, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (sent < 0 && errno == ECONNREFUSED) /* what the last one met: this one was not tried */
        sent = send(target->fd, datagram.data, datagram.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent >= 0;
}

void udp_target_close(struct udp_target *target)
{
    if (target->fd >= 0)
        close(target->fd);
    target->is_closing = true;
    if (!target->is_looking)
        free(target);
    else
        uv_cancel((uv_req_t *)&target->lookup);
}
