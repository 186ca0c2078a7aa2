/*
 * target.h - the descriptor that an output's bytes end up in: a file, a pipe, a terminal.
 *
 * Owned by its output. Writing never blocks where the kernel can avoid it.
 */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "base/span.h"
#include "output/output.h"

struct target {
    int fd;
    bool is_regular;
    bool is_socket;
};

/*
 * Opens the path (append, never through a symbolic link) or standard output as `settings` say. A
 * file that was there is left as it is.
 */
int target_open(struct target *, const struct output_settings *, struct error *);

/* True when the file at `path` is the target's and its last byte is no newline. */
bool target_is_torn(const struct target *, const char *path);

/* Returns how many bytes were written, or a negative errno (-EAGAIN: not now). */
ssize_t target_write(struct target *, struct span bytes);

/* Takes back the last `count` bytes that were written; false when that cannot be. */
bool target_cut(struct target *, size_t count);

/* Waits until something can be written or `interrupt` (may be -1) is readable: then false. */
bool target_wait(struct target *, int interrupt);

/* Returns 0, or the negative errno of close(2): the file system refused late. */
int target_close(struct target *);
