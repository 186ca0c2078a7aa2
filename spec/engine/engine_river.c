/* engine_river.c - the pipeline on a loop of its own, as `laudit run` has it, fed from a log. */
#include "engine.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <uv.h>

#include "control/pipeline.h"
#include "kernel/logfile.h"

#define RIVER_TYPE "laudit.spec.river"

struct river {
    uv_loop_t loop;
    uv_timer_t turn;
    struct log log;
    struct pipeline *pipeline;
    struct logfile *logs; /* NULL: nothing to read */
    uint64_t held;        /* turns in which an output held the source */
};

static struct river *check_river(lua_State *L)
{
    struct river **handle = luaL_checkudata(L, 1, RIVER_TYPE);

    if (*handle == NULL)
        luaL_error(L, "this river has ended");
    return *handle;
}

static void push_mistakes(lua_State *L, struct mistakes *mistakes)
{
    luaL_Buffer text;

    luaL_buffinit(L, &text);
    for (unsigned i = 0; i < mistakes->count; i++) {
        luaL_addstring(&text, mistakes->sentences[i]);
        luaL_addchar(&text, '\n');
    }
    luaL_pushresult(&text);
}

static void free_river(struct river *river)
{
    uv_close((uv_handle_t *)&river->turn, NULL);
    uv_run(&river->loop, UV_RUN_DEFAULT);
    uv_loop_close(&river->loop);
    if (river->logs != NULL)
        logfile_close(river->logs);
    if (river->log.stream != NULL)
        fclose(river->log.stream);
    free(river);
}

/* open(config path, path of what would be logged) → river, or nil and sentences */
static int river_open(lua_State *L)
{
    struct river *river = calloc(1, sizeof *river);
    struct mistakes mistakes = { 0 }, notes = { 0 };

    if (river == NULL)
        abort();
    river->log = (struct log){ fopen(luaL_checkstring(L, 2), "a"), LOG_LEVEL_INFO };
    setvbuf(river->log.stream, NULL, _IOLBF, 0);
    uv_loop_init(&river->loop);
    uv_timer_init(&river->loop, &river->turn);

    struct pipeline_settings settings = {
        .routing = { .resolver = &resolver_none,
                     .log = &river->log,
                     .loop = &river->loop,
                     .interrupt = -1 },
        .mode = ASSEMBLE_FILE,
    };
    struct config *config = config_load(luaL_checkstring(L, 1), &mistakes, &notes);

    river->pipeline = pipeline_new(&settings, config, &mistakes, &notes);
    if (river->pipeline == NULL) {
        free_river(river);
        lua_pushnil(L);
        push_mistakes(L, &mistakes);
        mistakes_free(&mistakes);
        mistakes_free(&notes);
        return 2;
    }
    mistakes_free(&mistakes);
    mistakes_free(&notes);
    *(struct river **)lua_newuserdata(L, sizeof river) = river; /* [handle] */
    luaL_getmetatable(L, RIVER_TYPE);                           /* [handle, metatable] */
    lua_setmetatable(L, -2);
    return 1;
}

/* river:read(path): from the next turn on */
static int river_read(lua_State *L)
{
    struct river *river = check_river(L);
    const char *path = luaL_checkstring(L, 2);
    struct error err;

    if (river->logs != NULL)
        logfile_close(river->logs);
    river->logs = logfile_open(&path, 1, NULL, &err);
    if (river->logs == NULL)
        return luaL_error(L, "%s", err.text);
    return 0;
}

static void on_turn(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

/* Reads one block, unless the source is held. */
static void read_block(struct river *river)
{
    struct error err;

    if (pipeline_holds(river->pipeline)) {
        river->held++;
        return;
    }
    if (logfile_read(river->logs, pipeline_take, river->pipeline, &err) != LOGFILE_END)
        return;
    logfile_close(river->logs);
    river->logs = NULL;
}

/* river:turn(ms) → is there more to read, turns: reads and turns the loop for that long */
static int river_turn(lua_State *L)
{
    struct river *river = check_river(L);
    bool is_over = false;
    lua_Number turns = 0;

    river->turn.data = &is_over;
    uv_timer_start(&river->turn, on_turn, (uint64_t)luaL_checkinteger(L, 2), 0);
    for (; !is_over; turns++) {
        if (river->logs != NULL)
            read_block(river);
        pipeline_flush(river->pipeline);
        uv_run(&river->loop, river->logs != NULL && !pipeline_holds(river->pipeline) ? UV_RUN_NOWAIT
                                                                                     : UV_RUN_ONCE);
    }
    lua_pushboolean(L, river->logs != NULL);
    lua_pushnumber(L, turns);
    return 2;
}

/* river:tick(): what happens once a second */
static int river_tick(lua_State *L)
{
    struct river *river = check_river(L);

    pipeline_tick(river->pipeline, uv_hrtime() / 1000000);
    return 0;
}

static int push_ledger(lua_State *L, struct river *river)
{
    struct ledger ledger;
    struct buffer json = { 0 };

    pipeline_ledger(river->pipeline, &ledger);
    ledger_write_json(&ledger, &json);
    lua_pushlstring(L, json.data, json.len);
    buffer_free(&json);
    ledger_free(&ledger);
    return 1;
}

static int river_ledger(lua_State *L)
{
    return push_ledger(L, check_river(L));
}

/* river:held() → turns in which the source was held */
static int river_held(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)check_river(L)->held);
    return 1;
}

/* river:drain(): the end of all records, as far as the outputs' patience goes */
static int river_drain(lua_State *L)
{
    pipeline_drain(check_river(L)->pipeline);
    return 0;
}

/* river:close() → the last ledger */
static int river_close(lua_State *L)
{
    struct river *river = check_river(L);

    *(struct river **)lua_touserdata(L, 1) = NULL;
    pipeline_close(river->pipeline);
    push_ledger(L, river);
    pipeline_free(river->pipeline);
    free_river(river);
    return 1;
}

/* river:reload(config path) → sentences, nil when it was taken */
static int river_reload(lua_State *L)
{
    struct river *river = check_river(L);
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct config *config = config_load(luaL_checkstring(L, 2), &mistakes, &notes);

    if (pipeline_reload(river->pipeline, config, &mistakes, &notes))
        lua_pushnil(L);
    else
        push_mistakes(L, &mistakes);
    mistakes_free(&mistakes);
    mistakes_free(&notes);
    return 1;
}

void engine_river_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "read", river_read },     { "turn", river_turn },     { "tick", river_tick },
        { "ledger", river_ledger }, { "held", river_held },     { "drain", river_drain },
        { "close", river_close },   { "reload", river_reload }, { NULL, NULL },
    };

    luaL_newmetatable(L, RIVER_TYPE); /* [metatable] */
    luaL_register(L, NULL, methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    lua_newtable(L); /* [functions] */
    lua_pushcfunction(L, river_open);
    lua_setfield(L, -2, "open");
}
