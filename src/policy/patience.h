/*
 * patience.h - how long the selector of one policy may look at one event.
 *
 * Counts steps, so that the same log gives the same answers, and looks at the processor's time now
 * and then, for what a regular expression can hide.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PATIENCE_STEPS_MOST = 50000000, /* of one selector and event */
    PATIENCE_MOST_MS = 1000         /* of processor time */
};

struct patience {
    size_t steps, look_at; /* look_at: steps at which the time is looked at */
    uint64_t began_ns;     /* processor time at the first look, 0 before */
};

void patience_begin(struct patience *);

/* Takes steps; false when there are none left. */
bool patience_spend(struct patience *, size_t steps);
