#include "engine.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdlib.h>

#include "output/connection.h"

#define CONNECTION_TYPE "laudit.spec.connection"

/* A connection with a loop of its own, which turns while a call waits for its answer. */
struct bench {
    uv_loop_t loop;
    uv_timer_t timer;
    struct connection *connection;
    bool is_done, is_late, is_closed;
    struct error err;
};

static struct span option_text(lua_State *L, const char *name)
{
    struct span text;

    lua_getfield(L, 1, name); /* [value] */
    text.data = lua_tolstring(L, -1, &text.len);
    lua_pop(L, 1); /* the table keeps it alive */
    return text;
}

static struct tls_settings check_tls(lua_State *L)
{
    struct tls_settings tls = {
        .ca = option_text(L, "ca"),
        .certificate = option_text(L, "certificate"),
        .key = option_text(L, "key"),
        .server_name = option_text(L, "server_name"),
    };

    lua_getfield(L, 1, "tls"); /* [value] */
    tls.is_on = lua_toboolean(L, -1);
    lua_getfield(L, 1, "insecure"); /* [value, value] */
    tls.trusts_all = lua_toboolean(L, -1);
    lua_pop(L, 2);
    return tls;
}

static void on_settled(void *context, int code, const char *why)
{
    struct bench *bench = context;

    bench->is_done = true;
    error_set(&bench->err, code, "%s", why != NULL ? why : "");
}

static void on_closed(void *context)
{
    struct bench *bench = context;

    bench->is_closed = true;
}

static void on_late(uv_timer_t *timer)
{
    struct bench *bench = timer->data;

    bench->is_late = true;
}

/* open { host=, port=, path=, timeout=, tls=, ca= ... } → connection */
static int connection_lua_new(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);

    lua_getfield(L, 1, "timeout"); /* [timeout] */

    struct connection_settings settings = {
        .host = option_text(L, "host"),
        .port = option_text(L, "port"),
        .path = option_text(L, "path"),
        .tls = check_tls(L),
        .timeout_s = luaL_optnumber(L, -1, 5),
    };
    struct bench *bench = lua_newuserdata(L, sizeof *bench); /* [timeout, bench] */

    *bench = (struct bench){ 0 };
    uv_loop_init(&bench->loop);
    uv_timer_init(&bench->loop, &bench->timer);
    bench->timer.data = bench;
    bench->connection = connection_new(&bench->loop, &settings);
    luaL_getmetatable(L, CONNECTION_TYPE); /* [timeout, bench, metatable] */
    lua_setmetatable(L, -2);
    return 1;
}

static struct bench *check_bench(lua_State *L)
{
    struct bench *bench = luaL_checkudata(L, 1, CONNECTION_TYPE);

    if (bench->connection == NULL)
        luaL_error(L, "this connection is closed");
    return bench;
}

static void turn_until_done(struct bench *bench)
{
    while (!bench->is_done && !bench->is_late)
        uv_run(&bench->loop, UV_RUN_ONCE);
    uv_timer_stop(&bench->timer);
}

/* true; or nil, a sentence, and the bytes that were acknowledged */
static int push_outcome(lua_State *L, struct bench *bench)
{
    if (bench->err.code == 0) {
        lua_pushboolean(L, true);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, bench->err.text);
    lua_pushnumber(L, (lua_Number)connection_acknowledged(bench->connection));
    return 3;
}

static int connection_lua_open(lua_State *L)
{
    struct bench *bench = check_bench(L);

    uv_update_time(&bench->loop);
    bench->is_done = bench->is_late = false;
    connection_open(bench->connection, on_settled, bench);
    turn_until_done(bench);
    return push_outcome(L, bench);
}

/* connection:write(bytes [, ms]): given up after so many milliseconds */
static int connection_lua_write(lua_State *L)
{
    struct bench *bench = check_bench(L);
    lua_Integer patience = luaL_optinteger(L, 3, 0);
    struct span bytes;

    bytes.data = luaL_checklstring(L, 2, &bytes.len);
    uv_update_time(&bench->loop);
    bench->is_done = bench->is_late = false;
    if (!connection_is_open(bench->connection))
        return luaL_error(L, "not open");
    connection_write(bench->connection, bytes, on_settled, bench);
    if (patience > 0)
        uv_timer_start(&bench->timer, on_late, (uint64_t)patience, 0);
    turn_until_done(bench);
    if (!bench->is_done)
        connection_reset(bench->connection);
    return push_outcome(L, bench);
}

static int connection_lua_is_open(lua_State *L)
{
    lua_pushboolean(L, connection_is_open(check_bench(L)->connection));
    return 1;
}

static int connection_lua_reset(lua_State *L)
{
    connection_reset(check_bench(L)->connection);
    return 0;
}

static int connection_lua_close(lua_State *L)
{
    struct bench *bench = luaL_checkudata(L, 1, CONNECTION_TYPE);

    if (bench->connection == NULL)
        return 0;
    connection_close(bench->connection, on_closed, bench);
    bench->connection = NULL;
    uv_close((uv_handle_t *)&bench->timer, NULL);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    if (!bench->is_closed || uv_loop_close(&bench->loop) != 0)
        return luaL_error(L, "the loop has not let go of the connection");
    return 0;
}

/* probe { ca=, certificate=, key=, insecure= } → nil, or a sentence */
static int connection_lua_probe(lua_State *L)
{
    struct error err;

    luaL_checktype(L, 1, LUA_TTABLE);

    struct tls_settings tls = check_tls(L);

    if (tls_check(&tls, &err) == 0 && tls_probe(&tls, &err) == 0)
        return 0;
    lua_pushstring(L, err.text);
    return 1;
}

void engine_connection_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "open", connection_lua_open },
        { "write", connection_lua_write },
        { "is_open", connection_lua_is_open },
        { "reset", connection_lua_reset },
        { "close", connection_lua_close },
        { "__gc", connection_lua_close },
        { NULL, NULL },
    };

    luaL_newmetatable(L, CONNECTION_TYPE); /* [metatable] */
    luaL_register(L, NULL, methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);

    lua_newtable(L); /* [functions] */
    lua_pushcfunction(L, connection_lua_new);
    lua_setfield(L, -2, "new");
    lua_pushcfunction(L, connection_lua_probe);
    lua_setfield(L, -2, "probe");
}
