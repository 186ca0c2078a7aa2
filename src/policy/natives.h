/*
 * natives.h - what laudit's own Lua modules (lua/audit) are given by C, and nobody else.
 */
#pragma once

#include <lua.h>
#include <stdbool.h>

extern const char natives_alert_type[];  /* metatable of what audit.alert makes */
extern const char natives_policy_type[]; /* metatable of what audit.policy makes */

/* Makes the table and keeps it in the registry. */
void natives_open(lua_State *L);

/* [] -> [natives] for laudit's own modules, [nil] for all others. */
void natives_push(lua_State *L, bool is_ours);
