/*
 * definition.h - what a policy file says of itself, read from what audit.policy sealed.
 */
#pragma once

#include "policy/policy.h"

/*
 * [value] -> []: reads what the file returned (lua/audit/policy.lua checked it) into the policy and
 * keeps check and a copy of the selector in the registry, beyond the policy's reach. Adds mistakes
 * with file and line.
 */
void definition_read(lua_State *L, struct policy *, struct mistakes *);

/* [] -> [check], nil when there is none. */
void definition_push_check(lua_State *L);

/* [] -> [on], the list of { key, matcher }; nil when there is none. */
void definition_push_on(lua_State *L);

/* The line of audit.policy in the source. */
unsigned definition_line(struct span source);
