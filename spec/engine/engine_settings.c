#include "engine.h"

#include "kernel/features.h"
#include "kernel/settings.h"
#include "kernel/signal_info.h"
#include "kernel/user_message.h"
#include "pair.h"
#include "push.h"

static enum setting check_setting(lua_State *L, int index)
{
    enum setting setting;

    if (!setting_find(check_span(L, index), &setting))
        luaL_argerror(L, index, "no setting");
    return setting;
}

static enum feature check_feature(lua_State *L, int index)
{
    enum feature feature;

    if (!feature_find(check_span(L, index), &feature))
        luaL_argerror(L, index, "no feature");
    return feature;
}

/* nil and the sentence */
static int push_error(lua_State *L, const struct error *err)
{
    lua_pushnil(L);
    lua_pushstring(L, err->text);
    return 2;
}

/* value(setting, text) → number and auditctl's word for it, or nil and what is expected */
static int settings_value(lua_State *L)
{
    enum setting setting = check_setting(L, 1);
    uint32_t value;

    if (setting_parse(setting, check_span(L, 2), &value)) {
        lua_pushnumber(L, value);
        lua_pushstring(L, setting_word(setting, value));
    } else {
        lua_pushnil(L);
        lua_pushstring(L, setting_expected(setting));
    }
    return 2;
}

/* held(setting, status payload) → number, or nil when the kernel did not tell it */
static int settings_held(lua_State *L)
{
    struct status status;
    uint32_t value;

    if (status_parse(check_span(L, 2), &status) != 0 ||
        !setting_value(&status, check_setting(L, 1), &value))
        return 0;
    lua_pushnumber(L, value);
    return 1;
}

/* set(socket, setting, value, script) → true, or nil and a sentence */
static int settings_set(lua_State *L)
{
    struct pair *pair = check_pair(L);
    enum setting setting = check_setting(L, 2);
    uint32_t value = (uint32_t)luaL_checknumber(L, 3);
    struct error err;
    pid_t child = start_kernel(L, pair, 4);
    int code = setting_set(pair->netlink, setting, value, &err);

    end_kernel(child);
    if (code != 0)
        return push_error(L, &err);
    lua_pushboolean(L, true);
    return 1;
}

/* reset(socket, 'lost' or 'waited', script) → what it was, or nil and a sentence */
static int settings_reset(lua_State *L)
{
    struct pair *pair = check_pair(L);
    bool is_lost = span_equal(check_span(L, 2), SPAN("lost"));
    uint32_t was = 0;
    struct error err;
    pid_t child = start_kernel(L, pair, 3);
    int code = is_lost ? setting_reset_lost(pair->netlink, &was, &err)
                       : setting_reset_waited(pair->netlink, &was, &err);

    end_kernel(child);
    if (code != 0)
        return push_error(L, &err);
    lua_pushnumber(L, was);
    return 1;
}

static int push_features(lua_State *L, const struct features *features)
{
    lua_newtable(L); /* [features] */
    set_number(L, "on", features->on);
    set_number(L, "locked", features->locked);
    return 1;
}

/* features(payload) → { on=, locked= }, or nil */
static int settings_features(lua_State *L)
{
    struct features features;

    return features_parse(check_span(L, 1), &features) == 0 ? push_features(L, &features) : 0;
}

/* set_feature(socket, name, on, lock, script) → true, or nil and a sentence */
static int settings_set_feature(lua_State *L)
{
    struct pair *pair = check_pair(L);
    enum feature feature = check_feature(L, 2);
    struct error err;
    pid_t child = start_kernel(L, pair, 5);
    int code = feature_set(pair->netlink, feature, lua_toboolean(L, 3), lua_toboolean(L, 4), &err);

    end_kernel(child);
    if (code != 0)
        return push_error(L, &err);
    lua_pushboolean(L, true);
    return 1;
}

/* bit_name(bit) → name, or nil */
static int settings_bit_name(lua_State *L)
{
    lua_pushstring(L, feature_bit_name((unsigned)luaL_checkinteger(L, 1)));
    return 1;
}

/* signal_info(payload) → { uid=, pid=, context= }, or nil */
static int settings_signal_info(lua_State *L)
{
    struct signal_info info;

    if (signal_info_parse(check_span(L, 1), &info) != 0)
        return 0;
    lua_newtable(L); /* [info] */
    set_number(L, "uid", info.uid);
    set_number(L, "pid", info.pid);
    set_span(L, "context", info.context);
    return 1;
}

/* message(text, exe or nil, terminal or nil) → what stands in msg='...' */
static int settings_message(lua_State *L)
{
    struct buffer out = { 0 };
    struct span exe = { NULL, 0 }, terminal = { NULL, 0 };

    exe.data = lua_tolstring(L, 2, &exe.len);
    terminal.data = lua_tolstring(L, 3, &terminal.len);
    user_message_write(check_span(L, 1), exe, terminal, &out);
    lua_pushlstring(L, out.data, out.len);
    buffer_free(&out);
    return 1;
}

/* send_message(socket, text, script) → true, or nil and a sentence */
static int settings_send_message(lua_State *L)
{
    struct pair *pair = check_pair(L);
    struct error err;
    struct span text = check_span(L, 2);
    pid_t child = start_kernel(L, pair, 3);
    int code = user_message_send(pair->netlink, text, &err);

    end_kernel(child);
    if (code != 0)
        return push_error(L, &err);
    lua_pushboolean(L, true);
    return 1;
}

void engine_settings_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "value", settings_value },
        { "held", settings_held },
        { "set", settings_set },
        { "reset", settings_reset },
        { "features", settings_features },
        { "set_feature", settings_set_feature },
        { "bit_name", settings_bit_name },
        { "signal_info", settings_signal_info },
        { "message", settings_message },
        { "send_message", settings_send_message },
        { NULL, NULL },
    };

    lua_newtable(L); /* [settings] */
    luaL_register(L, NULL, functions);
}
