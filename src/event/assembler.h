/*
 * assembler.h - puts records together into events and says when an event is complete
 * (docs/architecture.md, "Reading records").
 *
 * Pure: time comes in with records and with assembler_tick. Lends each event to its sink, in the
 * order of completion. Bounded in events, records and bytes; what is cut is counted and marked.
 */
#pragma once

#include "event/event.h"
#include "kernel/source.h"

struct assembler;

enum assembler_mode {
    ASSEMBLE_LIVE, /* complete at EOE */
    ASSEMBLE_FILE  /* at PROCTITLE after SYSCALL until an EOE was seen in this file, then at EOE */
};

struct assembler_limits {
    uint32_t events;     /* in flight */
    uint32_t records;    /* of one event */
    uint32_t bytes;      /* of one event's text */
    uint32_t all_bytes;  /* of all text in flight */
    uint32_t timeout_ms; /* of event time */
};

extern const struct assembler_limits assembler_default_limits;

/* The ledger's first page: seen = assembled + malformed + eoe + cut + in_flight. */
struct assembler_stats {
    uint64_t seen, assembled, malformed, eoe, cut, in_flight; /* records */
    uint64_t events, late, timed_out, evicted, flushed;       /* events */
    uint64_t events_in_flight;
    uint64_t gaps; /* serials nobody has seen; late arrivals give back */
};

struct assembler *assembler_new(enum assembler_mode, const struct assembler_limits *, event_sink *,
                                void *context);
void assembler_free(struct assembler *);

/* True for single records the kernel sends by themselves: user space's messages and anomalies it
 * reports. Each is an event. */
bool assembler_ends_at_once(uint16_t type);

/* A record_sink. */
int assembler_take(void *assembler, const struct record_text *);

/* A new file begins: whether EOE ends events is found out anew. */
void assembler_new_file(struct assembler *);

/* Live and idle: the wall clock moves Now, so that timers run. */
void assembler_tick(struct assembler *, uint64_t now_ms);

/* Hands out all that is in flight, in the order in which it began. */
void assembler_flush(struct assembler *);

/* Now: the highest time of the host that leads (hosts.h), or the wall clock of the last tick. */
uint64_t assembler_now(const struct assembler *);

const struct assembler_stats *assembler_stats(const struct assembler *);
