/*
 * event.h - what happened once on this machine: the records that share node, time and serial.
 *
 * Owned by the assembler, which lends it downstream for the length of one event_sink call. Whoever
 * wants to keep something of it copies that something. Kernel facts never change; what policies add
 * is in notes.
 */
#pragma once

#include "base/arena.h"
#include "event/notes.h"
#include "record/record.h"

struct event_id {
    struct span node; /* absent for this host; empty where a log says "node= " */
    uint64_t time_ms; /* since the epoch, by the kernel's clock */
    uint32_t serial;  /* wraps */
};

enum {
    EVENT_IS_LATE = 1, /* a record for an id that had already completed */
    EVENT_IS_CUT = 2   /* a bound was reached: records are missing, or may be */
};

/* The EOE record that ended an event: none of its records, for it says nothing of its own. */
struct event_end {
    struct span type_token; /* as read */
    struct span text;       /* from "audit(" on; absent when no EOE was read */
};

struct event {
    struct event_id id;
    unsigned flags;
    uint64_t now_ms; /* Now when the event completed: docs/architecture.md, "Reading records" */
    struct record *records;
    uint32_t record_count;
    const struct record *syscall; /* the SYSCALL record, NULL when there is none */
    struct event_end end;
    struct arena arena; /* for whatever lives as long as the event: decoded text, names */
    struct notes notes; /* attributes, tags, alert ids */
};

/* Receives a complete event. `event` is borrowed: it is recycled when the call returns. */
typedef void event_sink(void *context, struct event *event);

/* The first record of that type; NULL when there is none. */
const struct record *event_record(const struct event *, uint16_t type);

/*
 * The field a bare name means: SYSCALL's, else that of the first record that has it, else a nested
 * one (msg='...', which a program can forge). False when no record has it.
 */
bool event_field(const struct event *, uint16_t id, const struct record **, const struct field **);

/* The same for a name the table of fields does not hold. */
bool event_field_named(const struct event *, struct span name, const struct record **,
                       const struct field **);

/* The type of SYSCALL if there is one, else the first record's. */
uint16_t event_type(const struct event *);

/* "1615114232.375:15558" into `out`; returns its length. */
enum { EVENT_ID_ROOM = 48 /* bytes */ };
size_t event_id_write(const struct event_id *, char out[EVENT_ID_ROOM]);
