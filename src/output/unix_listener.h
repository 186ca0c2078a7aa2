/*
 * unix_listener.h - a listening stream socket at a path of this machine.
 *
 * It is made beside the path, with owner and mode, and then put in the path's place: nobody finds
 * it half made, and a reader of an older one is not disturbed. What stands there already is
 * replaced only when it is a socket that nobody listens to, or that this process listens to; never
 * a symbolic link.
 */
#pragma once

#include <sys/types.h>

#include "output/option.h"

struct unix_listener {
    char path[108];
    int fd;    /* -1: not listening */
    dev_t dev; /* what we have put there */
    ino_t ino;
    bool has_former; /* what stood there is kept beside it */
};

struct unix_place {
    struct span path;
    mode_t mode;
    struct option_owner owner, group;
};

/* 0, or -EINVAL with what is wrong with the path. */
int unix_place_check(const struct unix_place *, struct error *);

/*
 * Could it be put there? Changes nothing. Where a laudit listens it could, once that one has gone:
 * who checks a configuration may have it running. 0, or negative errno with a sentence.
 */
int unix_place_probe(const struct unix_place *, struct error *);

/*
 * 0, or negative errno with a sentence: then `listener` is as before. One that listens is replaced.
 * What stood there is kept until unix_listener_settle or unix_listener_close.
 */
int unix_listener_open(struct unix_listener *, const struct unix_place *, struct error *);

/* Nobody will want back what stood there before. */
void unix_listener_settle(struct unix_listener *);

/* Takes it away and puts back what stood there before. */
void unix_listener_abandon(struct unix_listener *);

/* Takes it away, unless somebody else has put another one there. */
void unix_listener_close(struct unix_listener *);
