/*
 * slots.h - which rows of the index want a system call or a key: a hash table of sets of rows.
 *
 * Owned by the index, which sets `words` before it adds anything.
 */
#pragma once

#include "base/span.h"

enum { SLOTS_ANY_ARCH = 0 /* the arch of a call that is known by its number alone */ };

struct slot;

struct slots {
    struct slot *items;
    size_t room, used; /* room is a power of two */
    size_t words;      /* of a set, 64 rows each */
};

/* Adds the row to those that want the call or the key. */
void slots_add_call(struct slots *, uint32_t arch, uint32_t number, size_t row);
void slots_add_key(struct slots *, struct span key, size_t row);

/* The rows that want it, NULL when none does. The set stays where it is when others are added. */
const uint64_t *slots_of_call(const struct slots *, uint32_t arch, uint32_t number);
const uint64_t *slots_of_key(const struct slots *, struct span key);

void slots_free(struct slots *);
