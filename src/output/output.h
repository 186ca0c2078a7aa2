/*
 * output.h - a named place where bytes go.
 *
 * Takes whole lines. Never stops its caller: what cannot be written now waits in a bounded queue,
 * what does not fit is dropped and counted by reason. accepted = delivered + dropped + queued,
 * always.
 */
#pragma once

#include <sys/types.h>
#include <uv.h>

#include "base/log.h"
#include "base/span.h"

enum drop_reason { DROP_FULL, DROP_ERROR, DROP_RELOAD, DROP_CLOSED, DROP_REASONS };

struct output_stats {
    uint64_t accepted, delivered, queued; /* lines */
    uint64_t dropped[DROP_REASONS];       /* lines */
    uint64_t bytes;                       /* delivered */
    uint64_t failures[2];                 /* writes refused: ENOSPC, anything else (EIO ...) */
};

struct output_settings {
    struct span name;
    bool to_stdout;
    struct span path; /* file */
    mode_t mode;      /* default 0600 */
    bool has_owner;
    uid_t uid;
    gid_t gid;
    size_t queue_bytes; /* bound of what waits while writing fails; default 8 MiB */
};

struct output;

/* Opens; NULL with a sentence. */
struct output *output_open(const struct output_settings *, const struct log *, struct error *);

/* Takes `lines` lines (`text` ends with '\n'), borrowed for the call. */
void output_take(struct output *, struct span text, unsigned lines);

/* Writes what is gathered; tries again what failed. Call once a loop turn and about once a second.
 */
void output_flush(struct output *);

/* Closes and opens the file anew (SIGUSR1). On failure the old one stays; returns negative errno.
 */
int output_reopen(struct output *, struct error *);

/* True once stdout's reader is gone (EPIPE). */
bool output_is_closed(const struct output *);

struct span output_name(const struct output *);
const struct output_stats *output_stats(const struct output *);

/* Writes what it can, counts the rest as `reason`, gives everything back. */
void output_close(struct output *, enum drop_reason reason);
