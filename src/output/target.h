/*
 * target.h - the descriptor that an output's bytes end up in: a file, a pipe, a terminal.
 *
 * Owned by its output. Writing never blocks where the kernel can avoid it.
 */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "base/span.h"

struct target_settings {
    bool to_stdout;
    struct span path; /* file */
    mode_t mode;      /* given to a file that is made; with has_mode also to one that was there */
    bool has_mode;
    bool has_owner, has_group;
    uid_t uid;
    gid_t gid;
};

struct target {
    int fd;
    bool is_regular;
    bool is_socket;
    bool is_new;   /* opening made the file */
    bool has_been; /* owner and mode were changed; before, they were: */
    uid_t uid;
    gid_t gid;
    mode_t mode;
};

/*
 * Opens the path (append, never through a symbolic link) or standard output as `settings` say. A
 * file that was there is left as it is; one that is made is its owner's alone.
 */
int target_open(struct target *, const struct target_settings *, struct error *);

/*
 * Gives the file owner and mode as `settings` say. What a failure leaves half done, target_abandon
 * undoes.
 */
int target_settle(struct target *, const struct target_settings *, struct error *);

/*
 * Closes what was opened at `path` and never written to, and leaves file and folder as they were
 * before. Returns 0, or the negative errno of what could not be undone.
 */
int target_abandon(struct target *, const char *path);

/* True while `path` itself, and no link, is the file that was opened. */
bool target_is_at(const struct target *, const char *path);

/* True when the file at `path` is the target's and its last byte is no newline. */
bool target_is_torn(const struct target *, const char *path);

/* True when both are the same pipe, terminal or socket. */
bool target_is_same_pipe(const struct target *, const struct target *);

/* Returns how many bytes were written, or a negative errno (-EAGAIN: not now). */
ssize_t target_write(struct target *, struct span bytes);

/* Takes back the last `count` bytes that were written; false when that cannot be. */
bool target_cut(struct target *, size_t count);

/* Waits until something can be written or `interrupt` (may be -1) is readable: then false. */
bool target_wait(struct target *, int interrupt);

/* Returns 0, or the negative errno of close(2): the file system refused late. */
int target_close(struct target *);
