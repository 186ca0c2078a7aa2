/*
 * library.h - the parts of a policy's standard library that are laudit's own: bounded and charged.
 *
 * Each function pushes one table of functions, or adds to the table on top of the stack.
 */
#pragma once

#include <lua.h>

/* [string] -> [string]: find, match, gmatch and gsub with a step limit. */
void library_add_patterns(lua_State *L);

/* [table] -> [table]: a sort whose comparisons are charged. */
void library_add_sort(lua_State *L);

/* [] -> [cjson]: encode and decode, bounded in bytes and depth. */
void library_push_cjson(lua_State *L);

/* [original os] -> [os]: time and date on the event's clock. */
void library_push_os(lua_State *L);

/*
 * [original] -> [tostring], [original] -> [format]: without addresses, which differ from run to
 * run, and bounded where a metatable's __tostring is one of them again.
 */
void library_wrap_tostring(lua_State *L);
void library_wrap_format(lua_State *L);

/* [original coroutine] -> [coroutine]: as it was, bounded in depth. */
void library_push_coroutine(lua_State *L);
