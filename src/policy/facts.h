/*
 * facts.h - one event as policies ask for it: each field is found and read once, whoever asks.
 *
 * Owned by the engine; facts_begin forgets the event before. The fields that were ever
 * asked for are sorted by name at an event's first question, in one walk over it.
 */
#pragma once

#include "interpret/interpret.h"
#include "policy/patience.h"
#include "policy/value.h"

enum { FACTS_KEPT = 64 /* of one event; further ones live in its arena */ };

/* One field; lives as long as the event. */
struct fact {
    const struct record *record; /* NULL when no record has the field */
    const struct field *field;
    struct fact *next; /* of the same id, and of the kernel or of programs as this one */
    struct value value;
    bool has_value;          /* `value` was read */
    bool has_name, is_named; /* is_named: `name` was looked for */
    struct span name;        /* the UPPER CASE side */
};

/* The fields of one id: the kernel's and those that programs wrote. */
struct facts_of_id {
    uint64_t event; /* the event they were found in, counted */
    struct fact *first[2], *last[2];
};

struct facts {
    struct event *event;
    const struct resolver *resolver;
    uint64_t number;        /* of the event */
    uint64_t sorted;        /* the event whose fields are at hand */
    uint64_t has_proctitle; /* the event whose title is at hand */
    struct span proctitle;
    struct patience patience;   /* of the policy whose selector looks at them */
    bool is_asked[FIELD_COUNT]; /* ids that anybody ever asked for */
    struct facts_of_id by_id[FIELD_COUNT];
    size_t kept_count;
    struct fact kept[FACTS_KEPT];
};

void facts_begin(struct facts *, struct event *, const struct resolver *);

/*
 * What a bare name means in this event; `next` leads to the others of that name: the kernel's, or
 * those of programs where the kernel has none. `id` must be below FIELD_COUNT.
 */
const struct fact *facts_find(struct facts *, uint16_t id);

/* All of them, the first one first; NULL when there is none. */
struct fact *facts_first(struct facts *, uint16_t id);

const struct value *fact_value(struct facts *, struct fact *);

/* The UPPER CASE side of one fact; NULL when there is none. */
const struct span *fact_name(struct facts *, struct fact *);

/* The arguments of PROCTITLE with a space between; absent without one. */
struct span facts_proctitle(struct facts *);

/* The UPPER CASE side of a field; NULL when there is none. */
const struct span *facts_name(struct facts *, uint16_t id);

/* The field somebody probably meant, in the case they wrote; absent when none is near. */
struct span facts_nearest(struct span name);
