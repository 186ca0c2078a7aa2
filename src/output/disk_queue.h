/*
 * disk_queue.h - an output's queue on disk: a spool that is worked on beside the loop.
 *
 * One piece of work at a time goes to a thread; what comes meanwhile waits in memory. Without a
 * loop all is done during the call. `changed` says that something may have become possible.
 */
#pragma once

#include <uv.h>

#include "output/spool.h"

struct disk_queue;

struct disk_queue_host {
    uv_loop_t *loop; /* may be NULL */
    const struct log *log;
    struct span name; /* of the output; lives as long */
    /* A batch can be taken, or work ended. */
    void (*changed)(void *context);
    /* This many messages could not be written and are lost. */
    void (*lost)(void *context, size_t messages, size_t bytes, const struct error *why);
    void *context;
};

/* The spool is opened when work is first done, and tried again while somebody else has its lock. */
struct disk_queue *disk_queue_new(const struct spool_settings *, const struct disk_queue_host *);

/* Takes the batch over, to be written. */
void disk_queue_put(struct disk_queue *, struct batch *);

/* The oldest batch, lent until disk_queue_done; NULL: none, or not yet: `changed` is called. */
struct batch *disk_queue_take(struct disk_queue *);

/* What was taken was tried: what still waits of it comes again, the rest is forgotten. */
void disk_queue_done(struct disk_queue *, struct batch *);

/* Tries again what failed: about once a second. */
void disk_queue_tick(struct disk_queue *);

/* Messages and bytes that were put and are not yet on disk. */
void disk_queue_in_memory(const struct disk_queue *, size_t *messages, size_t *bytes);

/* Messages and bytes, in memory or on disk, that wait behind what is lent. */
void disk_queue_behind(const struct disk_queue *, uint64_t *messages, uint64_t *bytes);

/* True while something is read or written in a thread. */
bool disk_queue_is_busy(const struct disk_queue *);

/* True when no message waits, in memory or on disk. */
bool disk_queue_is_empty(const struct disk_queue *);

/* True until the first look at what an earlier run left, if nothing stops it. */
bool disk_queue_is_opening(const struct disk_queue *);

struct spool_stats disk_queue_stats(const struct disk_queue *);

/* Writes what was put, then frees; `closed` is called when the loop has let go. */
void disk_queue_close(struct disk_queue *, void (*closed)(void *context), void *context);
