/*
 * status.h - the state of the kernel's audit: who reads it, what it lost, how much waits.
 */
#pragma once

#include <linux/audit.h>

#include "kernel/request.h"

struct status {
    struct audit_status kernel; /* what an older kernel does not know is 0 */
    uint32_t known;             /* bytes of it that the kernel gave */
};

/* A request for the status (AUDIT_GET); status_parse reads its answer. */
void status_ask(struct request *);

/* Reads a status by the length the kernel gave: 0, or -EBADMSG when it is shorter than any was. */
int status_parse(struct span payload, struct status *);

/* Records lost between two looks at `lost`, which wraps and which somebody may have set to 0. */
uint32_t status_newly_lost(uint32_t before, uint32_t now);

/* Asks and waits: 0, or negative errno with a sentence. Records that arrive go to `others`. */
int status_get(struct netlink *, struct status *, datagram_sink *others, void *context,
               struct error *);

/*
 * A request to be the one whom the kernel sends records (`pid` is this process's), or to be so no
 * longer (0). `set` is the request's payload and must live until it is sent.
 */
void status_claim(struct request *, struct audit_status *set, uint32_t pid);

/*
 * Claims and waits: 0, also when this process held it already; or negative errno with a sentence
 * that names the holder.
 */
int status_set_pid(struct netlink *, uint32_t pid, datagram_sink *others, void *context,
                   struct error *);
