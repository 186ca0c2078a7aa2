/*
 * spool_position.h - how far a spool was read: two numbers that survive a kill at any moment.
 *
 * A small file with two slots that are written in turn, each with a checksum.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct spool_position {
    uint64_t acknowledged; /* frames with a smaller serial are done with */
    uint64_t handed;       /* frames with a smaller serial were handed out; not below the first */
};

struct spool_position_file {
    int fd;
    uint64_t turn; /* of the slot that was written last */
};

/*
 * Opens or makes the file in the folder. `is_known` becomes false when it was not there or one of
 * its slots cannot be believed: then more may have been handed out than `position` says.
 */
int spool_position_open(struct spool_position_file *, int folder, struct spool_position *,
                        bool *is_known, struct error *);

/* 0, or a negative errno: then the file says what it said before. */
int spool_position_write(struct spool_position_file *, const struct spool_position *);

int spool_position_sync(struct spool_position_file *);

void spool_position_close(struct spool_position_file *);
