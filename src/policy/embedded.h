/*
 * embedded.h - laudit's own Lua modules (lua/audit), built into the binary as bytecode.
 */
#pragma once

#include <lua.h>

#include "base/span.h"

/* [] -> [chunk] of the module called `name`; false, and nothing is pushed, when there is none. */
bool embedded_push(lua_State *L, struct span name);

/* True for the path that Lua has for the source of one of them: "audit/alert.lua". */
bool embedded_is_source(struct span path);
