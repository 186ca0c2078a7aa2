#include "engine.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <uv.h>

#include "output/kind.h"

#define SINK_TYPE "laudit.spec.sink"

/* A sink with a loop of its own, which turns while a batch is carried. */
struct bench {
    uv_loop_t loop;
    uv_timer_t timer;
    struct sink *sink;
    struct batch *batch;
    bool is_done, is_closed;
    int code;
    bool is_unknown;
    struct error why;
};

static void on_done(void *context, const struct outcome *outcome)
{
    struct bench *bench = context;

    bench->is_done = true;
    bench->code = outcome->code;
    bench->is_unknown = outcome->is_unknown;
    error_set(&bench->why, 0, "%s", outcome->why != NULL ? outcome->why : "");
}

static void on_late(uv_timer_t *timer)
{
    struct bench *bench = timer->data;

    if (!bench->is_done)
        bench->sink->class->cancel(bench->sink);
}

static void on_closed(void *context)
{
    struct bench *bench = context;

    bench->is_closed = true;
}

/* The text at `place`, kept alive by its table. */
static struct span text_at(lua_State *L, int place)
{
    struct span text;

    text.data = lua_tolstring(L, place, &text.len);
    return text;
}

static int choice_at(lua_State *L, const struct option *option, int place)
{
    const char *value = luaL_checkstring(L, place);

    for (int i = 0; option->choices[i] != NULL; i++) {
        if (strcmp(option->choices[i], value) == 0)
            return i;
    }
    return luaL_error(L, "no choice: %s", value);
}

static void read_options(lua_State *L, const struct option *options, size_t count, char *settings);

/* The value of the option stands on top of the stack. */
static void read_option(lua_State *L, const struct option *option, char *settings)
{
    void *place = settings + option->offset;

    switch (option->kind) {
    case OPTION_BOOL:
        *(bool *)place = lua_toboolean(L, -1);
        break;
    case OPTION_TEXT:
    case OPTION_PATH:
        *(struct span *)place = text_at(L, -1);
        break;
    case OPTION_CHOICE:
        *(int *)place = choice_at(L, option, -1);
        break;
    case OPTION_COUNT:
        *(uint32_t *)place = (uint32_t)luaL_checkinteger(L, -1);
        break;
    case OPTION_SIZE:
        *(uint64_t *)place = (uint64_t)luaL_checkinteger(L, -1);
        break;
    case OPTION_TABLE:
        *(bool *)(settings + option->given) = true;
        read_options(L, option->inside, option->inside_count, settings);
        break;
    default:
        luaL_error(L, "option '%s' is of a kind that no spec needs", option->name);
    }
}

/* The table of options stands on top of the stack, and stays. */
static void read_options(lua_State *L, const struct option *options, size_t count, char *settings)
{
    for (size_t i = 0; i < count; i++) {
        lua_getfield(L, -1, options[i].name); /* [value] */
        if (!lua_isnil(L, -1))
            read_option(L, &options[i], settings);
        lua_pop(L, 1);
    }
}

static const struct output_kind *check_kind(lua_State *L, int place)
{
    const char *name = luaL_checkstring(L, place);

    if (strcmp(name, "syslog") == 0)
        return &kind_syslog;
    if (strcmp(name, "gelf") != 0)
        luaL_error(L, "no kind: %s", name);
    return &kind_gelf;
}

/* open(kind, { option = value }) → sink, or nil and a sentence */
static int sink_lua_open(lua_State *L)
{
    static const struct log silence = { 0 };
    const struct output_kind *kind = check_kind(L, 1);
    struct error err;

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);

    char *settings = lua_newuserdata(L, kind->settings_size); /* [kind, options, settings] */
    struct bench *bench = lua_newuserdata(L, sizeof *bench);  /* [.., bench] */

    memcpy(settings, kind->settings, kind->settings_size);
    lua_pushvalue(L, 2); /* [.., bench, options] */
    read_options(L, kind->options, kind->option_count, settings);
    lua_pop(L, 1);
    if (kind->check(settings, &err) != 0 || kind->probe(settings, &err) != 0) {
        lua_pushnil(L);
        lua_pushstring(L, err.text);
        return 2;
    }
    *bench = (struct bench){ 0 };
    uv_loop_init(&bench->loop);
    uv_timer_init(&bench->loop, &bench->timer);
    bench->timer.data = bench;
    bench->batch = batch_new();

    const struct sink_host host = { .loop = &bench->loop,
                                    .log = &silence,
                                    .name = SPAN("spec"),
                                    .connect_timeout_s = 5,
                                    .interrupt = -1,
                                    .done = on_done,
                                    .context = bench };

    bench->sink = kind->open(settings, &host, &err);
    luaL_getmetatable(L, SINK_TYPE); /* [.., bench, metatable] */
    lua_setmetatable(L, -2);
    return 1;
}

