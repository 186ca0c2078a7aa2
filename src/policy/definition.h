/*
 * definition.h - what a policy file says of itself, read from what audit.policy sealed.
 */
#pragma once

#include "policy/outline.h"
#include "policy/policy.h"

/*
 * [value] -> []: reads what the file returned (lua/audit/policy.lua checked it) into the policy and
 * keeps check and a copy of the selector in the registry, beyond the policy's reach. Adds mistakes
 * with file and line; what is right is read all the same, unless the value is no policy at all.
 */
void definition_read(lua_State *L, struct policy *, struct mistakes *);

/* Frees what a definition owns. */
void definition_free(struct definition *);

/* [] -> [check], nil when there is none. */
void definition_push_check(lua_State *L);

/* [] -> [on], the list of { key, matcher }; nil when there is none. */
void definition_push_on(lua_State *L);

/* The list of keys at `index` that leads to a mistake; the texts stay the machine's. */
struct outline_path definition_path(lua_State *L, int index);

/* Where the policy's file says what it is. */
struct outline definition_outline(const struct policy *);

/* The line of the file on which it says `key`. */
unsigned definition_line(const struct policy *, const char *key);
