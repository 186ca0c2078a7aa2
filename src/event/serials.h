/*
 * serials.h - which of the kernel's serials were never seen: the gaps in their sequence.
 *
 * Each host (hosts.h) counts its own serials, and begins anew when it boots. No event's time is
 * later than when it got its serial, so a lower serial of a later time belongs to another sequence.
 * An earlier time says less: a call that waited got its serial late and has the time of its begin.
 * Bounded: a serial that arrives SERIALS_WINDOW or more behind the highest one is not given back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    SERIALS_WINDOW = 1024,   /* serials behind the highest that may still arrive */
    SERIALS_LATER_MS = 10000 /* what comes late is no later than that */
};

struct serials {
    bool is_begun;
    bool is_set_back; /* the clock went back, and no serial came since */
    uint32_t highest;
    uint64_t time_ms;                   /* of the highest */
    uint64_t latest_ms;                 /* the latest time since the sequence began */
    uint64_t seen[SERIALS_WINDOW / 64]; /* bit serial % SERIALS_WINDOW */
};

/*
 * Takes the serial of an event that begins. Adds to *gaps what it leaps over; takes one off when it
 * fills a gap. Differences are signed, so that the sequence may wrap.
 */
void serials_take(struct serials *, uint64_t time_ms, uint32_t serial, uint64_t *gaps);

/*
 * The clock went back far: the next serial goes on with the sequence if it is a new one near the
 * highest (a call that waited, a clock that was set); else another sequence begins (another log).
 */
void serials_set_back(struct serials *);
