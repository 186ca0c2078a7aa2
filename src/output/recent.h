/*
 * recent.h - the last lines that a program was given and has read: it may not have been done with
 * them when it died, and one that is started in the middle of an event needs the event's beginning.
 *
 * Lines belong to one event when they have the same id: "msg=audit(1615114232.375:15558): ".
 */
#pragma once

#include "base/buffer.h"
#include "output/batch.h"

struct recent {
    size_t most; /* bytes that are repeated; up to twice as many are kept */
    struct buffer lines;
    size_t repeated; /* bytes of `lines` that were given out again already */
    size_t messages; /* of the rest */
};

/* Forgets whole lines at the front until no more than `most` bytes are left, which `messages` are.
 */
void recent_trim(struct recent *);

/* The first `count` messages of the batch were read, behind what was read before. */
void recent_follow(struct recent *, const struct batch *, size_t count);

/*
 * What a program that is started now is to have first. After a `crash`: all that was not repeated
 * before, and from then on counts as repeated; else the lines of an event that is not over.
 * `messages` are those that may arrive twice by it. Lives until the next call.
 */
struct span recent_repeat(struct recent *, bool crash, size_t *messages);

/* Nothing of it is to be repeated after a crash: the program was done with it. */
void recent_settle(struct recent *);

void recent_free(struct recent *);
