/*
 * config_fuzz.c - a configuration file of a stranger: its Lua runs, its table is checked.
 *
 * A first byte that is even: the rest is Lua source, evaluated and read. Odd: the rest builds the
 * table itself, so that shapes come up that no source can make.
 */
#include <lauxlib.h>
#include <stdint.h>

#include "control/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    DEPTH_MOST = 4,
    ENTRIES_MOST = 200 /* of all tables together */
};

struct input {
    const uint8_t *at, *end;
    unsigned entries;
};

static unsigned take_byte(struct input *input)
{
    return input->at < input->end ? *input->at++ : 0;
}

/* Names that lead somewhere; the checks would hardly ever see them by chance. */
static const char *const names[] = {
    "word",       "line",      "count",      "kernel",         "rules",   "policies",
    "output",     "type",      "path",       "mode",           "owner",   "group",
    "format",     "default",   "queue",      "drain",          "rotate",  "file",
    "stdout",     "json",      "raw",        "0640",           "16MiB",   "enabled",
    "?",          "=",         "local",      "receive_buffer", "failure", "backlog_limit",
    "printk",     "multicast", "immutable",  "enforce",        "locked",  "loginuid_immutable",
    "rate_limit", "metrics",   "prometheus", "statsd",         "prefix",  "interval",
    "unix:x",     "h:1",       "[::1]:1",
};

static void push_text(lua_State *L, struct input *input)
{
    size_t len = take_byte(input) % 80;

    if (len > (size_t)(input->end - input->at))
        len = (size_t)(input->end - input->at);
    lua_pushlstring(L, (const char *)input->at, len);
    input->at += len;
}

static void push_value(lua_State *L, struct input *input, unsigned depth);

static void push_table(lua_State *L, struct input *input, unsigned depth)
{
    lua_newtable(L); /* [table] */
    for (unsigned count = take_byte(input) % 24; count > 0 && input->at < input->end; count--) {
        if (input->entries++ >= ENTRIES_MOST)
            return;
        push_value(L, input, DEPTH_MOST); /* [table, key] */
        push_value(L, input, depth + 1);  /* [table, key, value] */
        if (lua_isnil(L, -2) || lua_tonumber(L, -2) != lua_tonumber(L, -2))
            lua_pop(L, 2);
        else
            lua_rawset(L, -3);
    }
}

static void push_number(lua_State *L, struct input *input)
{
    static const double numbers[] = { -1, 0.5, 1e9, 4294967295.0, 4294967296.0, 1e300, -0.0 };
    unsigned which = take_byte(input);

    lua_pushnumber(L, which < 7 ? numbers[which] : which - 6.0);
}

static void push_value(lua_State *L, struct input *input, unsigned depth)
{
    switch (take_byte(input) % 9) {
    case 0:
        lua_pushnil(L);
        return;
    case 1:
        lua_pushboolean(L, (int)(take_byte(input) & 1));
        return;
    case 2:
        push_number(L, input);
        return;
    case 3:
        push_text(L, input);
        return;
    case 4:
        lua_newuserdata(L, 1);
        return;
    case 5:
    case 6:
        lua_pushstring(L, names[take_byte(input) % (sizeof names / sizeof names[0])]);
        return;
    default:
        if (depth < DEPTH_MOST)
            push_table(L, input, depth);
        else
            lua_pushinteger(L, (lua_Integer)take_byte(input) % 8);
    }
}

static void read_source(struct span source, struct config *config, struct mistakes *mistakes)
{
    lua_State *L = config_evaluate(source, "fuzz.lua", mistakes);

    config_read(L, 1, source, config, mistakes);
    config_evaluate_end(L);
}

static void read_table(struct input *input, struct config *config, struct mistakes *mistakes)
{
    lua_State *L = luaL_newstate();

    push_table(L, input, 0);
    config_read(L, 1, (struct span){ NULL, 0 }, config, mistakes);
    lua_close(L);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, data + size, 0 };
    struct config *config = config_new("fuzz.lua");
    struct mistakes mistakes = { 0 };

    if (take_byte(&input) % 2 == 0)
        read_source((struct span){ (const char *)input.at, (size_t)(input.end - input.at) }, config,
                    &mistakes);
    else
        read_table(&input, config, &mistakes);
    mistakes_free(&mistakes);
    config_free(config);
    return 0;
}
