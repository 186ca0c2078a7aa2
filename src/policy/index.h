/*
 * index.h - which alternatives of which policies may want an event, by its system call, its types
 * and its keys.
 *
 * Says yes too often, never too seldom: an alternative that names none of the three is always among
 * them. Owned by the engine; borrows the selectors.
 */
#pragma once

#include "policy/selector.h"

struct index;

/* `selectors` in the order of the policies; NULL for a policy that wants nothing. */
struct index *index_new(const struct selector *const *selectors, size_t count);
void index_free(struct index *);

/* Looks at the event; false when nobody may want it. */
bool index_find(struct index *, struct event *);

/* Goes to the next alternative that may want the event index_find saw, in the order of the policies
 * and of each one's alternatives, and says whose it is; false after the last. */
bool index_next(struct index *, size_t *policy);

/*
 * Whether all terms of that alternative hold: 1, 0, or -E2BIG when a regular expression took too
 * long. A term that does not hold takes all that need it off the list, whosever they are.
 */
int index_wants(struct index *, struct facts *);
