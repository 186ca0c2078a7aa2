/*
 * packer.h - turns messages into what a protocol (syslog, gelf) sends: made once for each output.
 *
 * Called by courier.h for one message after another, perhaps from another thread than the loop's,
 * but never two calls at a time.
 */
#pragma once

#include "output/cargo.h"

struct packer;

struct packer_class {
    /*
     * Appends the pieces of a message to the cargo. `limit`: the longest piece, 0 for a stream.
     * Returns FATE_WAITING when it has appended some; FATE_DELIVERED when there is nothing to send;
     * FATE_TOO_LONG, having appended none, when it cannot be made short enough. Counts in
     * `packer.cut` what it has shortened.
     */
    enum fate (*pack)(struct packer *, const struct batch *, size_t message, size_t limit,
                      struct cargo *);
    void (*free)(struct packer *);
    bool is_heavy; /* takes so long that it is not done on the loop: compression */
};

/* The first member of every packer. */
struct packer {
    const struct packer_class *class;
    uint64_t cut;
};
