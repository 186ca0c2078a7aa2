/*
 * unpack.h - the bytes of a file as they were before somebody compressed it.
 *
 * gzip and zstd are recognised by their first bytes, whatever the file is called; several members
 * or frames in a row are one text. Owned by its opener.
 */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "base/span.h"

struct unpacker;

/* Opens a file, or standard input for "-". NULL with a sentence that does not name the path. */
struct unpacker *unpacker_open(const char *path, struct error *);
void unpacker_close(struct unpacker *);

/*
 * Reads up to `room` (> 0) bytes. Returns their number, 0 at the end, or a negative errno with a
 * sentence: -EBADMSG when compressed data is damaged or ends too early; what was good before has
 * been handed out by then. Of a pipe it reads what is there; -EAGAIN (no sentence) when nothing
 * came within UNPACK_PATIENCE or a signal arrived: a chance for the caller to look around.
 */
ssize_t unpacker_read(struct unpacker *, char *out, size_t room, struct error *);

enum { UNPACK_PATIENCE = 200 /* ms */ };

/* Bytes of the file read so far, compressed as they are there. */
uint64_t unpacker_consumed(const struct unpacker *);
