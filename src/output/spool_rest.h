/*
 * spool_rest.h - what is left of the frame that was delivered in part.
 *
 * Stands in a file of its own beside the segments, in their format, and counts in place of the
 * frame with its serial.
 */
#pragma once

#include "output/spool_frame.h"

struct spool_rest {
    uint64_t serial; /* of the frame; 0: there is no rest */
    struct batch *batch;
    bool is_stored;
};

/* Reads what the folder has, if anything; what cannot be believed is none. */
void spool_rest_load(struct spool_rest *, int folder);

/* Keeps the messages of the batch that wait. A negative errno: it is kept, but not in the folder.
 */
int spool_rest_keep(struct spool_rest *, int folder, const struct batch *, uint64_t serial,
                    bool syncs);

void spool_rest_forget(struct spool_rest *, int folder);
void spool_rest_free(struct spool_rest *);

/* Appends the messages of `from` that wait. */
void spool_rest_copy(const struct batch *from, struct batch *to);
