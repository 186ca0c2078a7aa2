/*
 * names.h - a table of names and numbers, and the name somebody probably meant.
 */
#pragma once

#include "base/span.h"

struct name {
    const char *text;
    uint32_t number;
};

struct names {
    const struct name *entries;
    size_t count;
};

#define NAMES(array) ((struct names){ (array), sizeof(array) / sizeof(array)[0] })

/* The first entry called `text`, or with that number; false when there is none. */
bool names_number(struct names, struct span text, uint32_t *number);
bool names_text(struct names, uint32_t number, struct span *text);

/* Edits (insert, delete, replace, swap) between `a` and `b`; anything over 63 bytes is "far". */
unsigned names_distance(struct span a, struct span b);

/* The nearest of `count` candidates for "did you mean", by at most 2 edits; absent when none is
 * near. */
struct span names_nearest(struct span wanted, struct span (*candidate)(const void *, size_t),
                          const void *context, size_t count);
