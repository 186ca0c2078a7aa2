/*
 * unix_reader.h - one that reads from a unix socket, and what it has not taken yet.
 */
#pragma once

#include <uv.h>

#include "base/buffer.h"

struct unix_reader;

/* It is gone: `why` says it, "is too slow" or "has gone". Its owner closes it. */
typedef void unix_reader_gone(void *context, struct unix_reader *, const char *why, bool is_slow);

/* Takes the connected descriptor. NULL when the loop refuses it; then it is closed. */
struct unix_reader *unix_reader_new(uv_loop_t *, int fd, size_t queue_bytes, unix_reader_gone *,
                                    void *context);

/* Whole lines, borrowed for the call. What does not fit makes it gone: its queue is full. */
void unix_reader_take(struct unix_reader *, struct span lines);

/* Bytes that it was to have and has not taken. */
size_t unix_reader_waiting(const struct unix_reader *);

int unix_reader_pid(const struct unix_reader *);

/* Ends the connection without a call of `gone`; `closed` is called when the loop has let go. */
void unix_reader_close(struct unix_reader *, void (*closed)(void *context), void *context);

/* For its owner's list. */
struct unix_reader *unix_reader_next(const struct unix_reader *);
void unix_reader_link(struct unix_reader *, struct unix_reader *next);
