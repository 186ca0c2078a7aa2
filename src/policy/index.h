/*
 * index.h - which policies may want an event, by its system call, its types and its keys.
 *
 * Says yes too often, never too seldom: a policy whose selector names none of the three is always
 * among them. Owned by the engine.
 */
#pragma once

#include "policy/selector.h"

struct index;

/* `selectors` in the order of the policies; NULL for a policy that wants nothing. */
struct index *index_new(const struct selector *const *selectors, size_t count);
void index_free(struct index *);

/* The policies that may want the event, a bit each, in index_words words; lives until the next
 * call. */
const uint64_t *index_find(struct index *, struct event *);
size_t index_words(const struct index *);
