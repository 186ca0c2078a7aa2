/*
 * completed.h - remembers the events that completed last, so that a late record is known as such.
 *
 * Bounded: a newer event takes the place of an older one.
 */
#pragma once

#include "event/event.h"

enum { COMPLETED_KEPT = 4096 /* events; a power of two */ };

struct completed {
    struct {
        uint64_t time_ms;
        uint32_t serial;
        uint32_t node; /* hash; 0 for this host */
    } ids[COMPLETED_KEPT];
};

void completed_init(struct completed *);

static inline uint32_t completed_place(uint32_t serial, uint32_t node)
{
    return (serial ^ node) % COMPLETED_KEPT;
}

static inline void completed_add(struct completed *completed, const struct event_id *id,
                                 uint32_t node)
{
    uint32_t place = completed_place(id->serial, node);

    completed->ids[place].time_ms = id->time_ms;
    completed->ids[place].serial = id->serial;
    completed->ids[place].node = node;
}

static inline bool completed_has(const struct completed *completed, const struct event_id *id,
                                 uint32_t node)
{
    uint32_t place = completed_place(id->serial, node);

    return completed->ids[place].time_ms == id->time_ms &&
           completed->ids[place].serial == id->serial && completed->ids[place].node == node;
}
