/*
 * datagram.h - what one datagram of the audit socket holds: a record, or an answer to a request.
 *
 * Pure: bytes in, a message out that points into them.
 */
#pragma once

#include "kernel/source.h"

/* One datagram as it was received; the bytes are borrowed. */
struct datagram {
    struct span bytes;   /* netlink header and payload, in the host's byte order */
    uint32_t sender;     /* nl_pid; 0 is the kernel */
    bool truncated;      /* it was longer than the place it was received into */
    uint64_t arrival_ns; /* CLOCK_REALTIME */
};

struct message {
    uint16_t type;
    uint32_t sequence; /* of the request it answers; 0 for a record */
    struct span payload;
};

/*
 * Takes the netlink header off. The length is the datagram's own: unicast records say in nlmsg_len
 * how long their payload is, multicast ones and replies say it with the header (kernel/audit.c).
 * Returns 0, or -EBADMSG when there is no whole header or nlmsg_len promises more than came.
 */
int message_parse(const struct datagram *, struct message *);

/* An answer to a request (acknowledgement, AUDIT_GET, AUDIT_LIST_RULES ...), not a record. */
bool message_is_answer(const struct message *);

/* The pid of the process that tried to take our place (AUDIT_REPLACE); false for anything else. */
bool message_rival(const struct message *, uint32_t *pid);

/*
 * Makes a record of a message, with the newlines and NULs at its end taken off. False when it is
 * no record: an answer, AUDIT_REPLACE, or a type outside 1000-2999.
 */
bool message_record(const struct message *, uint64_t arrival_ns, struct record_text *);
