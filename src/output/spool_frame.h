/*
 * spool_frame.h - one batch as bytes of a spool: a head with checksums, then all messages.
 *
 * What is read back is checked before it is believed, lengths before anything is allocated for
 * them. In the machine's own byte order: a spool stays where it was written.
 */
#pragma once

#include <sys/uio.h>

#include "output/batch.h"

enum {
    SPOOL_FRAME_LONGEST = 64 << 20, /* bytes of a frame that is written and believed */
    SPOOL_FRAME_PIECES = 3
};

struct spool_frame_head {
    uint64_t salt;    /* of the segment: no message can look like a head */
    uint64_t serial;  /* of the frame in the spool; grows, from 1 */
    uint32_t len;     /* bytes behind the head */
    uint32_t count;   /* messages */
    uint32_t payload; /* checksum of these bytes */
    uint32_t own;     /* checksum of all above */
};

/* What a frame is made with; kept for the next one. Zero at first. */
struct spool_frame {
    struct spool_frame_head head;
    struct buffer table;  /* the head, then two lengths of each message */
    struct buffer bodies; /* only where a batch is written in part */
    struct buffer facts;
    struct iovec pieces[SPOOL_FRAME_PIECES]; /* of the whole frame; borrowed */
    size_t size;                             /* of the whole frame */
};

void spool_frame_free(struct spool_frame *);

/* Puts the messages that wait together. 0, or -EMSGSIZE when that would be too long. */
int spool_frame_pack(struct spool_frame *, const struct batch *, uint64_t salt, uint64_t serial);

/* Is this the head of a frame with at most `room` bytes behind the head? */
bool spool_frame_is_head(const struct spool_frame_head *, uint64_t salt, size_t room);

/* Is this what the head was written for? */
bool spool_frame_is_whole(const struct spool_frame_head *, struct span payload);

/* Fills the batch (cleared first). 0, or -EBADMSG and the batch is empty. */
int spool_frame_unpack(const struct spool_frame_head *, struct span payload, struct batch *);
