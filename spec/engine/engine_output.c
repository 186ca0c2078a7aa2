#include "engine.h"

#include <lauxlib.h>
#include <string.h>

#include "output/file.h"
#include "output/output.h"

#define OUTPUT_TYPE "laudit.spec.output"

static struct span field_text(lua_State *L, const char *name)
{
    struct span text;

    lua_getfield(L, 1, name); /* [value] */
    text.data = lua_tolstring(L, -1, &text.len);
    lua_pop(L, 1); /* the settings keep it alive */
    return text;
}

static lua_Integer field_integer(lua_State *L, const char *name, lua_Integer otherwise)
{
    lua_getfield(L, 1, name); /* [value] */

    lua_Integer value = lua_isnil(L, -1) ? otherwise : lua_tointeger(L, -1);

    lua_pop(L, 1);
    return value;
}

/* open { name=, path=, stdout=, mode=, queue=, waits= } → output, or nil and a sentence */
static int output_lua_open(lua_State *L)
{
    static const struct log silence = { 0 };
    struct error err;

    luaL_checktype(L, 1, LUA_TTABLE);

    bool is_stdout = field_integer(L, "stdout", 0) != 0;
    struct output_settings settings;
    struct file_settings file = {
        .path = field_text(L, "path"),
        .mode = (mode_t)field_integer(L, "mode", 0600),
        .has_mode = field_integer(L, "mode", 0) != 0,
        .owner = { field_integer(L, "uid", -1) >= 0, (uint32_t)field_integer(L, "uid", -1) },
    };

    output_settings_default(&settings, is_stdout ? &kind_stdout : &kind_file);
    settings.name = field_text(L, "name");
    if (!is_stdout)
        settings.options = &file;
    settings.queue_bytes = (uint64_t)field_integer(L, "queue", (lua_Integer)settings.queue_bytes);
    settings.waits = field_integer(L, "waits", 0) != 0;
    struct output **handle = lua_newuserdata(L, sizeof *handle); /* [handle] */

    *handle = output_open(&settings, &silence, &err);
    if (*handle != NULL && output_settle(*handle, &err) != 0) {
        output_abandon(*handle);
        *handle = NULL;
    }
    if (*handle == NULL) {
        lua_pushnil(L);
        lua_pushstring(L, err.text);
        return 2;
    }
    luaL_getmetatable(L, OUTPUT_TYPE); /* [handle, metatable] */
    lua_setmetatable(L, -2);
    return 1;
}

static struct output *check_output(lua_State *L)
{
    struct output **handle = luaL_checkudata(L, 1, OUTPUT_TYPE);

    if (*handle == NULL)
        luaL_error(L, "this output is closed");
    return *handle;
}

static int output_lua_take(lua_State *L)
{
    struct output *output = check_output(L);
    struct span text;

    text.data = luaL_checklstring(L, 2, &text.len);
    output_take(output, text, NULL);
    return 0;
}

static int output_lua_flush(lua_State *L)
{
    output_flush(check_output(L));
    return 0;
}

static int output_lua_retry(lua_State *L)
{
    output_retry(check_output(L));
    return 0;
}

static int output_lua_reopen(lua_State *L)
{
    struct error err;

    if (output_reopen(check_output(L), &err) != 0) {
        lua_pushstring(L, err.text);
        return 1;
    }
    return 0;
}

/* fresh:inherit(old): `old` is over */
static int output_lua_inherit(lua_State *L)
{
    struct output *fresh = check_output(L);
    struct output **old = luaL_checkudata(L, 2, OUTPUT_TYPE);

    if (*old == NULL)
        return luaL_error(L, "this output is closed");
    output_inherit(fresh, *old);
    *old = NULL;
    return 0;
}

static void push_stats(lua_State *L, const struct output_stats *stats)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        { "accepted", stats->accepted },
        { "delivered", stats->delivered },
        { "queued", stats->queued },
        { "full", stats->dropped[DROP_FULL] },
        { "error", stats->dropped[DROP_ERROR] },
        { "reload", stats->dropped[DROP_RELOAD] },
        { "closed", stats->dropped[DROP_CLOSED] },
        { "bytes", stats->bytes },
        { "no_space", stats->failures[0] },
        { "other_failures", stats->failures[1] },
    };

    lua_newtable(L); /* [stats] */
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        lua_pushnumber(L, (lua_Number)counts[i].value);
        lua_setfield(L, -2, counts[i].name);
    }
}

static int output_lua_stats(lua_State *L)
{
    push_stats(L, output_stats(check_output(L)));
    return 1;
}

static int output_lua_is_closed(lua_State *L)
{
    lua_pushboolean(L, output_is_closed(check_output(L)));
    return 1;
}

/* [] -> [stats]; without a loop an output is closed at once. */
static void on_closed(void *context, struct span name, const struct output_stats *last)
{
    (void)name;
    push_stats(context, last);
}

static int output_lua_close(lua_State *L)
{
    struct output *output = check_output(L);

    *(struct output **)lua_touserdata(L, 1) = NULL;
    output_close(output, DROP_ERROR, on_closed, L);
    return 1;
}

static int output_lua_collect(lua_State *L)
{
    struct output **handle = lua_touserdata(L, 1);

    if (*handle != NULL)
        output_close(*handle, DROP_ERROR, NULL, NULL);
    *handle = NULL;
    return 0;
}

/* kinds() -> "'file', 'stdout', ...": as a sentence enumerates them */
static int output_lua_kinds(lua_State *L)
{
    lua_pushliteral(L, ""); /* [text] */
    for (const struct output_kind *const *each = output_kinds(); *each != NULL; each++) {
        lua_pushfstring(L, "%s'%s'", each == output_kinds() ? "" : ", ", (*each)->name);
        lua_concat(L, 2); /* [text] */
    }
    return 1;
}

void engine_output_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "take", output_lua_take },           { "flush", output_lua_flush },
        { "retry", output_lua_retry },         { "reopen", output_lua_reopen },
        { "inherit", output_lua_inherit },     { "stats", output_lua_stats },
        { "is_closed", output_lua_is_closed }, { "close", output_lua_close },
        { "__gc", output_lua_collect },        { NULL, NULL },
    };

    luaL_newmetatable(L, OUTPUT_TYPE); /* [metatable] */
    luaL_register(L, NULL, methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);

    lua_newtable(L); /* [functions] */
    lua_pushcfunction(L, output_lua_open);
    lua_setfield(L, -2, "open");
    lua_pushcfunction(L, output_lua_kinds);
    lua_setfield(L, -2, "kinds");
}
