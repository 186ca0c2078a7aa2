/*
 * output.h - a named place where bytes go.
 *
 * Takes whole lines, gathers them and writes them in big pieces. Never stops its caller (unless it
 * was asked to wait): what cannot be written now waits in a bounded queue, what does not fit is
 * dropped and counted by reason. accepted = delivered + dropped + queued, at every moment.
 *
 * A line that was written in part is finished before the next begins; where that cannot be (the
 * file is closed, or opened anew), its beginning is cut off the file again. A file that was found
 * without a newline at its end gets one before the first line that is written to it.
 */
#pragma once

#include <sys/types.h>

#include "base/buffer.h"
#include "base/log.h"

enum drop_reason {
    DROP_FULL,   /* the queue was full */
    DROP_ERROR,  /* laudit ended while writing failed */
    DROP_RELOAD, /* the output was changed or taken away by a reload */
    DROP_CLOSED, /* the reader of standard output is gone */
    DROP_REASONS
};

enum { OUTPUT_QUEUE = 8 << 20 /* bytes that may wait by default */ };

struct output_stats {
    uint64_t accepted, delivered, queued; /* lines */
    uint64_t dropped[DROP_REASONS];       /* lines */
    uint64_t bytes;                       /* delivered, a line's beginning too */
    uint64_t failures[2];                 /* writes refused: ENOSPC, anything else (EIO ...) */
};

struct output_settings {
    struct span name;
    bool to_stdout;
    struct span path; /* file */
    mode_t mode;      /* given to a file that is made; with has_mode also to one that was there */
    bool has_mode;
    bool has_owner, has_group;
    uid_t uid;
    gid_t gid;
    size_t queue_bytes; /* bound of what waits; 0 means OUTPUT_QUEUE */
    bool waits;         /* waits for a slow reader instead of dropping (replay) */
    int interrupt;      /* with waits: a descriptor that ends the wait when it is readable; or -1 */
};

struct output;

/*
 * Opens; NULL with a sentence. Keeps copies of what the settings point to; `log` is borrowed. A
 * file that is missing is made, one that was there is left as it is.
 */
struct output *output_open(const struct output_settings *, const struct log *, struct error *);

/*
 * Gives the file owner and mode: the last step before something is taken. Returns 0, or negative
 * errno; then only output_abandon may follow.
 */
int output_settle(struct output *, struct error *);

/* Frees an output that has taken nothing and undoes what opening and settling it did. */
void output_abandon(struct output *);

/* Takes `lines` lines (`text` ends with '\n'), borrowed for the call. */
void output_take(struct output *, struct span text, unsigned lines);

/*
 * The same without a copy: append whole lines to the buffer that output_begin returns, then say
 * with output_commit how many they are. Nothing else may be called on this output in between.
 */
struct buffer *output_begin(struct output *);
void output_commit(struct output *, unsigned lines);

/* Writes what is gathered, unless writing has failed. Call once a loop turn. */
void output_flush(struct output *);

/* Writes what is gathered even if it failed before. Call about once a second. */
void output_retry(struct output *);

/* Closes and opens the file anew (SIGUSR1). On failure the old one stays; returns negative errno.
 */
int output_reopen(struct output *, struct error *);

/* True once standard output takes no more: its reader is gone or, with `waits`, it failed. */
bool output_is_closed(const struct output *);

/* True while a reader is too slow: output_flush should be called again soon. */
bool output_is_blocked(const struct output *);

/* The errno of the last write that failed; 0 when writing works. */
int output_failure(const struct output *);

/* True when `settings` would open the same place; with `exactly` also in the same way. */
bool output_is_as(const struct output *, const struct output_settings *, bool exactly);

/* `fresh`, just opened at the same place, goes on with queue and counts of `old`, which is freed.
 */
void output_inherit(struct output *fresh, struct output *old);

struct span output_name(const struct output *);
const struct output_stats *output_stats(const struct output *);

void output_stats_add(struct output_stats *sum, const struct output_stats *more);

/* "full", "error", "reload", "closed". */
const char *drop_reason_name(enum drop_reason);

/* Writes what it can, counts the rest as `reason`; `last` (may be NULL) gets the final counts. */
void output_close(struct output *, enum drop_reason reason, struct output_stats *last);
