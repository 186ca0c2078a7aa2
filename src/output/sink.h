/*
 * sink.h - what carries batches to the other side: one kind of output each (kind.h).
 *
 * Owned by its output. A sink is given one batch at a time, carries it in order and answers with
 * `done` exactly once, during the call or later, from the loop's thread. It never blocks the loop:
 * what can block is done with uv_queue_work. It neither queues nor retries nor logs failures: that
 * is its output's (output.h).
 */
#pragma once

#include <uv.h>

#include "base/log.h"
#include "output/batch.h"

/* The end of a try to carry a batch. Messages have their fates; what still waits is tried again. */
struct outcome {
    int code; /* 0: if some were carried, the others are to be sent at once; or a negative errno:
                 nothing could be carried beyond those with a fate */
    const char *why; /* a sentence without a full stop, borrowed for the call; NULL: strerror */
    double wait_s;   /* the other side asks for this much patience; 0 when it says nothing */
    bool is_unknown; /* some of those that wait may have arrived: sending them again may double them
                      */
    bool is_closed;  /* nothing will ever be taken again (a reader that is gone for good) */
};

typedef void sink_done(void *context, const struct outcome *);

/* What every sink is born with; filled by the output and kept as the sink's first member. */
struct sink_host {
    uv_loop_t *loop; /* NULL: nobody turns a loop; files and standard output work at once then */
    const struct log *log;
    struct span name;         /* the output's; lives as long as the sink */
    double connect_timeout_s; /* for the sink to keep; the whole try is watched by the output */
    bool is_patient;          /* waits for a slow reader: replay */
    int interrupt; /* with is_patient: a descriptor that ends the wait when readable; -1 */
    sink_done *done;
    void *context;
};

/* What a kind may count besides messages; see sink_class.count. Zero where it has no meaning. */
struct sink_counts {
    uint64_t connections;  /* made, or programs started */
    uint64_t failures;     /* of these */
    uint64_t repeated;     /* exec: messages that a dead program had read, sent again */
    uint64_t readers;      /* unix: now */
    uint64_t readers_lost; /* unix: dropped because they were slow */
    uint64_t rotations;    /* file */
    uint64_t torn;         /* file: lines cut at the start because they were written in part */
    uint64_t cut;          /* messages shortened to what the transport carries */
    uint64_t dead_letters; /* written to the dead-letter file */
};

struct sink;

typedef void sink_closed(void *context);

struct sink_class {
    /* Carries what waits in the batch, which stays the caller's and is lent until `done`. */
    void (*send)(struct sink *, struct batch *);
    /* The batch took too long, or laudit ends: let go of it soon; `done` is still to be called
     * (-ETIMEDOUT or what is known by then). NULL where send always ends by itself at once. */
    void (*cancel)(struct sink *);
    /* About once a second: rotation, certificates that changed, idle connections. May be NULL. */
    void (*tick)(struct sink *, uint64_t now_ms);
    /* SIGUSR1: opens the file anew. On failure all stays as it was. NULL: nothing to do. */
    int (*reopen)(struct sink *, struct error *);
    /* A reload of laudit has left the output as it is. NULL: nothing to do. */
    void (*reloaded)(struct sink *);
    /* Gives what opening made its owner and mode: the last step before something is carried. NULL:
     * nothing to do. After a failure only `abandon` follows. */
    int (*settle)(struct sink *, struct error *);
    /* Frees a sink that has carried nothing and undoes what opening did. NULL: as `close`. */
    void (*abandon)(struct sink *);
    /* `old`, of the same class, is about to be closed, and what it could not carry comes to
     * `fresh`: a line that was begun is finished. NULL: nothing to do. */
    void (*inherit)(struct sink *fresh, struct sink *old);
    /* No batch is under way. Ends connections and frees the sink; `closed` (may be NULL) is called
     * when the loop has let go of everything, at once where there is nothing to let go of. */
    void (*close)(struct sink *, sink_closed *closed, void *context);
    /* Adds the counters that only this kind has, for metrics and the ledger. May be NULL. */
    void (*count)(const struct sink *, struct sink_counts *);
};

/* The first member of every sink. */
struct sink {
    const struct sink_class *class;
    struct sink_host host;
};

/* Ends a try: everything that waits was delivered. */
void sink_delivered(struct sink *, struct batch *);

/* Ends a try that failed; `why` may be NULL. */
void sink_failed(struct sink *, int code, const char *why);
