/*
 * names.h - a table of names and numbers.
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

/* The name that `wanted` probably meant; absent when none is near (base/nearest.h). */
struct span names_nearest(struct names, struct span wanted);
