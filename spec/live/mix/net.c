/*
 * net.c - socket addresses of many families. Nothing leaves the guest.
 */
#define _GNU_SOURCE
#include "mix.h"

#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_in inet;
    struct sockaddr_in6 inet6;
    struct sockaddr_un unix_;
    struct sockaddr_nl netlink;
    struct sockaddr_ll packet;
    struct sockaddr_vm vsock;
};

static socklen_t draw_inet(struct mix *mix, union address *address)
{
    address->inet.sin_family = AF_INET;
    address->inet.sin_port = htons((uint16_t)(1 + draw(mix, 60000)));
    address->inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK + draw(mix, 5));
    return sizeof address->inet;
}

static socklen_t draw_inet6(struct mix *mix, union address *address)
{
    address->inet6.sin6_family = AF_INET6;
    address->inet6.sin6_port = htons((uint16_t)(1 + draw(mix, 60000)));
    address->inet6.sin6_addr = in6addr_loopback;
    address->inet6.sin6_scope_id = draw(mix, 2);
    return sizeof address->inet6;
}

/* A path, a path with a space, or a name in the abstract namespace. */
static socklen_t draw_unix(struct mix *mix, union address *address)
{
    static const char *const paths[] = { "/dev/log", "/run/a socket", "@abstract/name" };
    const char *path = paths[draw(mix, 3)];

    address->unix_.sun_family = AF_UNIX;
    snprintf(address->unix_.sun_path, sizeof address->unix_.sun_path, "%s", path);
    if (path[0] == '@')
        address->unix_.sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
}

static socklen_t draw_address(struct mix *mix, union address *address)
{
    memset(address, 0, sizeof *address);
    switch (draw(mix, 12)) {
    case 0:
        address->netlink.nl_family = AF_NETLINK;
        return sizeof address->netlink;
    case 1:
        address->packet.sll_family = AF_PACKET;
        address->packet.sll_ifindex = 1;
        return sizeof address->packet;
    case 2:
        address->vsock.svm_family = AF_VSOCK;
        address->vsock.svm_cid = 2;
        address->vsock.svm_port = 1024;
        return sizeof address->vsock;
    case 3:
        address->any.sa_family = AF_UNSPEC;
        return sizeof address->any;
    case 4:
    case 5:
    case 6:
        return draw_unix(mix, address);
    case 7:
    case 8:
        return draw_inet6(mix, address);
    default:
        return draw_inet(mix, address);
    }
}

/* The kernel records the address that a call names before the call finds that it does not fit the
 * socket. */
void act_address(struct mix *mix)
{
    union address address;
    socklen_t len = draw_address(mix, &address);
    int type = draw(mix, 2) == 0 ? SOCK_STREAM : SOCK_DGRAM;
    int family = address.any.sa_family == AF_UNIX ? AF_UNIX : AF_INET;
    int fd = socket(address.any.sa_family == AF_INET6 ? AF_INET6 : family, type, 0);

    if (draw(mix, 4) == 0)
        bind(fd, &address.any, len);
    else
        connect(fd, &address.any, len);
    close(fd);
}

void act_send(struct mix *mix)
{
    union address address;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    memset(&address, 0, sizeof address);
    socklen_t len = draw_inet(mix, &address);
    sendto(fd, "hello", 5, 0, &address.any, len);
    close(fd);
}

/* Turns the loopback's promiscuous mode on and off again. */
void act_promiscuous(struct mix *mix)
{
    struct ifreq request = { .ifr_name = "lo" };
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    (void)mix;
    if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
        request.ifr_flags |= IFF_PROMISC;
        ioctl(fd, SIOCSIFFLAGS, &request);
        request.ifr_flags &= (short)~IFF_PROMISC;
        ioctl(fd, SIOCSIFFLAGS, &request);
    }
    close(fd);
}

void act_pair(struct mix *mix)
{
    int pair[2];
    int failed = draw(mix, 2) == 0 ? socketpair(AF_UNIX, SOCK_STREAM, 0, pair) : pipe2(pair, 0);

    if (failed == 0) {
        close(pair[0]);
        close(pair[1]);
    }
}
