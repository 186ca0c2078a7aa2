#include "event/flights.h"

#include <stdlib.h>

enum { RECORDS_FIRST = 16 /* records an event has room for at first */ };

void flights_init(struct flights *flights)
{
    *flights = (struct flights){ 0 };
    list_init(&flights->begun);
    list_init(&flights->spare);
}

static void free_flight(struct flight *flight)
{
    arena_free(&flight->event.arena);
    free(flight->event.records);
    free(flight);
}

static void free_all(struct list *list)
{
    for (struct list *link = list->next, *next; link != list; link = next) {
        next = link->next;
        free_flight(LIST_MEMBER(link, struct flight, link));
    }
}

void flights_free(struct flights *flights)
{
    free_all(&flights->begun);
    free_all(&flights->spare);
}

uint32_t flights_node(struct span node)
{
    uint32_t hash = 2166136261; /* FNV-1a */

    if (node.data == NULL)
        return 0;
    for (size_t i = 0; i < node.len; i++)
        hash = (hash ^ (unsigned char)node.data[i]) * 16777619;
    return hash != 0 ? hash : 1;
}

static struct flight **bucket_of(struct flights *flights, const struct event_id *id, uint32_t node)
{
    uint64_t mixed = (id->time_ms ^ node) * 0x9E3779B97F4A7C15;

    return &flights->buckets[((uint32_t)(mixed >> 32) ^ id->serial) % FLIGHTS_BUCKETS];
}

/* `flight` (or none) becomes the recent one; the one before goes to its bucket. */
static void make_recent(struct flights *flights, struct flight *flight)
{
    struct flight *before = flights->recent;

    if (before != NULL && !before->is_filed) {
        struct flight **bucket = bucket_of(flights, &before->event.id, before->node);

        before->next = *bucket;
        *bucket = before;
        before->is_filed = true;
    }
    flights->recent = flight;
}

struct flight *flights_search(struct flights *flights, const struct event_id *id, uint32_t node)
{
    struct flight *flight = *bucket_of(flights, id, node);

    while (flight != NULL && !flight_is(flight, id, node))
        flight = flight->next;
    if (flight != NULL)
        make_recent(flights, flight);
    return flight;
}

static struct flight *new_flight(void)
{
    struct flight *flight = calloc(1, sizeof *flight);

    if (flight == NULL)
        abort();
    arena_init(&flight->event.arena);
    list_init(&flight->link);
    return flight;
}

static struct flight *take_spare(struct flights *flights)
{
    if (list_is_empty(&flights->spare))
        return new_flight();

    struct flight *flight = LIST_MEMBER(flights->spare.previous, struct flight, link);

    list_remove(&flight->link);
    flights->spare_count--;
    return flight;
}

struct flight *flights_begin(struct flights *flights, const struct event_id *id, uint32_t node)
{
    struct flight *flight = take_spare(flights);
    struct event *event = &flight->event;

    event->id = *id;
    if (id->node.data != NULL)
        event->id.node = arena_copy(&event->arena, id->node);
    event->flags = 0;
    event->record_count = 0;
    event->syscall = NULL;
    event->end = (struct event_end){ 0 };
    event->notes = (struct notes){ 0 };
    flight->node = node;
    flight->bytes = 0;
    flight->is_filed = false;
    list_append(&flights->begun, &flight->link);
    flights->count++;
    make_recent(flights, flight);
    return flight;
}

struct flight *flights_oldest(const struct flights *flights)
{
    if (list_is_empty(&flights->begun))
        return NULL;
    return LIST_MEMBER(flights->begun.next, struct flight, link);
}

void flights_end(struct flights *flights, struct flight *flight)
{
    if (flights->recent == flight)
        flights->recent = NULL;
    if (flight->is_filed) {
        struct flight **link = bucket_of(flights, &flight->event.id, flight->node);

        while (*link != flight)
            link = &(*link)->next;
        *link = flight->next;
    }
    list_remove(&flight->link);
    flights->count--;
}

void flights_recycle(struct flights *flights, struct flight *flight)
{
    if (flights->spare_count == FLIGHTS_SPARE) {
        free_flight(flight);
        return;
    }
    arena_reset(&flight->event.arena);
    list_append(&flights->spare, &flight->link);
    flights->spare_count++;
}

struct record *flight_record(struct flight *flight)
{
    struct event *event = &flight->event;

    if (event->record_count == flight->room) {
        uint32_t room = flight->room > 0 ? flight->room * 2 : RECORDS_FIRST;
        struct record *records = realloc(event->records, room * sizeof *records);

        if (records == NULL)
            abort();
        if (event->syscall != NULL)
            event->syscall = records + (event->syscall - event->records);
        event->records = records;
        flight->room = room;
    }
    return &event->records[event->record_count];
}
