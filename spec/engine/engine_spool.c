#include "engine.h"

#include <zlib.h>

#include "output/spool.h"
#include "push.h"

#define SPOOL_TYPE "laudit.spec.spool"

struct handle {
    struct spool *spool;
    struct batch *read; /* what was read last */
};

static struct handle *check_spool(lua_State *L)
{
    struct handle *handle = luaL_checkudata(L, 1, SPOOL_TYPE);

    if (handle->spool == NULL)
        luaL_error(L, "this spool is closed");
    return handle;
}

static int push_failure(lua_State *L, const struct error *err)
{
    lua_pushnil(L);
    lua_pushstring(L, err->text);
    lua_pushinteger(L, -err->code);
    return 3;
}

static int push_done(lua_State *L, int code, const struct error *err)
{
    if (code < 0)
        return push_failure(L, err);
    lua_pushboolean(L, true);
    return 1;
}

/* open(folder, bytes, syncs, read_messages, read_bytes) -> spool, or nil, a sentence and an errno
 */
static int spool_lua_open(lua_State *L)
{
    static const struct log silence = { 0 };
    struct error err;
    struct spool_settings settings = {
        .path = check_span(L, 1),
        .bytes = (uint64_t)luaL_checknumber(L, 2),
        .syncs = lua_toboolean(L, 3),
        .read_messages = (size_t)luaL_optnumber(L, 4, 0),
        .read_bytes = (uint64_t)luaL_optnumber(L, 5, 1e9),
    };
    struct handle *handle = lua_newuserdata(L, sizeof *handle); /* [handle] */

    *handle = (struct handle){ .spool = spool_open(&settings, &silence, &err) };
    if (handle->spool == NULL)
        return push_failure(L, &err);
    handle->read = batch_new();
    luaL_getmetatable(L, SPOOL_TYPE); /* [handle, metatable] */
    lua_setmetatable(L, -2);
    return 1;
}

static bool take_span(lua_State *L, const char *name, struct span *text)
{
    lua_getfield(L, -1, name); /* [message, text] */
    text->data = lua_tolstring(L, -1, &text->len);
    lua_pop(L, 1); /* the message keeps it alive */
    return text->data != NULL;
}

/* The message on top: a text, or { body=, time=, serial=, severity=, alert=, node=, ... }. */
static void put_message(lua_State *L, struct batch *batch)
{
    struct envelope facts = { 0 };
    struct span body;

    if (!lua_istable(L, -1)) {
        buffer_append(&batch->bytes, check_span(L, -1));
        buffer_byte(&batch->bytes, '\n');
        batch_commit(batch, NULL);
        return;
    }
    take_span(L, "body", &body);
    take_span(L, "node", &facts.node);
    take_span(L, "key", &facts.key);
    take_span(L, "topic", &facts.topic);
    take_span(L, "headers", &facts.headers);
    lua_getfield(L, -1, "time");     /* [message, time] */
    lua_getfield(L, -2, "serial");   /* [message, time, serial] */
    lua_getfield(L, -3, "severity"); /* [message, time, serial, severity] */
    lua_getfield(L, -4, "alert");    /* [message, time, serial, severity, alert] */
    facts.time_ms = (uint64_t)lua_tonumber(L, -4);
    facts.serial = (uint32_t)lua_tonumber(L, -3);
    facts.severity = (enum severity)lua_tointeger(L, -2);
    facts.is_alert = lua_toboolean(L, -1);
    lua_pop(L, 4);
    buffer_append(&batch->bytes, body);
    buffer_byte(&batch->bytes, '\n');
    batch_commit(batch, &facts);
}

static struct batch *check_batch(lua_State *L, int index)
{
    struct batch *batch = batch_new();

    luaL_checktype(L, index, LUA_TTABLE);
    for (int i = 1; i <= (int)lua_objlen(L, index); i++) {
        lua_rawgeti(L, index, i); /* [message] */
        put_message(L, batch);
        lua_pop(L, 1);
    }
    return batch;
}

/* spool:append { message ... } -> true, or nil, a sentence and an errno */
static int spool_lua_append(lua_State *L)
{
    struct handle *handle = check_spool(L);
    struct batch *batch = check_batch(L, 2);
    struct error err;
    int code = spool_append(handle->spool, batch, &err);

    batch_free(batch);
    return push_done(L, code, &err);
}

static void set_text(lua_State *L, const char *name, struct span text)
{
    if (text.data != NULL)
        set_span(L, name, text);
}

