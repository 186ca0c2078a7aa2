/*
 * json_value.h - the parts of a JSON document that rules are read from.
 */
#pragma once

#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"

/* Refuses a member of `object` that is not among `known`: -EINVAL with a sentence. */
int json_check_members(const json_t *object, const char *const *known, size_t count,
                       struct error *);

/*
 * What a string, a whole number or { "hex": "ff80" } stands for; the bytes are the value's or the
 * arena's. -EINVAL for anything else.
 */
int json_word(const json_t *value, struct arena *, struct span *word, struct error *);

/* Sets *value to the member when `object` has it; -EINVAL when that is neither true nor false. */
int json_switch(const json_t *object, const char *member, bool *value, struct error *);
