/*
 * flights.h - the events in flight: begun and not yet complete, found by their id.
 *
 * Owns them, and a few that are over, to be used again: once warm, nothing is allocated.
 */
#pragma once

#include "base/list.h"
#include "event/event.h"

/* One event in flight, with what only its assembly needs. */
struct flight {
    struct event event;
    struct list link;     /* in the order in which events began */
    struct flight *next;  /* in its bucket */
    uint64_t deadline_ms; /* its host's clock when it has waited long enough */
    uint32_t node;        /* hash of event.id.node */
    uint32_t room;        /* of event.records */
    uint32_t bytes;       /* of text */
    bool is_filed;        /* in a bucket */
};

enum {
    FLIGHTS_BUCKETS = 1024, /* a power of two */
    FLIGHTS_SPARE = 64      /* events kept to be used again */
};

struct flights {
    struct list begun; /* oldest first */
    struct list spare;
    uint32_t count, spare_count;
    struct flight *recent; /* the one found or begun last; NULL when it ended. Filed only when
                              another takes its place: most events arrive whole */
    struct flight *buckets[FLIGHTS_BUCKETS];
};

void flights_init(struct flights *);
void flights_free(struct flights *);

/* The hash of a node's name: 0 for this host. */
uint32_t flights_node(struct span node);

/* The slow path of flights_find: looks in the buckets. */
struct flight *flights_search(struct flights *, const struct event_id *, uint32_t node);

static inline bool flight_is(const struct flight *flight, const struct event_id *id, uint32_t node)
{
    return flight->event.id.serial == id->serial && flight->event.id.time_ms == id->time_ms &&
           flight->node == node && span_equal(flight->event.id.node, id->node);
}

/* The event in flight with that id; NULL when there is none. */
static inline struct flight *flights_find(struct flights *flights, const struct event_id *id,
                                          uint32_t node)
{
    if (flights->recent != NULL && flight_is(flights->recent, id, node))
        return flights->recent;
    return flights_search(flights, id, node);
}

/* An empty event with that id, which no other in flight has. `id->node` is copied. */
struct flight *flights_begin(struct flights *, const struct event_id *, uint32_t node);

/* The one that began first; NULL when there is none. */
struct flight *flights_oldest(const struct flights *);

/* Takes the event out of flight; it stays whole until flights_recycle. */
void flights_end(struct flights *, struct flight *);

void flights_recycle(struct flights *, struct flight *);

/* Room for one more record behind event.record_count, not cleared. */
struct record *flight_record(struct flight *);
