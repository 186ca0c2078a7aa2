/*
 * spool.h - messages on disk until they are delivered: what a queue is when memory will not do.
 *
 * A folder of segment files, each with a header and checksummed frames (a frame is one batch), read
 * in the order in which they were written, over restarts. Owned by one output; a lock keeps every
 * other process away. All calls block on the disk: make them from a thread of uv_queue_work, one at
 * a time. Nothing is synced to the platter: what was written survives the end of laudit, kill -9
 * too, but not the machine's; `sync` asks for that.
 */
#pragma once

#include "base/log.h"
#include "output/batch.h"

enum {
    SPOOL_SEGMENT = 8 << 20,       /* bytes after which another segment is begun */
    SPOOL_FRAME_LONGEST = 64 << 20 /* bytes of a frame that is believed */
};

struct spool_settings {
    struct span path; /* folder; made (0700) if it is not there, with the folders above it */
    uint64_t bytes;   /* bound of all segments together */
    bool syncs;       /* fdatasync behind each append */
};

struct spool_stats {
    uint64_t messages, bytes; /* that wait: not acknowledged */
    uint64_t found;           /* messages that were there when it was opened */
    uint64_t again;           /* of these: handed out before, outcome unknown: may arrive twice */
    uint64_t torn_bytes;      /* cut off the end of a segment that was written in part */
    uint64_t damaged_frames;  /* whose checksum was wrong; skipped, what they held is lost */
};

struct spool;

/*
 * Opens the folder and looks at every frame. -EWOULDBLOCK (in `err->code`) while another process or
 * output has the lock. NULL with a sentence.
 */
struct spool *spool_open(const struct spool_settings *, const struct log *, struct error *);

/*
 * Writes all messages of the batch that wait, as one frame. 0; -ENOSPC (in words too) when that
 * would exceed the bound, or another negative errno: then nothing was written.
 */
int spool_append(struct spool *, const struct batch *, struct error *);

/*
 * Fills `batch` (cleared first) with the oldest frame that was not read yet, and remembers on disk
 * that it is handed out. 1; 0 when all was read; or a negative errno with a sentence.
 */
int spool_read(struct spool *, struct batch *, struct error *);

/* Everything read so far has its fate: forgets it and deletes segments that are done with. */
int spool_acknowledge(struct spool *, struct error *);

/*
 * What was read last is to be read again, but only the messages of `batch` that still wait: the
 * others have their fates. `batch` is what spool_read filled.
 */
int spool_return(struct spool *, const struct batch *, struct error *);

const struct spool_stats *spool_stats(const struct spool *);

/* What was handed out without an answer counts as unknown at the next opening. */
void spool_close(struct spool *);
