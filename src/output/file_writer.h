/*
 * file_writer.h - what the kind `file` does on the disk: writing, rotating, syncing, making room.
 *
 * Owned by the sink. Everything here may block; the sink calls from one thread at a time. What a
 * person should know of is logged once, until it changes.
 */
#pragma once

#include "output/file.h"
#include "output/sink.h"
#include "output/stream.h"

struct file_writer {
    struct file_settings settings; /* path points to `path` */
    char *path;
    const struct log *log;
    struct span name; /* of the output */
    struct stream stream;
    bool is_checked;      /* its end was looked at since it was opened */
    bool is_repaired;     /* and so were the older files */
    bool may_rotate;      /* nothing is being packed; set by the sink */
    uint64_t size;        /* of the file */
    int64_t period;       /* hour, day or week of the newest line */
    size_t begun;         /* bytes of the batch that went into earlier files */
    int64_t rotate_after; /* a rotation failed: not before this second */
    bool is_dirty;        /* something was written since the last sync */
    uint64_t synced_ms;   /* when that was; uv_hrtime */
    bool is_low;          /* less is free than should be: said */
    uint64_t rotations, torn;
};

int file_writer_open(struct file_writer *, const struct file_settings *, const struct sink_host *,
                     struct error *);

/* As sink_class.settle and .abandon; the writer is freed by the latter. */
int file_writer_settle(struct file_writer *, struct error *);
void file_writer_abandon(struct file_writer *);

/*
 * Writes what is left of the batch, into as many files as it takes. 0; -EAGAIN (a pipe): not now;
 * or another negative errno with a sentence. Then file_writer_end says what arrived.
 */
int file_writer_write(struct file_writer *, const struct batch *, struct error *);
void file_writer_end(struct file_writer *, struct batch *);

/* Is there something to do without a batch: a rotation by time, a sync? */
bool file_writer_is_due(const struct file_writer *);
void file_writer_tend(struct file_writer *);

/* Opens the path anew. On failure the old file stays. */
int file_writer_reopen(struct file_writer *, struct error *);

void file_writer_close(struct file_writer *);
