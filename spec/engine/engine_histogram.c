#include "engine.h"

#include "output/histogram.h"
#include "push.h"

#define HISTOGRAM_TYPE "laudit.spec.histogram"

static struct histogram *check_histogram(lua_State *L, int index)
{
    return luaL_checkudata(L, index, HISTOGRAM_TYPE);
}

/* new() → histogram */
static int histogram_lua_new(lua_State *L)
{
    struct histogram *histogram = lua_newuserdata(L, sizeof *histogram); /* [histogram] */

    *histogram = (struct histogram){ 0 };
    luaL_getmetatable(L, HISTOGRAM_TYPE); /* [histogram, metatable] */
    lua_setmetatable(L, -2);
    return 1;
}

/* histogram:add(ns, count) */
static int histogram_lua_add(lua_State *L)
{
    histogram_add(check_histogram(L, 1), (uint64_t)luaL_checknumber(L, 2),
                  (uint64_t)luaL_checknumber(L, 3));
    return 0;
}

static int histogram_lua_merge(lua_State *L)
{
    histogram_merge(check_histogram(L, 1), check_histogram(L, 2));
    return 0;
}

static int histogram_lua_quantile(lua_State *L)
{
    lua_pushnumber(L, histogram_quantile(check_histogram(L, 1), luaL_checknumber(L, 2)));
    return 1;
}

/* → list of counts, sum in seconds */
static int histogram_lua_read(lua_State *L)
{
    const struct histogram *histogram = check_histogram(L, 1);

    lua_createtable(L, HISTOGRAM_BUCKETS, 0); /* [counts] */
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
        lua_pushnumber(L, (lua_Number)histogram->counts[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushnumber(L, histogram->sum_s);
    return 2;
}

/* bound(bucket from 1) → seconds */
static int histogram_lua_bound(lua_State *L)
{
    lua_pushnumber(L, histogram_bound((size_t)luaL_checkinteger(L, 1) - 1));
    return 1;
}

void engine_histogram_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "add", histogram_lua_add },
        { "merge", histogram_lua_merge },
        { "quantile", histogram_lua_quantile },
        { "read", histogram_lua_read },
        { NULL, NULL },
    };
    static const luaL_Reg functions[] = {
        { "new", histogram_lua_new },
        { "bound", histogram_lua_bound },
        { NULL, NULL },
    };

    push_layer(L, HISTOGRAM_TYPE, methods, functions);
}
