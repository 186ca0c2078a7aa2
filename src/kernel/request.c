#include "kernel/request.h"

#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <time.h>

int request_send(struct request *request, struct netlink *netlink)
{
    request->is_acknowledged = request->has_reply = false;
    return netlink_send(netlink, request->type, request->payload, &request->sequence);
}

static void keep_reply(struct request *request, struct span payload)
{
    size_t len = payload.len < sizeof request->reply ? payload.len : sizeof request->reply;

    memcpy(request->reply, payload.data, len);
    request->reply_len = (uint32_t)len;
    request->has_reply = true;
}

bool request_take(struct request *request, const struct message *message)
{
    if (request->sequence == 0 || message->sequence != request->sequence)
        return false;
    if (message->type == NLMSG_ERROR && message->payload.len >= sizeof request->code) {
        memcpy(&request->code, message->payload.data, sizeof request->code);
        request->is_acknowledged = true;
        return true;
    }
    if (message->type == NLMSG_DONE && request->part != NULL) {
        request->has_reply = true;
        return true;
    }
    if (message->type != request->reply_type || message->type == 0)
        return false;
    if (request->part == NULL)
        keep_reply(request, message->payload);
    else if (!request->has_reply)
        request->part(request->part_context, message->payload);
    return true;
}

bool request_is_done(const struct request *request)
{
    if (!request->is_acknowledged)
        return false;
    return request->code < 0 || request->reply_type == 0 || request->has_reply;
}

struct waiting {
    struct request *request;
    datagram_sink *others;
    void *context;
};

static void on_datagram(void *context, const struct datagram *datagram)
{
    struct waiting *waiting = context;
    struct message message;

    if (message_parse(datagram, &message) != 0 || !message_is_answer(&message) ||
        !request_take(waiting->request, &message))
        waiting->others(waiting->context, datagram);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads what is there. 0, -ENOBUFS when an answer may be lost, or another negative errno. */
static int read_all(struct netlink *netlink, struct waiting *waiting)
{
    bool is_full = false;

    /* bounded: a kernel that sends faster than we read must not keep us from looking at the time */
    for (int i = 0; i < 64 && !request_is_done(waiting->request); i++) {
        int count = netlink_receive(netlink, on_datagram, waiting);

        if (count == 0)
            break;
        if (count < 0 && count != -ENOBUFS)
            return count;
        is_full = is_full || count == -ENOBUFS;
    }
    return is_full ? -ENOBUFS : 0;
}

int request_run(struct request *request, struct netlink *netlink, datagram_sink *others,
                void *context)
{
    struct waiting waiting = { request, others, context };
    int64_t deadline = now_ms() + REQUEST_PATIENCE;
    int status = read_all(netlink, &waiting); /* make place for the answer */

    if (status == 0 || status == -ENOBUFS)
        status = request_send(request, netlink);
    while (status == 0 && !request_is_done(request)) {
        struct pollfd ready = { .fd = netlink_fd(netlink), .events = POLLIN };

        poll(&ready, 1, 100);
        status = read_all(netlink, &waiting);
        if (status == -ENOBUFS && !request->is_once)
            status = request_is_done(request) ? 0 : request_send(request, netlink);
        if (status == 0 && !request_is_done(request) && now_ms() >= deadline)
            status = -ETIMEDOUT;
    }
    return status != 0 ? status : request->code;
}
