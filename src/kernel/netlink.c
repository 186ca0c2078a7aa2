#include "kernel/netlink.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "kernel/refusal.h"

struct netlink {
    int fd;
    uint32_t sequence; /* of the newest request */
    struct netlink_stats stats;
    struct mmsghdr headers[NETLINK_BATCH];
    struct iovec places[NETLINK_BATCH];
    struct sockaddr_nl senders[NETLINK_BATCH];
    char room[NETLINK_BATCH][NETLINK_ROOM]; /* pages nobody wrote to take no memory */
};

void datagram_ignore(void *context, const struct datagram *datagram)
{
    (void)context;
    (void)datagram;
}

struct netlink *netlink_open(uint32_t groups, struct error *err)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_AUDIT);
    struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };

    if (fd < 0) {
        refusal_explain(err, -errno, "cannot open the audit socket", 0);
        return NULL;
    }
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        refusal_explain(err, -errno, "cannot bind the audit socket", 0);
        close(fd);
        return NULL;
    }
    return netlink_attach(fd);
}

struct netlink *netlink_attach(int fd)
{
    struct netlink *netlink = calloc(1, sizeof *netlink);

    if (netlink == NULL)
        abort();
    netlink->fd = fd;
    for (size_t i = 0; i < NETLINK_BATCH; i++) {
        netlink->places[i] = (struct iovec){ netlink->room[i], NETLINK_ROOM };
        netlink->headers[i].msg_hdr.msg_iov = &netlink->places[i];
        netlink->headers[i].msg_hdr.msg_iovlen = 1;
        netlink->headers[i].msg_hdr.msg_name = &netlink->senders[i];
    }
    return netlink;
}

void netlink_close(struct netlink *netlink)
{
    if (netlink == NULL)
        return;
    close(netlink->fd);
    free(netlink);
}

int netlink_fd(const struct netlink *netlink)
{
    return netlink->fd;
}

uint32_t netlink_grow(struct netlink *netlink, uint32_t bytes)
{
    int half = (int)(bytes / 2); /* the kernel doubles what is asked for (socket(7)) */
    int holds = 0;
    socklen_t size = sizeof holds;

    if (setsockopt(netlink->fd, SOL_SOCKET, SO_RCVBUFFORCE, &half, sizeof half) != 0)
        setsockopt(netlink->fd, SOL_SOCKET, SO_RCVBUF, &half, sizeof half);
    getsockopt(netlink->fd, SOL_SOCKET, SO_RCVBUF, &holds, &size);
    return (uint32_t)holds;
}

uint32_t netlink_waiting(const struct netlink *netlink)
{
    uint32_t memory[SK_MEMINFO_VARS] = { 0 };
    socklen_t size = sizeof memory;

    if (getsockopt(netlink->fd, SOL_SOCKET, SO_MEMINFO, memory, &size) != 0)
        return 0;
    return memory[SK_MEMINFO_RMEM_ALLOC];
}

int netlink_send(struct netlink *netlink, uint16_t type, struct span payload, uint32_t *sequence)
{
    if (payload.len > NETLINK_PAYLOAD)
        return -EMSGSIZE;
    if (++netlink->sequence == 0)
        netlink->sequence = 1;

    struct nlmsghdr header = { .nlmsg_len = (uint32_t)NLMSG_LENGTH(payload.len),
                               .nlmsg_type = type,
                               .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
                               .nlmsg_seq = netlink->sequence };
    struct iovec parts[] = { { &header, sizeof header },
                             { (char *)(uintptr_t)payload.data, payload.len } };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 }; /* to pid 0 */
    ssize_t sent;

    do
        sent = sendmsg(netlink->fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return -errno;
    *sequence = netlink->sequence;
    return 0;
}

static void hand_on(struct netlink *netlink, int count, datagram_sink *sink, void *context)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    for (int i = 0; i < count; i++) {
        const struct mmsghdr *header = &netlink->headers[i];
        const struct sockaddr_nl *sender = &netlink->senders[i];
        struct datagram datagram = {
            .bytes = { netlink->room[i], header->msg_len },
            .truncated = (header->msg_hdr.msg_flags & MSG_TRUNC) != 0,
            .arrival_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec,
        };

        if (header->msg_hdr.msg_namelen >= sizeof *sender && sender->nl_pid != 0) {
            netlink->stats.foreign++;
            continue;
        }
        netlink->stats.datagrams++;
        netlink->stats.truncated += datagram.truncated;
        sink(context, &datagram);
    }
}

int netlink_receive(struct netlink *netlink, datagram_sink *sink, void *context)
{
    int count;

    for (size_t i = 0; i < NETLINK_BATCH; i++)
        netlink->headers[i].msg_hdr.msg_namelen = sizeof netlink->senders[i];
    do
        count = recvmmsg(netlink->fd, netlink->headers, NETLINK_BATCH, MSG_DONTWAIT, NULL);
    while (count < 0 && errno == EINTR);

    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    if (count < 0) {
        netlink->stats.enobufs += errno == ENOBUFS;
        return -errno;
    }
    hand_on(netlink, count, sink, context);
    return count;
}

const struct netlink_stats *netlink_stats(const struct netlink *netlink)
{
    return &netlink->stats;
}
