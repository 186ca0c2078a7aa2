#include <lauxlib.h>

#include "policy/library.h"
#include "policy/vm.h"

enum { SORT_TABLE = 1, SORT_LESS = 2 }; /* arguments */

/* True when the value at `a` comes before the one at `b`. */
static bool is_less(lua_State *L, int a, int b)
{
    vm_charge(L, 1);
    if (lua_isnoneornil(L, SORT_LESS))
        return lua_lessthan(L, a, b) != 0;
    lua_pushvalue(L, SORT_LESS); /* [less] */
    lua_pushvalue(L, a);         /* [less, a] */
    lua_pushvalue(L, b);         /* [less, a, b] */
    lua_call(L, 2, 1);           /* [answer] */

    bool answer = lua_toboolean(L, -1) != 0;

    lua_pop(L, 1);
    return answer;
}

/* [value] -> []: lets `value` sink from place `at` of a heap of `count` values. */
static void sink(lua_State *L, int at, int count)
{
    int value = lua_gettop(L);

    for (int child; (child = 2 * at) <= count; at = child) {
        lua_rawgeti(L, SORT_TABLE, child); /* [value, child] */
        if (child < count) {
            lua_rawgeti(L, SORT_TABLE, child + 1); /* [value, child, sibling] */
            if (is_less(L, value + 1, value + 2)) {
                lua_replace(L, value + 1); /* [value, sibling] */
                child++;
            }
            lua_settop(L, value + 1);
        }
        if (!is_less(L, value, value + 1))
            break;
        lua_rawseti(L, SORT_TABLE, at); /* [value] */
    }
    lua_settop(L, value);
    lua_rawseti(L, SORT_TABLE, at); /* [] */
}

/* sort(list[, less]): a heap sort, whose work is bounded whatever `less` answers. */
static int table_sort(lua_State *L)
{
    luaL_checktype(L, SORT_TABLE, LUA_TTABLE);
    lua_settop(L, SORT_LESS);
    if (!lua_isnil(L, SORT_LESS))
        luaL_checktype(L, SORT_LESS, LUA_TFUNCTION);
    vm_check_depth(L);

    int count = (int)lua_objlen(L, SORT_TABLE);

    for (int at = count / 2; at >= 1; at--) {
        lua_rawgeti(L, SORT_TABLE, at); /* [value] */
        sink(L, at, count);
    }
    for (int last = count; last > 1; last--) {
        lua_rawgeti(L, SORT_TABLE, last); /* [value] */
        lua_rawgeti(L, SORT_TABLE, 1);    /* [value, greatest] */
        lua_rawseti(L, SORT_TABLE, last); /* [value] */
        sink(L, 1, last - 1);
    }
    return 0;
}

void library_add_sort(lua_State *L)
{
    lua_pushcfunction(L, table_sort);
    lua_setfield(L, -2, "sort");
}
