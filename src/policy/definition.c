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

struct outline_path definition_path(lua_State *L, int index)
{
    struct outline_path path = { .count = lua_objlen(L, index) };

    if (path.count > OUTLINE_STEPS_MOST)
        path.count = OUTLINE_STEPS_MOST;
    for (size_t i = 0; i < path.count; i++) {
        struct outline_step *step = &path.steps[i];

        lua_rawgeti(L, index, (int)i + 1); /* [key]: the list keeps it alive */
        if (lua_type(L, -1) == LUA_TSTRING)
            step->key.data = lua_tolstring(L, -1, &step->key.len);
        else
            step->item = (unsigned)lua_tointeger(L, -1);
        lua_pop(L, 1);
    }
    return path;
}

struct outline definition_outline(const struct policy *policy)
{
    return outline_of_policy(buffer_span(&policy->sources.items[0].bytes), 1);
}

unsigned definition_line(const struct policy *policy, const char *key)
{
    struct outline outline = definition_outline(policy);
    struct outline_path path = { { { span_of(key), 0 } }, 1 };

    return outline_line(&outline, &path);
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

/* The mistakes lua/audit/policy.lua found: a list of { path, sentence, number of its call }. */
static void add_mistakes(lua_State *L, const struct policy *policy, struct mistakes *mistakes)
{
    struct span source = buffer_span(&policy->sources.items[0].bytes);

    if (raw_field(L, 1, "mistakes") != LUA_TTABLE) { /* [mistakes] */
        lua_pop(L, 1);
        return;
    }
    for (int i = 1, count = (int)lua_objlen(L, -1); i <= count; i++) {
        lua_rawgeti(L, -1, i); /* [mistakes, item] */
        luaL_checktype(L, -1, LUA_TTABLE);
        lua_rawgeti(L, -1, 1); /* [mistakes, item, path] */
        luaL_checktype(L, -1, LUA_TTABLE);
        lua_rawgeti(L, -2, 2); /* [mistakes, item, path, sentence] */
        lua_rawgeti(L, -3, 3); /* [mistakes, item, path, sentence, call] */

        struct outline outline = outline_of_policy(source, (unsigned)lua_tointeger(L, -1));
        struct outline_path path = definition_path(L, lua_gettop(L) - 2);

        mistakes_add(mistakes, "%s:%u: %s", policy->path, outline_line(&outline, &path),
                     luaL_checkstring(L, -2));
        lua_pop(L, 4); /* [mistakes] */
    }
    lua_pop(L, 1); /* [] */
}

/* [terms] -> [terms, copy] of a list of { key, matcher } with its number; raises when it is none.
 */
static void copy_terms(lua_State *L)
{
    int count;

    luaL_checktype(L, -1, LUA_TTABLE);
    count = (int)lua_objlen(L, -1);
    lua_createtable(L, count, 1); /* [terms, copy] */
    lua_pushliteral(L, "item");
    lua_rawget(L, -3);
    lua_setfield(L, -2, "item");
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

/* Fills in the lines of a text of rules: of those of a literal each its own, else of what it is
 * given to. */
static void place_text(struct span source, struct span text, struct token literal, unsigned *lines,
                       size_t count)
{
    bool has_lines = literal.kind == TOKEN_TEXT && literal.is_long;

    if (literal.kind != TOKEN_TEXT && count > 1) {
        unsigned line = text_line_of(source, text, 0);

        has_lines = line > 0;
        literal.line = has_lines ? line : literal.line;
    }
    for (size_t i = 0; i < count; i++)
        lines[i] = literal.line + (has_lines ? (unsigned)i : 0);
}

/* The first `count` lines of a text. */
static struct span first_lines(struct span text, size_t count)
{
    size_t len = 0;

    for (; len < text.len; len++)
        if (text.data[len] == '\n' && --count == 0)
            break;
    return (struct span){ text.data, len };
}

/* [counts] -> [counts], of the lines that each item of a list of rules has. */
static void place_list(lua_State *L, const struct outline *outline, const struct outline_path *path,
                       struct definition *definition)
{
    struct outline_list list = outline_list(outline, path);
    struct span rest = span_of(definition->rules);
    size_t done = 0, count = definition->rule_line_count;

    for (int item = 1; done < count; item++) {
        struct token literal;

        lua_rawgeti(L, -1, item); /* [counts, lines] */

        size_t lines = (size_t)lua_tointeger(L, -1);
        struct span text = first_lines(rest, lines);

        lua_pop(L, 1); /* [counts] */
        if (lines == 0 || lines > count - done)
            lines = count - done; /* never: lua/audit/policy.lua counts as we do */
        outline_next(&list, &literal);
        place_text(outline->source, text, literal, definition->rule_lines + done, lines);
        done += lines;
        rest = span_skip(rest, text.len < rest.len ? text.len + 1 : text.len);
    }
}

/* Finds the line of the file on which each line of the rules stands. */
static void place_rules(lua_State *L, struct policy *policy)
{
    struct definition *definition = &policy->definition;
    struct outline outline = definition_outline(policy);
    struct outline_path path = { { { SPAN("rules"), 0 } }, 1 };
    struct span text = span_of(definition->rules);
    struct token literal;

    definition->rule_line_count = 1;
    for (size_t i = 0; i < text.len; i++)
        definition->rule_line_count += text.data[i] == '\n' ? 1 : 0;
    definition->rule_lines = calloc(definition->rule_line_count, sizeof(unsigned));
    if (definition->rule_lines == NULL)
        abort();
    if (raw_field(L, 1, "rule_counts") == LUA_TTABLE) { /* [counts] */
        place_list(L, &outline, &path, definition);
    } else {
        outline_text(&outline, &path, &literal);
        place_text(outline.source, text, literal, definition->rule_lines,
                   definition->rule_line_count);
    }
    lua_pop(L, 1); /* [] */
}

void definition_free(struct definition *definition)
{
    free(definition->rules);
    free(definition->rule_lines);
}

void definition_read(lua_State *L, struct policy *policy, struct mistakes *mistakes)
{
    lua_settop(L, 1);
    if (!is_policy(L, 1)) {
        mistakes_add(mistakes, "%s:1: expected 'return audit.policy {...}', found a %s",
                     policy->path, luaL_typename(L, 1));
        return;
    }
    lua_getfenv(L, 1); /* [policy, table] */
    lua_replace(L, 1); /* [table] */
    add_mistakes(L, policy, mistakes);
    definition_free(&policy->definition);
    policy->definition = (struct definition){ .severity = SEVERITY_MEDIUM, .is_read = true };
    read_texts(L, &policy->definition);
    if (policy->definition.rules != NULL)
        place_rules(L, policy);
    policy->definition.has_check = raw_field(L, 1, "check") == LUA_TFUNCTION; /* [check] */
    lua_setfield(L, LUA_REGISTRYINDEX, check_key);                            /* [] */
    raw_field(L, 1, "on");                                                    /* [on] */
    keep_on(L);                                                               /* [] */
}
