/*
 * spool.h - messages on disk until they are delivered: what a queue is when memory will not do.
 *
 * A folder of segment files, each with a header and checksummed frames (a frame is one batch), read
 * in the order in which they were written, over restarts. Owned by one output; a lock on the folder
 * keeps every other output and process away. All calls block on the disk: make them from a thread
 * of uv_queue_work, one at a time. What was appended survives the end of laudit, kill -9 too, but
 * not the machine's; `syncs` asks for that.
 *
 * At least once: what was handed out and not acknowledged is handed out again after a restart, and
 * counted as `again`.
 */
#pragma once

#include "base/log.h"
#include "output/spool_frame.h"

enum {
    SPOOL_SEGMENT = 8 << 20,        /* bytes after which another segment is begun, */
    SPOOL_SEGMENT_LEAST = 64 << 10, /* or a 16th of the bound, but not less than this */
    SPOOL_SEGMENTS = 1 << 16        /* that are looked at; with more the spool is not opened */
};

struct spool_settings {
    struct span path;     /* folder; made (0700) if it is not there, with the folders above it */
    uint64_t bytes;       /* bound of all segments together */
    bool syncs;           /* fdatasync behind each append, and before a frame is handed out */
    size_t read_messages; /* what spool_read makes of small frames at the most; 0: each alone */
    uint64_t read_bytes;
};

struct spool_stats {
    uint64_t messages, bytes; /* that wait: not acknowledged; bytes of their frames */
    uint64_t file_bytes;      /* of all segments: what the bound is for */
    uint64_t found;           /* messages that were there when it was opened */
    uint64_t again;           /* of these: handed out before, outcome unknown: may arrive twice */
    uint64_t torn_bytes;      /* cut off the end of a segment that was written in part */
    uint64_t damaged_frames;  /* that cannot be believed; skipped, what they held is lost */
    uint64_t lost;            /* messages that waited, in frames damaged since: wait no more */
};

struct spool;

/*
 * Opens the folder, looks at every frame, cuts torn ends off. -EWOULDBLOCK (in `err->code`) while
 * another process or output has the lock; -EPERM when somebody else could write to the folder.
 * NULL with a sentence. Keeps a copy of the settings; `log` is borrowed.
 */
struct spool *spool_open(const struct spool_settings *, const struct log *, struct error *);

/*
 * Writes all messages of the batch that wait, as one frame. 0; -ENOSPC (in words too) when that
 * would exceed the bound or the disk is full; -EMSGSIZE when they are more than
 * SPOOL_FRAME_LONGEST; or another negative errno: then nothing was written.
 */
int spool_append(struct spool *, const struct batch *, struct error *);

/*
 * Fills `batch` (cleared first) with the oldest frame that was not read yet, and with those behind
 * it as far as the settings allow, and remembers on disk that they are handed out. 1; 0 when all
 * was read; or a negative errno with a sentence: then it may be tried again.
 */
int spool_read(struct spool *, struct batch *, struct error *);

/*
 * Everything read so far, but for what was returned, has its fate: forgets it and deletes segments
 * that are done with. A negative errno: it is forgotten, but not on disk: after a kill it would be
 * handed out again, and counted. The next call writes that down too.
 */
int spool_acknowledge(struct spool *, struct error *);

/*
 * What was read last is to be read again, but only the messages of `batch` that still wait: the
 * others, also those that were taken out of it, have their fates. `batch` is what spool_read
 * filled; nothing was read or acknowledged since. With spool_return those may have
 * arrived: after a restart they count as `again`; with spool_return_unsent they did not. 0, or a
 * negative errno: it is returned, but not on disk; another call would do nothing.
 */
int spool_return(struct spool *, const struct batch *, struct error *);
int spool_return_unsent(struct spool *, const struct batch *, struct error *);

/* Not while another thread calls. */
const struct spool_stats *spool_stats(const struct spool *);

/* What was handed out without an answer counts as unknown at the next opening. */
void spool_close(struct spool *);
