#include "policy/natives.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/nearest.h"
#include "format/go_audit.h"
#include "format/go_text.h"
#include "policy/bindings.h"

const char natives_alert_type[] = "laudit.alert";
const char natives_policy_type[] = "laudit.policy";

static const char registry_key[] = "laudit.natives";

/* [list of strings] as candidates for nearest_name. */
static struct span candidate(const void *context, size_t index)
{
    lua_State *L = *(lua_State *const *)context;
    struct span name = { NULL, 0 };

    lua_rawgeti(L, 2, (int)index + 1); /* [name] */
    if (lua_type(L, -1) == LUA_TSTRING)
        name.data = lua_tolstring(L, -1, &name.len);
    lua_pop(L, 1); /* []; the list keeps it alive */
    return name;
}

/* nearest(word, list): what was probably meant, or nil. */
static int native_nearest(lua_State *L)
{
    struct span word, meant;

    word.data = luaL_checklstring(L, 1, &word.len);
    luaL_checktype(L, 2, LUA_TTABLE);
    vm_charge(L, lua_objlen(L, 2) * 10);
    meant = nearest_name(word, candidate, &L, lua_objlen(L, 2));
    push_span(L, meant);
    return 1;
}

/* matcher(value): a matcher of anything that `on` takes; raises for the rest. */
static int native_matcher(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    matcher_push(L, 1); /* [value, matcher] */
    return 1;
}

/* seal_policy(table): a userdata that nobody can look into, with the table as its environment. */
static int native_seal_policy(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_newuserdata(L, 0);                 /* [table, policy] */
    lua_insert(L, 1);                      /* [policy, table] */
    lua_setfenv(L, 1);                     /* [policy] */
    lua_pushvalue(L, lua_upvalueindex(1)); /* [policy, meta] */
    lua_setmetatable(L, 1);                /* [policy] */
    return 1;
}

/* seal_alert(table): upvalue 1 is the metatable that says what it is. */
static int native_seal_alert(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1)); /* [table, meta] */
    lua_setmetatable(L, 1);                /* [table] */
    return 1;
}

/* now(): the event's clock in seconds, with its milliseconds. */
static int native_now(lua_State *L)
{
    uint64_t now_ms = vm_of(L)->now_ms;

    if (now_ms == 0)
        return luaL_error(L, "time is the event's: ask for it in check, not while the policy is "
                             "loaded");
    lua_pushnumber(L, (lua_Number)now_ms / 1000);
    return 1;
}

static int push_scratch(lua_State *L)
{
    const struct buffer *scratch = &vm_of(L)->scratch;

    vm_charge_bytes(L, scratch->len);
    lua_pushlstring(L, scratch->data, scratch->len);
    return 1;
}

/* go_text(text): as a JSON string of Go's encoder. */
static int native_go_text(lua_State *L)
{
    struct buffer *scratch = &vm_of(L)->scratch;
    struct span text;

    text.data = luaL_checklstring(L, 1, &text.len);
    buffer_clear(scratch);
    go_text(scratch, text);
    return push_scratch(L);
}

/* rule_key(event): the key as pauditd takes it, as a JSON string of Go's encoder. */
static int native_rule_key(lua_State *L)
{
    const struct event *event = check_turn(L)->event;
    struct buffer *scratch = &vm_of(L)->scratch;

    buffer_clear(scratch);
    go_text(scratch, pauditd_rule_key(event));
    return push_scratch(L);
}

/* host_name(): HOSTNAME of the environment, else what the kernel says. */
static int native_host_name(lua_State *L)
{
    const char *given = getenv("HOSTNAME");
    char name[256] = "";

    if (given == NULL || given[0] == '\0')
        given = gethostname(name, sizeof name - 1) == 0 ? name : "";
    lua_pushstring(L, given);
    return 1;
}

/* uuid(text): a UUID of version 8, always the same for the same text. */
static int native_uuid(lua_State *L)
{
    struct span text;
    char uuid[40];

    text.data = luaL_checklstring(L, 1, &text.len);
    vm_charge_bytes(L, 2 * text.len);

    uint64_t high = span_hash(text);

    lua_pushliteral(L, "\n");
    lua_pushvalue(L, 1);
    lua_concat(L, 2);
    text.data = lua_tolstring(L, -1, &text.len);

    uint64_t low = span_hash(text);

    snprintf(uuid, sizeof uuid, "%08x-%04x-8%03x-%04x-%012llx", (unsigned)(high >> 32),
             (unsigned)(high >> 16 & 0xFFFF), (unsigned)(high & 0xFFF),
             (unsigned)(0x8000 | (low >> 48 & 0x3FFF)), (unsigned long long)(low & 0xFFFFFFFFFFFF));
    lua_pushstring(L, uuid);
    return 1;
}

/* [natives] -> [natives] with a function that seals tables as `type`. */
static void add_seal(lua_State *L, const char *name, lua_CFunction seal, const char *type)
{
    luaL_newmetatable(L, type); /* [natives, meta] */
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushcclosure(L, seal, 1); /* [natives, seal] */
    lua_setfield(L, -2, name);    /* [natives] */
}

void natives_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "nearest", native_nearest },   { "matcher", native_matcher },
        { "now", native_now },           { "go_text", native_go_text },
        { "rule_key", native_rule_key }, { "host_name", native_host_name },
        { "uuid", native_uuid },         { NULL, NULL },
    };

    lua_createtable(L, 0, 12); /* [natives] */
    luaL_register(L, NULL, functions);
    add_seal(L, "seal_policy", native_seal_policy, natives_policy_type);
    add_seal(L, "seal_alert", native_seal_alert, natives_alert_type);
    matcher_push_library(L);                          /* [natives, match] */
    lua_setfield(L, -2, "match");                     /* [natives] */
    lua_setfield(L, LUA_REGISTRYINDEX, registry_key); /* [] */
}

void natives_push(lua_State *L, bool is_ours)
{
    if (is_ours)
        lua_getfield(L, LUA_REGISTRYINDEX, registry_key);
    else
        lua_pushnil(L);
}
