#include <lauxlib.h>

#include "policy/library.h"
#include "policy/vm.h"

enum { FORMAT_MOST = 1024 /* bytes of a date's format */ };

static void push_now(lua_State *L)
{
    uint64_t now_s = vm_of(L)->now_ms / 1000;

    if (now_s == 0)
        luaL_error(L, "time is the event's: ask for it in check, not while the policy is loaded");
    lua_pushnumber(L, (lua_Number)now_s);
}

/* time([table]): the event's clock in seconds, or the time a table gives. */
static int os_time(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) {
        push_now(L);
        return 1;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1)); /* [table, time] */
    lua_insert(L, 1);                      /* [time, table] */
    vm_check_depth(L);
    lua_call(L, 1, 1); /* [seconds] */
    return 1;
}

/* date([format[, seconds]]) */
static int os_date(lua_State *L)
{
    size_t len;

    luaL_optlstring(L, 1, "%c", &len);
    luaL_argcheck(L, len <= FORMAT_MOST, 1, "format too long");
    vm_charge(L, 100 + len);
    lua_settop(L, 2);
    if (lua_isnil(L, 1)) {
        lua_pushliteral(L, "%c"); /* [nil, seconds, format] */
        lua_replace(L, 1);        /* [format, seconds] */
    }
    if (lua_isnil(L, 2)) {
        push_now(L);       /* [format, nil, seconds] */
        lua_replace(L, 2); /* [format, seconds] */
    }
    luaL_checknumber(L, 2);
    lua_pushvalue(L, lua_upvalueindex(1)); /* [format, seconds, date] */
    lua_insert(L, 1);                      /* [date, format, seconds] */
    lua_call(L, 2, 1);                     /* [text] */
    return 1;
}

void library_push_os(lua_State *L)
{
    lua_createtable(L, 0, 2);        /* [original, os] */
    lua_getfield(L, -2, "time");     /* [original, os, original time] */
    lua_pushcclosure(L, os_time, 1); /* [original, os, time] */
    lua_setfield(L, -2, "time");     /* [original, os] */
    lua_getfield(L, -2, "date");     /* [original, os, original date] */
    lua_pushcclosure(L, os_date, 1); /* [original, os, date] */
    lua_setfield(L, -2, "date");     /* [original, os] */
    lua_remove(L, -2);               /* [os] */
}
