/*
 * logfile.h - the source of replay: audit logs and captures, read one after another.
 *
 *     struct logfile *logs = logfile_open(paths, count, log, err);
 *     while ((status = logfile_read(logs, assembler_take, assembler, err)) != LOGFILE_END) {
 *         if (status < 0)
 *             ... say why, and go on with the next file or give up ...
 *         if (status < 0 || status == LOGFILE_NEW_FILE)
 *             assembler_new_file(assembler);
 *     }
 *
 * A path is an audit.log (RAW or ENRICHED) or a capture (capture.h), plain or packed with gzip or
 * zstd, all recognised by their first bytes; "-" is standard input. Owned by its opener.
 */
#pragma once

#include "base/error.h"
#include "base/log.h"
#include "kernel/source.h"

enum {
    LOGFILE_LINE_MAX = 8 << 20, /* bytes of a line; a longer one is counted and left out */
    LOGFILE_REPORTED = 5        /* bad lines of a file that are reported one by one */
};

enum logfile_status {
    LOGFILE_END = 0,     /* nothing is left; all further calls say so too */
    LOGFILE_MORE = 1,    /* call again */
    LOGFILE_NEW_FILE = 2 /* the file ended; the next call begins another one */
};

/* lines = records + garbage + overlong + blank. A captured datagram counts as a line. */
struct logfile_stats {
    uint64_t lines, records;
    uint64_t garbage;   /* lines that are no records */
    uint64_t overlong;  /* lines over LOGFILE_LINE_MAX */
    uint64_t blank;     /* lines without anything; captured datagrams that are no records */
    uint64_t truncated; /* captured records that were cut when they were received */
    uint64_t text;      /* bytes, unpacked */
    uint64_t read;      /* bytes, as they are in the files */
    uint64_t total;     /* bytes of all files; 0 when one is no regular file */
};

struct logfile;

/*
 * Looks at all `count` paths, so that a misspelt one is said at once and not an hour later. Lines
 * that are no records, or whose record the sink finds malformed, are reported to `log` (borrowed,
 * may be NULL). NULL with a sentence.
 */
struct logfile *logfile_open(const char *const *paths, size_t count, const struct log *log,
                             struct error *);
void logfile_close(struct logfile *);

/*
 * Reads one block, hands its records to the sink and returns a logfile_status, or a negative errno
 * with a sentence that begins with the path when the file cannot be read further; all its records
 * up to there have been handed on. Never waits long: of a pipe it takes what is there, and after a
 * fifth of a second without anything, or at a signal, it returns LOGFILE_MORE.
 */
int logfile_read(struct logfile *, record_sink *, void *context, struct error *);

const struct logfile_stats *logfile_stats(const struct logfile *);
