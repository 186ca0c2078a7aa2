/*
 * netlink.h - the audit socket: requests go out one by one, datagrams come in many at once.
 *
 * It knows nothing of what the datagrams say. Owned by its opener; it never blocks.
 */
#pragma once

#include "base/error.h"
#include "kernel/datagram.h"

enum {
    NETLINK_BATCH = 64, /* datagrams taken by one system call */
    /*
     * Bytes of one datagram. The longest records the kernel makes hold a path of 4 KiB as hex
     * (SYSCALL's exe, PATH's name: about 10 KiB); the longest that programs make are USER_TTY's,
     * AUDIT_MESSAGE_TEXT_MAX (8 560) as hex. The odd end spreads the places over the cache's sets.
     */
    NETLINK_ROOM = 32768 + 320,
    NETLINK_PAYLOAD = 32768 /* most bytes of a request: one that is refused comes back whole */
};

struct netlink_stats {
    uint64_t datagrams; /* of the kernel, handed on */
    uint64_t truncated; /* of these: longer than NETLINK_ROOM */
    uint64_t foreign;   /* sent by somebody else than the kernel, and left out */
    uint64_t enobufs;   /* times the kernel said that it found our buffer full */
};

struct netlink;

/* Takes one datagram, borrowed for the call. */
typedef void datagram_sink(void *context, const struct datagram *);

/* A sink for sockets on which nothing but answers is awaited. */
void datagram_ignore(void *context, const struct datagram *);

/*
 * Opens a NETLINK_AUDIT socket that is a member of `groups` (a bit each; 0 for none), closed on
 * exec. NULL with a sentence.
 */
struct netlink *netlink_open(uint32_t groups, struct error *);

/* Takes over a socket that is open. A sender without a netlink address (socketpair) is believed. */
struct netlink *netlink_attach(int fd);
void netlink_close(struct netlink *);

int netlink_fd(const struct netlink *);

/*
 * Asks for a receive buffer that holds `bytes`, as root beyond net.core.rmem_max. Returns what it
 * holds now.
 */
uint32_t netlink_grow(struct netlink *, uint32_t bytes);

/* Bytes of the receive buffer that wait to be read, as the kernel accounts them. */
uint32_t netlink_waiting(const struct netlink *);

/*
 * Sends a request that wants an acknowledgement; its `sequence` (never 0) comes back with each
 * answer. 0, -EMSGSIZE for more than NETLINK_PAYLOAD, or another negative errno.
 */
int netlink_send(struct netlink *, uint16_t type, struct span payload, uint32_t *sequence);

/*
 * Receives at most NETLINK_BATCH datagrams and hands on those the kernel sent. Returns how many
 * were received (fewer than NETLINK_BATCH: that was all for now), 0 when nothing waits, -ENOBUFS
 * when the kernel had found the buffer full (counted; go on reading), or another negative errno.
 */
int netlink_receive(struct netlink *, datagram_sink *, void *context);

const struct netlink_stats *netlink_stats(const struct netlink *);
