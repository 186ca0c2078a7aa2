/*
 * config_options.h - reads options that are described as data (output/option.h).
 *
 * Private to the reader of the configuration's table.
 */
#pragma once

#include "control/config_values.h"
#include "output/option.h"

enum { KNOWN_ROOM = 512 /* bytes of the names in a sentence */ };

/* Adds a name to those that a sentence says: "one of 'a', 'b'". Empty at first. */
void add_known(char known[KNOWN_ROOM], const char *name);

/* Options and the settings that they fill. */
struct option_group {
    const struct option *list;
    size_t count;
    void *target;
};

/*
 * Reads the table at `index` into the settings of all groups, and complains about keys that none of
 * them has; `known` (ends with NULL) are further names that mean something, read elsewhere.
 */
void read_described(struct reader *, int index, const struct place *, const struct option_group *,
                    size_t groups, const char *const *known);

/*
 * All that the table at `index` says, as one text with sorted keys: equal tables give equal texts.
 * Keys among `but` (ends with NULL) are left out at the top.
 */
void write_canonical(lua_State *, int index, const char *const *but, struct buffer *out);
