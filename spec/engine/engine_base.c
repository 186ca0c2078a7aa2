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

/* The names of the list at 2 as candidates for nearest_name. */
static struct span candidate(const void *context, size_t index)
{
    lua_State *L = *(lua_State *const *)context;

    lua_rawgeti(L, 2, (int)index + 1); /* [name] */

    struct span name = check_span(L, -1);

    lua_pop(L, 1); /* []; the list keeps it alive */
    return name;
}

/* nearest(word, list) -> what was probably meant, or nil */
static int base_nearest(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TTABLE);

    struct span meant = nearest_name(check_span(L, 1), candidate, &L, lua_objlen(L, 2));

    if (meant.data == NULL)
        return 0;
    lua_pushlstring(L, meant.data, meant.len);
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
        { "nearest", base_nearest },
        { "integer", base_integer },
        { NULL, NULL },
    };

    lua_newtable(L);
    luaL_register(L, NULL, functions);
}
