#include "policy/definition.h"

#include <lauxlib.h>
#include <stdlib.h>

#include "base/mistakes.h"
#include "policy/matcher.h"
#include "policy/natives.h"
#include "policy/text.h"

static const char check_key[] = "laudit.check";
static const char on_key[] = "laudit.on";

void definition_push_check(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, check_key);
}

void definition_push_on(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, on_key);
}

unsigned definition_line(struct span source)
{
    static const struct span call = { "audit.policy", 12 };
    unsigned line = 1;

    for (; source.len > 0; source = span_skip(source, 1)) {
        if (span_starts(source, call))
            return line;
        line += source.data[0] == '\n' ? 1 : 0;
    }
    return 1;
}

static bool is_policy(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index))
        return false;
    luaL_getmetatable(L, natives_policy_type); /* [meta, wanted] */

    bool is_one = lua_rawequal(L, -1, -2) != 0;

    lua_pop(L, 2);
    return is_one;
}

/* [] -> [value] */
static int raw_field(lua_State *L, int index, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, index);
    return lua_type(L, -1);
}

/* The mistakes lua/audit/policy.lua found: a list of { key, sentence }. */
static void add_mistakes(lua_State *L, const struct policy *policy, struct mistakes *mistakes)
{
    struct span source = buffer_span(&policy->sources.items[0].bytes);
    unsigned line = definition_line(source);

    if (raw_field(L, 1, "mistakes") != LUA_TTABLE) { /* [mistakes] */
        lua_pop(L, 1);
        return;
    }
    for (int i = 1, count = (int)lua_objlen(L, -1); i <= count; i++) {
        struct span key;

        lua_rawgeti(L, -1, i); /* [mistakes, pair] */
        luaL_checktype(L, -1, LUA_TTABLE);
        lua_rawgeti(L, -1, 1); /* [mistakes, pair, key] */
        lua_rawgeti(L, -2, 2); /* [mistakes, pair, key, sentence] */
        key.data = luaL_checklstring(L, -2, &key.len);
        mistakes_add(mistakes, "%s:%u: %s", policy->path, text_line_of_key(source, key, line),
                     luaL_checkstring(L, -1));
        lua_pop(L, 3); /* [mistakes] */
    }
    lua_pop(L, 1); /* [] */
}

/* [terms] -> [terms, copy] of a list of { key, matcher }; raises when it is none. */
static void copy_terms(lua_State *L)
{
    int count;

    luaL_checktype(L, -1, LUA_TTABLE);
    count = (int)lua_objlen(L, -1);
    lua_createtable(L, count, 0); /* [terms, copy] */
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(L, -2, i); /* [terms, copy, pair] */
        luaL_checktype(L, -1, LUA_TTABLE);
        lua_createtable(L, 2, 0); /* [terms, copy, pair, own] */
        lua_rawgeti(L, -2, 1);    /* [terms, copy, pair, own, key] */
        lua_rawgeti(L, -3, 2);    /* [terms, copy, pair, own, key, matcher] */
        if (lua_type(L, -2) != LUA_TSTRING || matcher_at(L, -1) == NULL)
            luaL_error(L, "on: expected names of fields with what they match");
        lua_rawseti(L, -3, 2); /* [terms, copy, pair, own, key] */
        lua_rawseti(L, -2, 1); /* [terms, copy, pair, own] */
        lua_rawseti(L, -3, i); /* [terms, copy, pair] */
        lua_pop(L, 1);         /* [terms, copy] */
    }
}

/*
 * [on] -> []: keeps a copy that no policy reaches: selectors point into its matchers, and compiling
 * them trusts its types.
 */
static void keep_on(lua_State *L)
{
    int count = lua_istable(L, -1) ? (int)lua_objlen(L, -1) : 0;

    if (lua_isnil(L, -1)) {
        lua_setfield(L, LUA_REGISTRYINDEX, on_key); /* [] */
        return;
    }
    lua_createtable(L, count, 0); /* [on, copy] */
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(L, -2, i); /* [on, copy, terms] */
        copy_terms(L);         /* [on, copy, terms, own] */
        lua_rawseti(L, -3, i); /* [on, copy, terms] */
        lua_pop(L, 1);         /* [on, copy] */
    }
    lua_setfield(L, LUA_REGISTRYINDEX, on_key); /* [on] */
    lua_pop(L, 1);                              /* [] */
}

static void read_texts(lua_State *L, struct definition *definition)
{
    struct span text;

    if (raw_field(L, 1, "name") == LUA_TSTRING) { /* [name] */
        text.data = lua_tolstring(L, -1, &text.len);
        if (text.len <= POLICY_NAME_MOST)
            memcpy(definition->name, text.data, text.len);
    }
    if (raw_field(L, 1, "severity") == LUA_TSTRING) { /* [name, severity] */
        text.data = lua_tolstring(L, -1, &text.len);
        severity_find(text, &definition->severity);
    }
    if (raw_field(L, 1, "rules") == LUA_TSTRING) { /* [name, severity, rules] */
        definition->rules = strdup(lua_tostring(L, -1));
        if (definition->rules == NULL)
            abort();
    }
    raw_field(L, 1, "critical"); /* [name, severity, rules, critical] */
    definition->is_critical = lua_toboolean(L, -1) != 0;
    lua_pop(L, 4); /* [] */
}

void definition_read(lua_State *L, struct policy *policy, struct mistakes *mistakes)
{
    unsigned before = mistakes->found;

    lua_settop(L, 1);
    if (!is_policy(L, 1)) {
        mistakes_add(mistakes, "%s:1: expected 'return audit.policy {...}', found a %s",
                     policy->path, luaL_typename(L, 1));
        return;
    }
    lua_getfenv(L, 1); /* [policy, table] */
    lua_replace(L, 1); /* [table] */
    add_mistakes(L, policy, mistakes);
    if (mistakes->found > before)
        return;
    free(policy->definition.rules);
    policy->definition = (struct definition){ .severity = SEVERITY_MEDIUM };
    read_texts(L, &policy->definition);
    policy->definition.has_check = raw_field(L, 1, "check") == LUA_TFUNCTION; /* [check] */
    lua_setfield(L, LUA_REGISTRYINDEX, check_key);                            /* [] */
    raw_field(L, 1, "on");                                                    /* [on] */
    keep_on(L);                                                               /* [] */
}
