#include "engine.h"

#include "output/file.h"
#include "output/kind.h"
#include "output/output.h"
#include "push.h"

#define FILE_TYPE "laudit.spec.file"

/* A sink of the kind `file`, with what an output would be to it. */
struct handle {
    struct sink *sink;
    struct batch *batch;
    struct outcome outcome;
    char why[1024];
    bool is_done, is_closed;
};

static double field_number(lua_State *L, const char *name, double otherwise)
{
    lua_getfield(L, 1, name); /* [value] */

    double value = lua_isnil(L, -1) ? otherwise : lua_tonumber(L, -1);

    lua_pop(L, 1);
    return value;
}

static void on_done(void *context, const struct outcome *outcome)
{
    struct handle *handle = context;

    handle->outcome = *outcome;
    snprintf(handle->why, sizeof handle->why, "%s", outcome->why != NULL ? outcome->why : "");
    handle->is_done = true;
}

static struct file_settings read_settings(lua_State *L)
{
    const char *const texts[] = { "none", "zstd", "gzip", NULL };
    struct file_settings settings;

    memcpy(&settings, kind_file.settings, sizeof settings);
    lua_getfield(L, 1, "path"); /* [path]; the table keeps it alive */
    settings.path = check_span(L, -1);
    lua_getfield(L, 1, "compress"); /* [path, compress] */
    settings.rotate.compress = luaL_checkoption(L, -1, "none", texts);
    lua_pop(L, 2);
    settings.has_mode = field_number(L, "mode", -1) >= 0;
    settings.mode = (mode_t)field_number(L, "mode", 0600);
    settings.rotate.size = (uint64_t)field_number(L, "size", 0);
    settings.rotate.every = (int)field_number(L, "every", EVERY_NEVER);
    settings.rotate.keep = (uint32_t)field_number(L, "keep", settings.rotate.keep);
    settings.rotates = settings.rotate.size > 0 || settings.rotate.every != EVERY_NEVER;
    settings.sync = (int)field_number(L, "sync", SYNC_NONE);
    settings.sync_s = field_number(L, "sync_seconds", settings.sync_s);
    settings.low.floor.bytes = (uint64_t)field_number(L, "floor", 0);
    settings.low.floor.percent = field_number(L, "floor_percent", 0);
    settings.low.floor.is_given = settings.low.floor.bytes > 0 || settings.low.floor.percent > 0;
    settings.low.action = (int)field_number(L, "action", LOW_WAIT);
    return settings;
}

/* open { path=, loop=, size=, every=, keep=, compress=, ... } -> file, or nil and a sentence */
static int file_lua_open(lua_State *L)
{
    static const struct log silence = { 0 };
    struct error err;

    luaL_checktype(L, 1, LUA_TTABLE);

    struct file_settings settings = read_settings(L);
    struct handle *handle = lua_newuserdata(L, sizeof *handle); /* [handle] */
    struct sink_host host = {
        .log = &silence, .name = SPAN("o"), .interrupt = -1, .done = on_done, .context = handle
    };

    lua_getfield(L, 1, "loop"); /* [handle, loop] */
    host.loop = lua_toboolean(L, -1) ? uv_default_loop() : NULL;
    lua_pop(L, 1);
    *handle = (struct handle){ .sink = kind_file.open(&settings, &host, &err) };
    if (handle->sink != NULL && handle->sink->class->settle(handle->sink, &err) != 0) {
        handle->sink->class->abandon(handle->sink);
        handle->sink = NULL;
    }
    if (handle->sink == NULL) {
        lua_pushnil(L);
        lua_pushstring(L, err.text);
        return 2;
    }
    handle->batch = batch_new();
    luaL_getmetatable(L, FILE_TYPE); /* [handle, metatable] */
    lua_setmetatable(L, -2);
    return 1;
}

static struct handle *check_file(lua_State *L)
{
    struct handle *handle = luaL_checkudata(L, 1, FILE_TYPE);

    if (handle->sink == NULL)
        luaL_error(L, "this file is closed");
    return handle;
}

/* file:send { line ... } adds lines to those that wait and writes them -> how many are delivered,
 * errno, why. With `later` (3) it does not wait for the end. */
static int file_lua_send(lua_State *L)
{
    struct handle *handle = check_file(L);

    luaL_checktype(L, 2, LUA_TTABLE);
    for (int i = 1; i <= (int)lua_objlen(L, 2); i++) {
        lua_rawgeti(L, 2, i); /* [line] */
        buffer_append(&handle->batch->bytes, check_span(L, -1));
        buffer_byte(&handle->batch->bytes, '\n');
        batch_commit(handle->batch, NULL);
        lua_pop(L, 1);
    }
    handle->is_done = false;
    handle->sink->class->send(handle->sink, handle->batch);
    if (lua_toboolean(L, 3))
        return 0;
    while (!handle->is_done)
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    lua_pushinteger(L, (lua_Integer)batch_count_fate(handle->batch, FATE_DELIVERED));
    lua_pushinteger(L, -handle->outcome.code);
    lua_pushstring(L, handle->why);
    batch_keep_waiting(handle->batch);
    return 3;
}

/* file:turn(): until everything that is under way has ended */
static int file_lua_turn(lua_State *L)
{
    check_file(L);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    return 0;
}

static int file_lua_tick(lua_State *L)
{
    struct handle *handle = check_file(L);

    handle->sink->class->tick(handle->sink, uv_hrtime() / 1000000);
    return 0;
}

static int file_lua_reopen(lua_State *L)
{
    struct handle *handle = check_file(L);
    struct error err;

    if (handle->sink->class->reopen(handle->sink, &err) == 0)
        return 0;
    lua_pushstring(L, err.text);
    return 1;
}

static int file_lua_counts(lua_State *L)
{
    struct handle *handle = check_file(L);
    struct sink_counts counts = { 0 };

    handle->sink->class->count(handle->sink, &counts);
    lua_newtable(L); /* [counts] */
    set_number(L, "rotations", counts.rotations);
    set_number(L, "torn", counts.torn);
    return 1;
}

static void on_closed(void *context)
{
    ((struct handle *)context)->is_closed = true;
}

static int file_lua_close(lua_State *L)
{
    struct handle *handle = luaL_checkudata(L, 1, FILE_TYPE);

    if (handle->sink == NULL)
        return 0;
    handle->sink->class->close(handle->sink, on_closed, handle);
    while (!handle->is_closed)
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    handle->sink = NULL;
    batch_free(handle->batch);
    return 0;
}

void engine_file_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "send", file_lua_send },     { "turn", file_lua_turn },
        { "tick", file_lua_tick },     { "reopen", file_lua_reopen },
        { "counts", file_lua_counts }, { "close", file_lua_close },
        { "__gc", file_lua_close },    { NULL, NULL },
    };
    static const luaL_Reg functions[] = {
        { "open", file_lua_open },
        { NULL, NULL },
    };

    push_layer(L, FILE_TYPE, methods, functions);
}
