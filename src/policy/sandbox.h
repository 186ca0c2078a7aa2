/*
 * sandbox.h - what a policy may reach: an allow-list, laudit's own library, and modules.
 */
#pragma once

#include <lua.h>

/* Gives the machine its globals; everything else becomes unreachable. Runs in protected mode. */
void sandbox_open(lua_State *L);

/* [] -> [require]: finds audit, audit.*, cjson, bit, and modules beside the policy. */
void modules_push_require(lua_State *L);
