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
    PATIENCE_MOST_MS = 1000,        /* of processor time */
    PATIENCE_LOOKS = 10000          /* steps between two looks at the time */
};

struct patience {
    size_t steps, look_at; /* look_at: steps at which the time is looked at */
    uint64_t began_ns;     /* processor time at the first look, 0 before */
};

static inline void patience_begin(struct patience *patience)
{
    *patience = (struct patience){ .look_at = PATIENCE_LOOKS };
}

/* Looks at the time, too, and says when to do so next. */
bool patience_look(struct patience *);

/* Takes steps; false when there are none left. */
static inline bool patience_spend(struct patience *patience, size_t steps)
{
    patience->steps += steps < PATIENCE_STEPS_MOST ? steps : PATIENCE_STEPS_MOST;
    return patience->steps < patience->look_at || patience_look(patience);
}
