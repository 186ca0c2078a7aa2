#include "engine.h"

#include "base/escape.h"
#include "base/nearest.h"
#include "push.h"

static int base_escape(lua_State *L)
{
    char out[4096];
    size_t len = escape_text(out, sizeof out, check_span(L, 1));

    lua_pushlstring(L, out, len);
    return 1;
}

static int base_distance(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)nearest_distance(check_span(L, 1), check_span(L, 2)));
    return 1;
}

static int base_integer(lua_State *L)
{
    int64_t value;

    if (!span_integer(check_span(L, 1), &value))
        return 0;
    lua_pushfstring(L, "%d", (int)value);
    return 1;
}

void engine_base_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "escape", base_escape },
        { "distance", base_distance },
        { "integer", base_integer },
        { NULL, NULL },
    };

    lua_newtable(L);
    luaL_register(L, NULL, functions);
}
