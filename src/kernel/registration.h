/*
 * registration.h - our place as the one whom the kernel sends its audit records.
 *
 * Takes it, looks after it, gives it back. It asks the kernel for its status without waiting, so
 * what the kernel has lost is known here too. Plain memory, part of the live source.
 */
#pragma once

#include "base/log.h"
#include "kernel/status.h"

struct registration {
    struct netlink *netlink; /* borrowed */
    const struct log *log;   /* borrowed; may be NULL */
    bool is_wanted;          /* unicast; else we only read along */
    bool is_ours;            /* as far as we know */
    bool is_mute;            /* we may not ask the kernel (no CAP_AUDIT_CONTROL) */
    bool has_told;           /* a rival or a loss was logged since the last look */

    struct request ask, claim; /* under way */
    struct audit_status set;   /* the claim's payload */

    bool is_known;        /* the kernel has answered */
    struct status status; /* its newest answer */
    uint64_t lost;        /* records the kernel lost since registration_take */
    uint64_t retaken;
};

/*
 * Asks for the status and, when `is_wanted`, registers this process; waits for both. Datagrams
 * that come first go to `others`. 0, or negative errno with a sentence; then nothing is registered.
 */
int registration_take(struct registration *, datagram_sink *others, void *context, struct error *);

/* Asks for the status and waits. 0, or negative errno with a sentence. */
int registration_poll(struct registration *, datagram_sink *others, void *context, struct error *);

/* Gives the place back and waits, if it is ours. 0, or negative errno with a sentence when nobody
 * knows whether that worked. */
int registration_release(struct registration *, datagram_sink *others, void *context,
                         struct error *);

/* Asks for the status without waiting; nothing when a question is open and `again` is false. */
void registration_look(struct registration *, bool again);

/* Takes an answer of the kernel: a place that was lost is claimed again. */
void registration_answer(struct registration *, const struct message *);

/* Somebody tried to take our place; the kernel asked whether we live. */
void registration_rival(struct registration *, uint32_t pid);
