/*
 * index.h - which alternatives of which policies may want an event, by its system call, its types
 * and its keys.
 *
 * Says yes too often, never too seldom: an alternative that names none of the three is always among
 * them. Owned by the engine; borrows the selectors.
 */
#pragma once

#include "policy/selector.h"

/* An alternative that may want the event. */
struct candidate {
    size_t policy;
    const struct selector *alternative;
    const struct term *proven; /* the one term that is known to hold; NULL when none is */
};

struct index;

/* `selectors` in the order of the policies; NULL for a policy that wants nothing. */
struct index *index_new(const struct selector *const *selectors, size_t count);
void index_free(struct index *);

/* Looks at the event; false when nobody may want it. */
bool index_find(struct index *, struct event *);

/* The next candidate for the event that index_find saw, in the order of the policies and of each
 * one's alternatives; false after the last. */
bool index_next(struct index *, struct candidate *);
