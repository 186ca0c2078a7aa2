/*
 * output_parts.h - what an output is made of. Private to output.c, delivery.c and output_end.c.
 */
#pragma once

#include "output/disk_queue.h"
#include "output/output.h"
#include "output/queue.h"

struct output {
    struct output_settings settings; /* spans point into `texts` */
    char *texts;
    struct span place; /* file that it writes; absent: none */
    const struct log *log;
    struct sink *sink;
    struct disk_queue *disk; /* NULL: the queue is in memory */
    struct batch *filling;   /* takes what comes */
    struct queue waiting;    /* whole batches; with a disk only while there is a predecessor */
    struct batch *sending;   /* lent to the sink */
    struct batch *spare;     /* an empty one, warm */
    struct breaker breaker;
    uint64_t sent_ns;        /* when `sending` went off */
    uint64_t spooled_ms;     /* since when the spool gathers; 0: until it is empty it need not */
    size_t resent;           /* messages at the head that were sent before */
    int failure;             /* errno, 0 when sending works */
    uint64_t lost;           /* messages dropped since sending began to fail */
    int dead_letter_failure; /* negative errno of the last write there */
    bool is_closed;          /* nothing will ever be taken again */
    bool is_pumping;
    bool is_burying;   /* dead letters of `sending` are being written */
    bool is_refused;   /* the last try came to nothing */
    bool is_impatient; /* do not wait for the batch's time */
    struct output_stats stats;
    struct output_stats before; /* what sinks and spools of predecessors counted; no other member */
    struct output_stats shown;  /* with those of a predecessor that is not over */
    struct spool_stats counted; /* of the spool, and in `stats` */
    uv_timer_t wake, watch;     /* a batch is due; a batch takes too long. With a loop only */

    /* The end. */
    struct output *heir;        /* goes on with what this one could not send */
    struct output *predecessor; /* ends first */
    bool is_ending, is_disk_closing, is_letting_go;
    bool is_abandoned; /* it has taken nothing */
    enum drop_reason reason;
    output_closed *closed;
    void *closed_context;
    unsigned held; /* by the loop: timers, sink, disk queue */
};

/* Sends as much as may be sent now. */
void delivery_pump(struct output *);

/* What is gathered becomes a batch that waits; nothing while a message is being appended. */
void delivery_close_batch(struct output *);

/* The sink's answer: a sink_done. */
void delivery_done(void *output, const struct outcome *);

/* What becomes of the batch under way, once its dead letters are written. */
void delivery_settle(struct output *, const struct outcome *);

/* Counts messages that are gone. */
void delivery_drop(struct output *, size_t messages, size_t bytes, enum drop_reason);

/* Everything that waits in memory is gone. */
void delivery_drop_all(struct output *, enum drop_reason);

/* Sets queued_bytes of an output that spools: those found in the spool were never taken. */
void output_weigh(struct output *);

/* Milliseconds of a clock that only goes forward. */
uint64_t delivery_now_ms(void);

/* Goes on with the end once nothing is under way. */
void output_end_step(struct output *);
