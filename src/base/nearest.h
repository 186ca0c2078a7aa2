/*
 * nearest.h - the name somebody probably meant.
 */
#pragma once

#include "base/span.h"

/* Edits (insert, delete, replace, swap) between `a` and `b`; anything over 63 bytes is "far". */
unsigned nearest_distance(struct span a, struct span b);

/* The nearest of `count` candidates for "did you mean", by at most 2 edits; absent when none is
 * near. */
struct span nearest_name(struct span wanted, struct span (*candidate)(const void *, size_t),
                         const void *context, size_t count);
