/*
 * json_rest.h - which names an object already has, and what cannot be one of its members.
 *
 * No object ever holds a name twice, and UPPER CASE names are laudit's alone: whatever would break
 * that, and words that are no name=value, goes into the list REST as it came.
 */
#pragma once

#include "format/json_writer.h"

enum { NAME_WORDS = (FIELD_COUNT + 63) / 64 };

struct json_names {
    uint64_t known[NAME_WORDS]; /* a bit for each field of the table */
    struct span *slots;         /* hash of the other names; NULL while there are none */
    uint32_t mask;
    uint32_t most; /* names there may be */
    struct span *rest;
    uint32_t rest_count;
};

/* `most` bounds how many fields will be asked about. */
static inline void json_names_begin(struct json_names *names, uint32_t most)
{
    memset(names->known, 0, sizeof names->known);
    names->slots = NULL;
    names->rest = NULL;
    names->rest_count = 0;
    names->most = most;
}

/* True if the field of the table is new to the object, and from then on it is not. */
static inline bool json_names_know(struct json_names *names, uint16_t id)
{
    uint64_t word = names->known[id >> 6];

    names->known[id >> 6] = word | (uint64_t)1 << (id & 63);
    return !(word >> (id & 63) & 1);
}

/* The same for a name outside the table; false, too, where it is none an object may have. */
bool json_names_add(struct json_names *, struct arena *, struct span name);

/* Remembers a text for REST; it is borrowed. */
void json_names_reject(struct json_names *, struct arena *, struct span text);

/* ,"REST":[...] if anything was rejected; words of an AVC become ,"denied":["read"]. */
char *json_put_rest(struct json_writer *, char *at, struct json_names *);
