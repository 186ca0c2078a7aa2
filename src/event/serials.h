/*
 * serials.h - which of the kernel's serials were never seen: the gaps in their sequence.
 *
 * Each host (hosts.h) counts its own serials, and begins anew when it boots. Bounded: a serial that
 * arrives SERIALS_WINDOW or more behind the highest one is not given back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { SERIALS_WINDOW = 1024 /* serials behind the highest that may still arrive */ };

struct serials {
    bool is_begun;
    uint32_t highest;
    uint64_t time_ms;                   /* of the highest */
    uint64_t seen[SERIALS_WINDOW / 64]; /* bit serial % SERIALS_WINDOW */
};

/*
 * Takes the serial of an event that begins. Adds to *gaps what it leaps over; takes one off when it
 * fills a gap. Differences are signed, so that the sequence may wrap.
 */
void serials_take(struct serials *, uint64_t time_ms, uint32_t serial, uint64_t *gaps);
