/*
 * progress.h - a line on the terminal that says how far a long work is.
 *
 * Silent unless standard error is a terminal. It is drawn at most ten times a second.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool is_shown;
    bool is_drawn; /* the line is on the terminal now */
    uint64_t began_ns, drawn_ns;
};

void progress_begin(struct progress *, bool is_wanted);

/* True when it is time to draw; takes the clock. */
bool progress_is_due(const struct progress *);

/* `done` of `total` bytes (total 0: nobody knows) and events so far. */
void progress_draw(struct progress *, uint64_t done, uint64_t total, uint64_t events);

/* Takes the line off the terminal. */
void progress_erase(struct progress *);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t progress_clock(void);
