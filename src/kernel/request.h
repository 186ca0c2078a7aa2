/*
 * request.h - one question to the kernel and what became of it.
 *
 * Answers are told from records, and from answers to others, by their sequence number; what is not
 * for this request stays with the caller. Plain memory: set the members above the blank line that
 * are needed, the rest zero.
 */
#pragma once

#include "kernel/netlink.h"

enum {
    REQUEST_REPLY_MAX = 4096, /* bytes kept of a reply in one message */
    REQUEST_PATIENCE = 3000   /* ms that request_run waits */
};

/* Takes one part of a reply, borrowed for the call. */
typedef void request_part(void *context, struct span payload);

struct request {
    uint16_t type;
    uint16_t reply_type; /* awaited beside the acknowledgement; 0 for none */
    struct span payload; /* borrowed until it is sent */
    bool is_once;        /* request_run must not send it again */
    request_part *part;  /* takes a reply of many parts, of any length, until its end; else NULL */
    void *part_context;

    uint32_t sequence;               /* 0 before it is sent */
    bool is_acknowledged, has_reply; /* all of it */
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
 * When the kernel found our buffer full an answer may have been lost: then it is sent again, or,
 * with `is_once`, -ENOBUFS is returned. Returns its code, -ETIMEDOUT, or another negative errno.
 */
int request_run(struct request *, struct netlink *, datagram_sink *others, void *context);
