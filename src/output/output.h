/*
 * output.h - a named place where messages go: a queue, a sink, and what to do when the sink fails.
 *
 * Never stops its caller, unless it was asked to wait. What cannot be sent now waits in a bounded
 * queue; when that is full it is dropped, spooled or held back, as the settings say. accepted =
 * delivered + dropped + queued, at every moment. Messages leave in the order in which they came.
 *
 * All calls from the loop's thread.
 */
#pragma once

#include "output/breaker.h"
#include "output/histogram.h"
#include "output/kind.h"

enum drop_reason {
    DROP_FULL,     /* the queue was full */
    DROP_SPOOL,    /* the spool was full, or could not be written */
    DROP_ERROR,    /* laudit ended before it could be sent */
    DROP_RELOAD,   /* the output was changed or taken away by a reload */
    DROP_CLOSED,   /* the reader of standard output is gone */
    DROP_ATTEMPTS, /* tried as often as `retry.attempts` says */
    DROP_REJECTED, /* the other side will never take it; in the dead-letter file, if there is one */
    DROP_TOO_LONG, /* the transport cannot carry it */
    DROP_UNREAD,   /* nobody was there to take it */
    DROP_TRANSFORM, /* the output's transform failed */
    DROP_REASONS
};

enum when_full { FULL_DROP_OLDEST, FULL_DROP_NEWEST, FULL_SPOOL, FULL_HOLD };

struct output_stats {
    uint64_t accepted, delivered, queued; /* messages */
    uint64_t dropped[DROP_REASONS];       /* messages */
    uint64_t bytes;                       /* delivered */
    uint64_t queued_bytes;                /* in memory and in the spool */
    uint64_t peak, peak_bytes;            /* of queued, queued_bytes */
    uint64_t retried;                     /* messages sent once more */
    uint64_t again;   /* of these, and after a restart: may have arrived before */
    uint64_t skipped; /* transform said nothing for them; not accepted */
    uint64_t found;   /* accepted out of the spool of an earlier run */
    uint64_t spool_messages, spool_bytes, spool_torn, spool_damaged;
    uint64_t failures[2];     /* tries refused: ENOSPC, anything else (EIO ...) */
    uint64_t batches, opened; /* carried whole; times that the breaker opened */
    bool is_open;             /* the breaker, now */
    struct histogram latency; /* from acceptance to delivery */
    struct sink_counts sink;
};

struct output_settings {
    struct span name;
    const struct output_kind *kind;
    const void *options; /* the kind's settings */
    struct span text;    /* all options in one canonical text: what two outputs compare by */
    uint32_t queue_events, batch_events;
    uint64_t queue_bytes, batch_bytes; /* queue: bounds of what waits in memory */
    enum when_full when_full;
    struct {
        struct span path; /* folder */
        uint64_t bytes;
        bool syncs;
    } spool;
    double batch_s;
    struct breaker_settings breaker;
    double connect_timeout_s, send_timeout_s;
    struct span dead_letter; /* file for what is rejected; absent: none */
    uv_loop_t *loop;         /* NULL: everything is done at once */
    bool waits;              /* waits for a slow reader instead of dropping (replay) */
    int interrupt;           /* with waits: a descriptor that ends the wait when readable; or -1 */
};

/* Fills what is not the kind's: bounds, retries, time limits. */
void output_settings_default(struct output_settings *, const struct output_kind *);

struct output;

/*
 * Opens; NULL with a sentence. Keeps copies of what the settings point to; `log` is borrowed.
 */
struct output *output_open(const struct output_settings *, const struct log *, struct error *);

/*
 * Gives a file its owner and mode, takes the spool: the last step before something is taken.
 * Returns 0, or negative errno; then only output_abandon may follow.
 */
int output_settle(struct output *, struct error *);

/* Frees an output that has taken nothing and undoes what opening and settling it did. */
void output_abandon(struct output *);

/* True when messages should come in an envelope. */
bool output_wants_envelope(const struct output *);

/* Takes one message (`text` ends with '\n'), borrowed for the call. */
void output_take(struct output *, struct span text, const struct envelope *);

/*
 * The same without a copy: append one message to the buffer that output_begin returns, then say
 * with output_commit that it is whole, or with output_revert that it is none. Nothing else may be
 * called on this output in between.
 */
struct buffer *output_begin(struct output *);
void output_commit(struct output *, const struct envelope *);
void output_revert(struct output *);

/* Counts what a transform said nothing for, or failed at. */
void output_skip(struct output *);
void output_miss(struct output *);

/* Sends what is gathered, as far as batches are due. Call once a loop turn. */
void output_flush(struct output *);

/* Timers, retries, spool. Call about once a second, and when output_next_ms says. */
void output_tick(struct output *, uint64_t now_ms);

/* Sends what waits even if it failed a moment ago; SIGUSR1 and the end of a replay. */
void output_retry(struct output *);

/* Opens files anew (SIGUSR1). On failure the old one stays; returns negative errno. */
int output_reopen(struct output *, struct error *);

/* A reload has left it as it is: programs are told (SIGHUP). */
void output_reloaded(struct output *);

/* True when it starts programs, which the kernel would audit. */
bool output_starts_programs(const struct output *);

/* True once standard output takes no more: its reader is gone or, with `waits`, it failed. */
bool output_is_closed(const struct output *);

/* True while the source should not be read: the queue is full and `when_full` is hold. */
bool output_holds(const struct output *);

/* True when nothing waits, nothing is under way, and it is known what an earlier run left. */
bool output_is_idle(const struct output *);

/* The errno of the last try that failed; 0 when sending works. */
int output_failure(const struct output *);

/* True when `settings` say the same in every option, the name too. */
bool output_is_as(const struct output *, const struct output_settings *);

/* True when both write to the same place on this machine (a file, a spool): then they cannot live
 * side by side. */
bool output_shares_place(const struct output *, const struct output_settings *);

/* `fresh`, just opened at the same place, goes on with queue and counts of `old`, which ends. */
void output_inherit(struct output *fresh, struct output *old);

/* True while it may still inherit: it has nobody to wait for, and has not begun to end. */
bool output_may_inherit(const struct output *);

struct span output_name(const struct output *);

/* The folder of its spool; absent without one. */
struct span output_spool(const struct output *);

/* The name of its kind: "file". */
const char *output_type(const struct output *);

/* Up to date, with what sink and spool count. Lives until the next call. */
const struct output_stats *output_stats(struct output *);

void output_stats_add(struct output_stats *sum, const struct output_stats *more);

/* "full", "spool", "error", "reload" ... */
const char *drop_reason_name(enum drop_reason);

/* The output is gone and freed; `last` are its final counts, borrowed for the call. */
typedef void output_closed(void *context, struct span name, const struct output_stats *last);

/*
 * Sends what can be sent at once, counts what waits in memory as `reason` (what is spooled stays
 * in the spool), and frees when the loop has let go of everything: then `closed` is called, at once
 * where there is no loop. Nothing else may be called on it any more.
 */
void output_close(struct output *, enum drop_reason reason, output_closed *closed, void *context);
