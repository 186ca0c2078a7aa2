/*
 * stream.h - batches into a target: what files and standard output have in common.
 *
 * Writes messages as they stand, in big pieces. A line that was written in part is finished before
 * the next begins, or cut off the file again.
 */
#pragma once

#include "output/batch.h"
#include "output/target.h"

struct stream {
    struct target target;
    bool is_torn;        /* it ends within a line that nobody goes on with */
    size_t sent;         /* bytes of the batch under way that were written */
    struct buffer begun; /* of a message that could not be taken back: written, not the end of it */
};

/* Writes what is left of the batch up to `end`, where a message ends. 0 when all is written;
 * -EAGAIN: not now, go on later with the same batch; another negative errno: what was written of it
 * is known to stream_end. */
int stream_write(struct stream *, const struct batch *, size_t end);

/*
 * The batch is over, whole or not: whole messages that were written are delivered. A part of one is
 * taken back, or, where that cannot be (a pipe), gone on with when the next batch begins with it.
 */
void stream_end(struct stream *, struct batch *);

/* `fresh` was not written to yet, and `old` will not be any more: a line that was begun in a pipe
 * which both write to is finished. */
void stream_inherit(struct stream *fresh, struct stream *old);

/* Closes the target; see target_close. */
int stream_close(struct stream *);
