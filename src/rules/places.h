/*
 * places.h - which rules of a list stay, and which have to go to its front or its end.
 *
 * The heart of a plan: rules are numbers here, in the wanted order. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define PLACE_NEW SIZE_MAX

enum place { PLACE_FRONT, PLACE_STAY, PLACE_END };

struct places {
    size_t count;      /* of the rules wanted */
    const size_t *now; /* where each is in the kernel's list, PLACE_NEW when it is not there */
    /* True when `first` has to come before `second`, which is behind it in the wanted order. */
    bool (*is_bound)(const void *context, size_t first, size_t second);
    const void *context;
};

/* Writes the place of each rule, with the fewest that do not stay; in doubt new ones at the end. */
void places_find(const struct places *, enum place *out);
