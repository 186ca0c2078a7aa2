/*
 * facts.h - one event as policies ask for it: each field is found and read once, whoever asks.
 *
 * Owned by the engine; facts_begin forgets the event before.
 */
#pragma once

#include "interpret/interpret.h"
#include "policy/value.h"

struct fact {
    uint64_t event;              /* the event it was found in, counted */
    const struct record *record; /* NULL when no record has the field */
    const struct field *field;
    struct value value;
    bool has_name, is_named;    /* is_named: `name` was looked for */
    bool has_more, is_searched; /* is_searched: more fields of that id were looked for */
    struct span name;           /* the UPPER CASE side */
};

struct facts {
    struct event *event;
    const struct resolver *resolver;
    uint64_t number;        /* of the event */
    uint64_t has_proctitle; /* the event whose title is at hand */
    struct span proctitle;
    struct fact by_field[FIELD_COUNT];
};

void facts_begin(struct facts *, struct event *, const struct resolver *);

/* What a bare name means in this event. `id` must be below FIELD_COUNT. */
const struct fact *facts_find(struct facts *, uint16_t id);

/* Whether there are more fields of that id beside the one that facts_find found: of the kernel, or
 * of programs where the kernel has none. */
bool facts_has_more(struct facts *, uint16_t id);

/* The arguments of PROCTITLE with a space between; absent without one. */
struct span facts_proctitle(struct facts *);

/* The UPPER CASE side of a field; NULL when there is none. */
const struct span *facts_name(struct facts *, uint16_t id);

/* The field somebody probably meant, in the case they wrote; absent when none is near. */
struct span facts_nearest(struct span name);
