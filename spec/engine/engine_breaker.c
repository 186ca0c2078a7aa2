#include "engine.h"

#include "output/breaker.h"
#include "push.h"

#define BREAKER_TYPE "laudit.spec.breaker"

static struct breaker *check_breaker(lua_State *L)
{
    return luaL_checkudata(L, 1, BREAKER_TYPE);
}

static uint64_t check_now(lua_State *L)
{
    return (uint64_t)luaL_checknumber(L, 2);
}

/* The number `name` of the table at 1; `otherwise` when it is not there. */
static double member(lua_State *L, const char *name, double otherwise)
{
    lua_getfield(L, 1, name); /* [value] */

    double value = luaL_optnumber(L, -1, otherwise);

    lua_pop(L, 1);
    return value;
}

/* new { first=, most=, attempts=, ratio=, window=, observations=, cooldown=, seed= } → breaker */
static int breaker_lua_new(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);

    const struct breaker_settings settings = {
        .first_s = member(L, "first", breaker_default.first_s),
        .most_s = member(L, "most", breaker_default.most_s),
        .attempts = (uint32_t)member(L, "attempts", breaker_default.attempts),
        .failure_ratio = member(L, "ratio", breaker_default.failure_ratio),
        .window_s = member(L, "window", breaker_default.window_s),
        .observations = (uint32_t)member(L, "observations", breaker_default.observations),
        .cooldown_s = member(L, "cooldown", breaker_default.cooldown_s),
    };
    struct breaker *breaker = lua_newuserdata(L, sizeof *breaker); /* [breaker] */

    breaker_init(breaker, &settings, (uint64_t)member(L, "seed", 0));
    luaL_getmetatable(L, BREAKER_TYPE); /* [breaker, metatable] */
    lua_setmetatable(L, -2);
    return 1;
}

/* breaker:allows(now) */
static int breaker_lua_allows(lua_State *L)
{
    lua_pushboolean(L, breaker_allows(check_breaker(L), check_now(L)));
    return 1;
}

static int breaker_lua_succeeded(lua_State *L)
{
    breaker_succeeded(check_breaker(L), check_now(L));
    return 0;
}

/* breaker:failed(now, wait) → is there another attempt for the batch? */
static int breaker_lua_failed(lua_State *L)
{
    lua_pushboolean(L, breaker_failed(check_breaker(L), check_now(L), luaL_optnumber(L, 3, 0)));
    return 1;
}

static int breaker_lua_next(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)breaker_next(check_breaker(L)));
    return 1;
}

/* → state, times that it opened */
static int breaker_lua_state(lua_State *L)
{
    static const char *const names[] = { "closed", "open", "half-open" };
    const struct breaker *breaker = check_breaker(L);

    lua_pushstring(L, names[breaker->state]);
    lua_pushnumber(L, (lua_Number)breaker->opened);
    return 2;
}

void engine_breaker_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "allows", breaker_lua_allows }, { "succeeded", breaker_lua_succeeded },
        { "failed", breaker_lua_failed }, { "next", breaker_lua_next },
        { "state", breaker_lua_state },   { NULL, NULL },
    };
    static const luaL_Reg functions[] = { { "new", breaker_lua_new }, { NULL, NULL } };

    push_layer(L, BREAKER_TYPE, methods, functions);
}
