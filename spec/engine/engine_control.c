#include "engine.h"

#include <lauxlib.h>

#include "control/config.h"

static void push_span(lua_State *L, struct span text)
{
    lua_pushlstring(L, text.data != NULL ? text.data : "", text.len);
}

static void set_span(lua_State *L, const char *name, struct span text)
{
    push_span(L, text);
    lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, double value)
{
    lua_pushnumber(L, value);
    lua_setfield(L, -2, name);
}

static void set_boolean(lua_State *L, const char *name, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
}

/* [table] → [table with .outputs] */
static void push_outputs(lua_State *L, const struct config *config)
{
    lua_newtable(L); /* [config, outputs] */
    for (size_t i = 0; i < config->output_count; i++) {
        const struct config_output *output = &config->outputs[i];
        const struct output_settings *settings = &output->settings;

        lua_newtable(L); /* [config, outputs, output] */
        set_span(L, "name", settings->name);
        set_span(L, "path", settings->path);
        set_span(L, "format", span_of(output->format != NULL ? output->format->name : ""));
        set_boolean(L, "stdout", settings->to_stdout);
        set_boolean(L, "default",
                    i < ROUTE_OUTPUTS_MOST && route_has(&config->defaults, (unsigned)i));
        set_number(L, "mode", settings->mode);
        set_number(L, "queue", (double)settings->queue_bytes);
        set_number(L, "drain", output->drain_s);
        if (settings->has_owner)
            set_number(L, "uid", settings->uid);
        if (settings->has_group)
            set_number(L, "gid", settings->gid);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "outputs");
}

static void push_config(lua_State *L, const struct config *config)
{
    lua_newtable(L); /* [config] */
    push_outputs(L, config);
    lua_newtable(L); /* [config, policies] */
    for (size_t i = 0; i < config->policy_count; i++) {
        push_span(L, config->policies[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "policies");
    lua_newtable(L); /* [config, rules] */
    for (size_t i = 0; i < config->rule_count; i++) {
        push_span(L, config->rules[i].text);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "rules");
    set_number(L, "receive_buffer", (double)config->kernel.receive_buffer);
    set_boolean(L, "multicast", config->kernel.multicast);
}

static void push_sentences(lua_State *L, struct mistakes *mistakes)
{
    lua_newtable(L); /* [sentences] */
    for (unsigned i = 0; i < mistakes->count; i++) {
        lua_pushstring(L, mistakes->sentences[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    mistakes_free(mistakes);
}

/* config(path) → table, mistakes, notes */
static int control_config(lua_State *L)
{
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct config *config = config_load(luaL_checkstring(L, 1), &mistakes, &notes);

    push_config(L, config);
    config_free(config);
    push_sentences(L, &mistakes);
    push_sentences(L, &notes);
    return 3;
}

void engine_control_open(lua_State *L)
{
    lua_newtable(L); /* [functions] */
    lua_pushcfunction(L, control_config);
    lua_setfield(L, -2, "config");
}