/* Messages as spool:append takes them. */
static void push_batch(lua_State *L, const struct batch *batch)
{
    lua_newtable(L); /* [messages] */
    for (size_t i = 0; i < batch->count; i++) {
        struct span body = batch_body(batch, i);
        struct envelope facts;

        if (batch_envelope(batch, i, &facts)) {
            lua_newtable(L); /* [messages, message] */
            set_span(L, "body", body);
            set_text(L, "node", facts.node);
            set_text(L, "key", facts.key);
            set_text(L, "topic", facts.topic);
            set_text(L, "headers", facts.headers);
            set_number(L, "time", facts.time_ms);
            set_number(L, "serial", facts.serial);
            set_number(L, "severity", (uint64_t)facts.severity);
            set_flag(L, "alert", facts.is_alert);
        } else {
            lua_pushlstring(L, body.data, body.len);
        }
        lua_rawseti(L, -2, (int)i + 1);
    }
}

/* spool:read() -> messages; false when all was read; or nil, a sentence and an errno */
static int spool_lua_read(lua_State *L)
{
    struct handle *handle = check_spool(L);
    struct error err;
    int code = spool_read(handle->spool, handle->read, &err);

    if (code < 0)
        return push_failure(L, &err);
    if (code == 0)
        lua_pushboolean(L, false);
    else
        push_batch(L, handle->read);
    return 1;
}

/* spool:settle(number...): these messages of what was read are delivered */
static int spool_lua_settle(lua_State *L)
{
    struct handle *handle = check_spool(L);

    for (int i = 2; i <= lua_gettop(L); i++) {
        size_t index = (size_t)luaL_checkinteger(L, i);

        luaL_argcheck(L, index >= 1 && index <= handle->read->count, i, "there is none");
        handle->read->messages[index - 1].fate = FATE_DELIVERED;
    }
    return 0;
}

static int spool_lua_acknowledge(lua_State *L)
{
    struct error err;
    int code = spool_acknowledge(check_spool(L)->spool, &err);

    return push_done(L, code, &err);
}

/* spool:give_back(is_unsent) */
static int spool_lua_give_back(lua_State *L)
{
    struct handle *handle = check_spool(L);
    struct error err;
    int code = lua_toboolean(L, 2) ? spool_return_unsent(handle->spool, handle->read, &err)
                                   : spool_return(handle->spool, handle->read, &err);

    return push_done(L, code, &err);
}

static int spool_lua_stats(lua_State *L)
{
    const struct spool_stats *stats = spool_stats(check_spool(L)->spool);

    lua_newtable(L); /* [stats] */
    set_number(L, "messages", stats->messages);
    set_number(L, "bytes", stats->bytes);
    set_number(L, "file_bytes", stats->file_bytes);
    set_number(L, "found", stats->found);
    set_number(L, "again", stats->again);
    set_number(L, "torn_bytes", stats->torn_bytes);
    set_number(L, "damaged_frames", stats->damaged_frames);
    set_number(L, "lost", stats->lost);
    return 1;
}

static int spool_lua_close(lua_State *L)
{
    struct handle *handle = lua_touserdata(L, 1);

    if (handle->spool != NULL)
        spool_close(handle->spool);
    batch_free(handle->read);
    *handle = (struct handle){ 0 };
    return 0;
}

/* batch(messages, { has_fate ... }, front) -> what is left after the first `front` were dropped and
 * only those whose fate is unknown were kept */
static int spool_lua_batch(lua_State *L)
{
    struct batch *batch = check_batch(L, 1);

    for (size_t i = 0; i < batch->count; i++) {
        lua_rawgeti(L, 2, (int)i + 1); /* [is_settled] */
        if (lua_toboolean(L, -1))
            batch->messages[i].fate = FATE_REJECTED;
        lua_pop(L, 1);
    }
    batch_drop_front(batch, (size_t)luaL_optinteger(L, 3, 0));
    buffer_append(&batch->bytes, SPAN("begun"));
    batch_revert(batch);
    batch_keep_waiting(batch);
    push_batch(L, batch);
    batch_free(batch);
    return 1;
}

/* checksum(bytes) -> the four bytes that follow them on the disk */
static int spool_lua_checksum(lua_State *L)
{
    struct span bytes = check_span(L, 1);
    uint32_t sum = (uint32_t)crc32_z(0, (const unsigned char *)bytes.data, bytes.len);

    lua_pushlstring(L, (const char *)&sum, sizeof sum);
    return 1;
}

void engine_spool_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "append", spool_lua_append },
        { "read", spool_lua_read },
        { "settle", spool_lua_settle },
        { "acknowledge", spool_lua_acknowledge },
        { "give_back", spool_lua_give_back },
        { "stats", spool_lua_stats },
        { "close", spool_lua_close },
        { "__gc", spool_lua_close },
        { NULL, NULL },
    };
    static const luaL_Reg functions[] = {
        { "open", spool_lua_open },
        { "batch", spool_lua_batch },
        { "checksum", spool_lua_checksum },
        { NULL, NULL },
    };

    push_layer(L, SPOOL_TYPE, methods, functions);
}
