/*
 * push.h - the values that every part of the engine's module takes from Lua and puts into tables.
 */
#pragma once

#include <lauxlib.h>

#include "base/span.h"

/* The text at `index`, borrowed from Lua; raises when it is none. */
static inline struct span check_span(lua_State *L, int index)
{
    struct span text;

    text.data = luaL_checklstring(L, index, &text.len);
    return text;
}

/*
 * Makes the metatable `type` of userdata with these methods, and pushes a table of the functions:
 * what a layer's open leaves on the stack.
 */
static inline void push_layer(lua_State *L, const char *type, const luaL_Reg *methods,
                              const luaL_Reg *functions)
{
    luaL_newmetatable(L, type); /* [metatable] */
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    luaL_register(L, NULL, methods);
    lua_pop(L, 1);
    lua_newtable(L);
    luaL_register(L, NULL, functions);
}

/* Each sets a member of the table on top of the stack; an absent span is an empty text. */
static inline void set_span(lua_State *L, const char *name, struct span text)
{
    lua_pushlstring(L, text.data != NULL ? text.data : "", text.len);
    lua_setfield(L, -2, name);
}

static inline void set_number(lua_State *L, const char *name, uint64_t number)
{
    lua_pushnumber(L, (lua_Number)number);
    lua_setfield(L, -2, name);
}

static inline void set_flag(lua_State *L, const char *name, bool flag)
{
    lua_pushboolean(L, flag);
    lua_setfield(L, -2, name);
}