static struct bench *check_bench(lua_State *L)
{
    struct bench *bench = luaL_checkudata(L, 1, SINK_TYPE);

    if (bench->sink == NULL)
        luaL_error(L, "this sink is closed");
    return bench;
}

static struct span field_text(lua_State *L, const char *name)
{
    lua_getfield(L, -1, name); /* [value] */

    struct span text = text_at(L, -1);

    lua_pop(L, 1);
    return text;
}

static lua_Number field_number(lua_State *L, const char *name)
{
    lua_getfield(L, -1, name); /* [value] */

    lua_Number number = lua_tonumber(L, -1);

    lua_pop(L, 1);
    return number;
}

/* The message stands on top of the stack: { text =, time_ms =, serial =, alert =, node =, key = }
 */
static void add_message(lua_State *L, struct batch *batch)
{
    struct span alert = field_text(L, "alert");
    struct envelope envelope = {
        .time_ms = (uint64_t)field_number(L, "time_ms"),
        .serial = (uint32_t)field_number(L, "serial"),
        .is_alert = alert.data != NULL,
        .node = field_text(L, "node"),
        .key = field_text(L, "key"),
    };

    if (envelope.is_alert && !severity_find(alert, &envelope.severity))
        luaL_error(L, "no severity: %s", alert.data);
    buffer_append(&batch->bytes, field_text(L, "text"));
    buffer_byte(&batch->bytes, '\n');
    batch_commit(batch, &envelope);
}

static void push_fates(lua_State *L, const struct batch *batch)
{
    static const char *const names[] = { "waiting", "delivered", "rejected", "too long" };

    lua_newtable(L); /* [fates] */
    for (size_t i = 0; i < batch->count; i++) {
        lua_pushstring(L, names[batch->messages[i].fate]);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

/* sink:send(messages [, ms]) → { fates =, why =, is_unknown = }; cancelled after so many ms. A
 * message is a text or a table. Without messages those that still wait are sent again. */
static int sink_lua_send(lua_State *L)
{
    struct bench *bench = check_bench(L);
    lua_Integer patience = luaL_optinteger(L, 3, 0);

    if (lua_istable(L, 2)) {
        batch_clear(bench->batch);
        for (int i = 1; i <= (int)lua_objlen(L, 2); i++) {
            lua_rawgeti(L, 2, i); /* [message] */
            add_message(L, bench->batch);
            lua_pop(L, 1);
        }
    } else {
        batch_keep_waiting(bench->batch);
    }
    uv_update_time(&bench->loop);
    bench->is_done = false;
    bench->sink->class->send(bench->sink, bench->batch);
    if (patience > 0)
        uv_timer_start(&bench->timer, on_late, (uint64_t)patience, 0);
    while (!bench->is_done)
        uv_run(&bench->loop, UV_RUN_ONCE);
    uv_timer_stop(&bench->timer);

    lua_newtable(L); /* [outcome] */
    push_fates(L, bench->batch);
    lua_setfield(L, -2, "fates");
    lua_pushboolean(L, bench->is_unknown);
    lua_setfield(L, -2, "is_unknown");
    if (bench->code != 0)
        lua_pushstring(L, bench->why.text);
    else
        lua_pushnil(L);
    lua_setfield(L, -2, "why");
    return 1;
}

/* { connections =, failures =, cut = } */
static int sink_lua_counts(lua_State *L)
{
    struct bench *bench = check_bench(L);
    struct sink_counts counts = { 0 };

    bench->sink->class->count(bench->sink, &counts);
    lua_newtable(L); /* [counts] */
    lua_pushnumber(L, (lua_Number)counts.connections);
    lua_setfield(L, -2, "connections");
    lua_pushnumber(L, (lua_Number)counts.failures);
    lua_setfield(L, -2, "failures");
    lua_pushnumber(L, (lua_Number)counts.cut);
    lua_setfield(L, -2, "cut");
    return 1;
}

static int sink_lua_close(lua_State *L)
{
    struct bench *bench = luaL_checkudata(L, 1, SINK_TYPE);

    if (bench->sink == NULL)
        return 0;
    bench->sink->class->close(bench->sink, on_closed, bench);
    bench->sink = NULL;
    batch_free(bench->batch);
    uv_close((uv_handle_t *)&bench->timer, NULL);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    if (!bench->is_closed || uv_loop_close(&bench->loop) != 0)
        return luaL_error(L, "the loop has not let go of the sink");
    return 0;
}

void engine_sink_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "send", sink_lua_send },
        { "counts", sink_lua_counts },
        { "close", sink_lua_close },
        { "__gc", sink_lua_close },
        { NULL, NULL },
    };

    luaL_newmetatable(L, SINK_TYPE); /* [metatable] */
    luaL_register(L, NULL, methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);

    lua_newtable(L); /* [functions] */
    lua_pushcfunction(L, sink_lua_open);
    lua_setfield(L, -2, "open");
}
