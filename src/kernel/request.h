/*
 * request.h - one question to the kernel and what became of it.
 *
 * Answers are told from records, and from answers to others, by their sequence number; what is not
 * for this request stays with the caller. Plain memory: set the first three members, the rest zero.
 */
#pragma once

#include "kernel/netlink.h"

enum {
    REQUEST_REPLY_MAX = 256, /* bytes kept of a reply */
    REQUEST_PATIENCE = 3000  /* ms that request_run waits */
};

struct request {
    uint16_t type;
    uint16_t reply_type; /* awaited beside the acknowledgement; 0 for none */
    struct span payload; /* borrowed until it is sent */

    uint32_t sequence; /* 0 before it is sent */
    bool is_acknowledged, has_reply;
    int code; /* the acknowledgement's: negative errno, 0, or a positive answer */
    uint32_t reply_len;
    char reply[REQUEST_REPLY_MAX];
};

/* Sends it (once more, when it was sent before): 0, or negative errno. */
int request_send(struct request *, struct netlink *);

/* True when the message answers this request; it is noted then. */
bool request_take(struct request *, const struct message *);

/* All that was awaited has come, or the kernel refused. */
bool request_is_done(const struct request *);

/*
 * Sends it and waits until it is done; datagrams that are not for it go to `others` as they come.
 * It is sent again when the kernel found our buffer full, for an answer may have been lost then: so
 * it must be one that may be repeated. Returns its code, -ETIMEDOUT, or another negative errno.
 */
int request_run(struct request *, struct netlink *, datagram_sink *others, void *context);
