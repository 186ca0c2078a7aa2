#include <errno.h>
#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>

#include "policy/matcher.h"
#include "policy/vm.h"

static const char matcher_type[] = "audit.match";

enum { STEPS_OF_LIST = 16 /* a search among MATCHER_ITEMS_MOST texts */, STEPS_OF_REGEX = 100 };

/* [] -> [matcher], with `environment` (a table on top, consumed) kept alive by it. */
static struct matcher *push_new(lua_State *L, enum matcher_kind kind, size_t extra)
{
    struct matcher *matcher = lua_newuserdata(L, sizeof *matcher + extra); /* [matcher] */

    *matcher = (struct matcher){ .kind = kind, .depth = 1, .nodes = 1, .per_test = 1 };
    luaL_getmetatable(L, matcher_type); /* [matcher, meta] */
    lua_setmetatable(L, -2);            /* [matcher] */
    return matcher;
}

/* [matcher, value] -> [matcher]: the matcher keeps the value alive. */
static void keep(lua_State *L)
{
    lua_createtable(L, 1, 0); /* [matcher, value, kept] */
    lua_insert(L, -2);        /* [matcher, kept, value] */
    lua_rawseti(L, -2, 1);    /* [matcher, kept] */
    lua_setfenv(L, -2);       /* [matcher] */
}

static struct span span_at(lua_State *L, int index)
{
    struct span text;

    text.data = lua_tolstring(L, index, &text.len);
    return text;
}

const struct matcher *matcher_at(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index))
        return NULL;
    luaL_getmetatable(L, matcher_type); /* [meta, wanted] */

    bool is_one = lua_rawequal(L, -1, -2) != 0;

    lua_pop(L, 2);
    return is_one ? lua_touserdata(L, index) : NULL;
}

/* What a test of a text takes: a glob may go back to its last star for each byte. */
static void set_steps(struct matcher *matcher)
{
    if (matcher->kind == MATCH_REGEX)
        matcher->per_test = STEPS_OF_REGEX;
    if (matcher->kind == MATCH_CONTAINS || matcher->kind == MATCH_REGEX)
        matcher->per_text = 1;
    else if (matcher->kind == MATCH_GLOB)
        matcher->per_text = matcher->text.len;
}

/* The text of an item of an ANY or TEXTS. */
static struct span text_of(const struct matcher *matcher, size_t item)
{
    return matcher->kind == MATCH_TEXTS ? matcher->texts[item] : matcher->items[item]->text;
}

/* For a list of texts, or one of which all items are of a kind that begins, or ends, as they do. */
static void set_list_gate(struct matcher *matcher, bool is_at_end)
{
    size_t shortest = GATE_BYTES;

    for (size_t i = 0; i < matcher->count; i++)
        if (text_of(matcher, i).len < shortest)
            shortest = text_of(matcher, i).len;
    matcher->gate = gate_of(shortest, is_at_end);
    for (size_t i = 0; i < matcher->count; i++)
        gate_add(&matcher->gate, text_of(matcher, i));
}

static bool are_all(const struct matcher *matcher, enum matcher_kind kind)
{
    for (size_t i = 0; i < matcher->count; i++)
        if (matcher->items[i]->kind != kind)
            return false;
    return true;
}

static const struct matcher *push_text(lua_State *L, int index, enum matcher_kind kind)
{
    struct matcher *matcher = push_new(L, kind, 0); /* [matcher] */

    matcher->text = span_at(L, index);
    set_steps(matcher);
    if (kind == MATCH_PREFIX || kind == MATCH_SUFFIX) {
        matcher->gate = gate_of(matcher->text.len, kind == MATCH_SUFFIX);
        gate_add(&matcher->gate, matcher->text);
    }
    lua_pushvalue(L, index); /* [matcher, text] */
    keep(L);                 /* [matcher] */
    return matcher;
}

static int compare_texts(const void *a, const void *b)
{
    return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* [items] -> [matcher] of a list of texts. */
static const struct matcher *push_texts(lua_State *L, size_t count)
{
    struct matcher *matcher = push_new(L, MATCH_TEXTS, count * sizeof(struct span));
    struct span *texts = (struct span *)(void *)(matcher + 1);

    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, -2, (int)i + 1); /* [items, matcher, item] */
        texts[i] = ((const struct matcher *)lua_touserdata(L, -1))->text;
        lua_pop(L, 1); /* [items, matcher] */
    }
    vm_charge(L, count * 8);
    qsort(texts, count, sizeof *texts, compare_texts);
    matcher->per_test = STEPS_OF_LIST;
    matcher->texts = texts;
    matcher->count = count;
    set_list_gate(matcher, true);
    lua_insert(L, -2);  /* [matcher, items] */
    lua_setfenv(L, -2); /* [matcher] */
    return matcher;
}

/* [items] -> [matcher]: any of a table of matchers. */
static const struct matcher *push_any(lua_State *L, size_t count)
{
    struct matcher *matcher = push_new(L, MATCH_ANY, count * sizeof(struct matcher *));
    const struct matcher **items = (const struct matcher **)(void *)(matcher + 1);

    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, -2, (int)i + 1); /* [items, matcher, item] */
        items[i] = lua_touserdata(L, -1);
        if (items[i]->depth >= matcher->depth)
            matcher->depth = items[i]->depth + 1;
        matcher->nodes += items[i]->nodes;
        matcher->per_test += items[i]->per_test;
        matcher->per_text += items[i]->per_text;
        if (matcher->nodes > MATCHER_NODES_MOST)
            luaL_error(L, "more than %d matchers in one", MATCHER_NODES_MOST);
        lua_pop(L, 1); /* [items, matcher] */
    }
    if (matcher->depth > MATCHER_DEPTH_MOST)
        luaL_error(L, "matchers nested more than %d deep", MATCHER_DEPTH_MOST);
    matcher->items = items;
    matcher->count = count;
    if (are_all(matcher, MATCH_PREFIX) || are_all(matcher, MATCH_SUFFIX))
        set_list_gate(matcher, items[0]->kind == MATCH_SUFFIX);
    lua_insert(L, -2);  /* [matcher, items] */
    lua_setfenv(L, -2); /* [matcher] */
    return matcher;
}

static bool has_keys(lua_State *L, int index)
{
    lua_pushnil(L); /* [nil] */

    bool has_some = lua_next(L, index) != 0;

    if (has_some)
        lua_pop(L, 2); /* [] */
    return has_some;
}

/* Makes matchers of the values `first` to `last`, or of the one list that stands there. */
static const struct matcher *push_list(lua_State *L, int index)
{
    size_t count = lua_objlen(L, index);
    bool are_texts = count > 1;

    if (count == 0)
        luaL_error(L, "expected a list with something in it, found %s",
                   has_keys(L, index)
                       ? "a table of keys; audit.set { ... } is for check, 'on' takes { ... }"
                       : "an empty table");
    if (count > MATCHER_ITEMS_MOST)
        luaL_error(L, "expected at most %d items, found %d", MATCHER_ITEMS_MOST, (int)count);
    vm_charge(L, count * 4);
    vm_check_depth(L);
    luaL_checkstack(L, 8, "matchers nested too deeply");
    lua_createtable(L, (int)count, 0); /* [items] */
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, index, (int)i); /* [items, value] */

        const struct matcher *item = matcher_push(L, lua_gettop(L)); /* [items, value, matcher] */

        are_texts = are_texts && item->kind == MATCH_TEXT;
        lua_remove(L, -2);          /* [items, matcher] */
        lua_rawseti(L, -2, (int)i); /* [items] */
    }
    return are_texts ? push_texts(L, count) : push_any(L, count); /* [matcher] */
}

const struct matcher *matcher_push(lua_State *L, int index)
{
    const struct matcher *existing = matcher_at(L, index);
    struct matcher *matcher = NULL;

    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        matcher = push_new(L, MATCH_NUMBER, 0);
        matcher->low = lua_tonumber(L, index);
        return matcher;
    case LUA_TBOOLEAN:
        matcher = push_new(L, MATCH_BOOLEAN, 0);
        matcher->boolean = lua_toboolean(L, index) != 0;
        return matcher;
    case LUA_TSTRING:
        return push_text(L, index, MATCH_TEXT);
    case LUA_TTABLE:
        return push_list(L, index);
    default:
        if (existing == NULL)
            luaL_error(L,
                       "expected a number, a string, a boolean, a list or audit.match.*, "
                       "found a %s",
                       luaL_typename(L, index));
        lua_pushvalue(L, index);
        return existing;
    }
}

/* Collects all arguments, or the one list that is given, into [list]; raises unless all are texts.
 */
static size_t collect_texts(lua_State *L)
{
    if (!lua_istable(L, 1)) {
        lua_createtable(L, lua_gettop(L), 0); /* [arguments, list] */
        lua_insert(L, 1);                     /* [list, arguments] */
        for (int i = lua_gettop(L); i > 1; i--)
            lua_rawseti(L, 1, i - 1); /* [list] */
    }
    lua_settop(L, 1);

    size_t count = lua_objlen(L, 1);

    luaL_argcheck(L, count > 0 && count <= MATCHER_ITEMS_MOST, 1, "one or more strings expected");
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, 1, (int)i); /* [list, text] */
        if (lua_type(L, -1) != LUA_TSTRING || lua_objlen(L, -1) == 0)
            luaL_error(L, "expected strings that are not empty, found %s", luaL_typename(L, -1));
        lua_pop(L, 1); /* [list] */
    }
    return count;
}

static void prepare(lua_State *L, struct matcher *matcher)
{
    struct error err;

    if (matcher->kind == MATCH_CIDR && !network_parse(matcher->text, &matcher->network))
        luaL_error(L, "expected a network like '10.0.0.0/8', found '%s'", matcher->text.data);
    if (matcher->kind != MATCH_REGEX)
        return;
    if (matcher->text.len > MATCHER_REGEX_MOST)
        luaL_error(L, "a regular expression has at most %d bytes", MATCHER_REGEX_MOST);
    matcher->regex = regex_new(matcher->text, &err);
    if (matcher->regex == NULL)
        luaL_error(L, "%s", err.text);
}

/* prefix(text, ...), prefix{text, ...} and its like; upvalue 1 is the kind. */
static int new_of_texts(lua_State *L)
{
    enum matcher_kind kind = (enum matcher_kind)lua_tointeger(L, lua_upvalueindex(1));
    size_t count = collect_texts(L); /* [list] */

    lua_createtable(L, (int)count, 0); /* [list, items] */
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, 1, (int)i);         /* [list, items, text] */
        push_text(L, lua_gettop(L), kind); /* [list, items, text, matcher] */
        prepare(L, lua_touserdata(L, -1));
        lua_remove(L, -2);          /* [list, items, matcher] */
        lua_rawseti(L, -2, (int)i); /* [list, items] */
    }
    if (count == 1)
        lua_rawgeti(L, -1, 1); /* [list, items, matcher] */
    else
        push_any(L, count); /* [list, matcher] */
    return 1;
}

/* range(low, high): both included; nil leaves that end open. */
static int new_range(lua_State *L)
{
    double low = lua_isnoneornil(L, 1) ? -HUGE_VAL : luaL_checknumber(L, 1);
    double high = lua_isnoneornil(L, 2) ? HUGE_VAL : luaL_checknumber(L, 2);

    if (!(low <= high))
        luaL_error(L, "expected a range from low to high, found %f to %f", low, high);

    struct matcher *matcher = push_new(L, MATCH_RANGE, 0);

    matcher->low = low;
    matcher->high = high;
    return 1;
}

/* not_(value, ...): none of them. */
static int new_not(lua_State *L)
{
    luaL_checkany(L, 1);
    if (lua_gettop(L) > 1) {
        lua_createtable(L, lua_gettop(L), 0);
        lua_insert(L, 1);
        for (int i = lua_gettop(L); i > 1; i--)
            lua_rawseti(L, 1, i - 1);
    }

    const struct matcher *inner = matcher_push(L, 1); /* [value, inner] */

    lua_createtable(L, 1, 0); /* [value, inner, items] */
    lua_insert(L, -2);        /* [value, items, inner] */
    lua_rawseti(L, -2, 1);    /* [value, items] */
    push_any(L, 1);           /* [value, matcher] */
    ((struct matcher *)lua_touserdata(L, -1))->kind = MATCH_NOT;
    (void)inner;
    return 1;
}

static int new_present(lua_State *L)
{
    push_new(L, MATCH_PRESENT, 0);
    return 1;
}

/* matcher(value): the same test inside check. */
static int call_matcher(lua_State *L)
{
    const struct matcher *matcher = luaL_checkudata(L, 1, matcher_type);
    struct value value = { .kind = VALUE_NIL };

    if (lua_type(L, 2) == LUA_TNUMBER)
        value = value_of_number(lua_tonumber(L, 2));
    else if (lua_type(L, 2) == LUA_TSTRING)
        value = value_of_text(span_at(L, 2));
    vm_charge(L, 10 + matcher_steps(matcher, &value));

    int answer = matcher_test(matcher, &value);

    if (answer < 0)
        vm_charge(L, MATCHER_STEPS_MOST / 8);
    if (answer < 0)
        return luaL_error(L, "regular expression took more than %d steps", MATCHER_STEPS_MOST);
    lua_pushboolean(L, answer);
    return 1;
}

static int collect_matcher(lua_State *L)
{
    struct matcher *matcher = lua_touserdata(L, 1);

    regex_free(matcher->regex);
    matcher->regex = NULL;
    return 0;
}

void matcher_push_library(lua_State *L)
{
    static const struct {
        const char *name;
        enum matcher_kind kind;
    } of_texts[] = {
        { "prefix", MATCH_PREFIX }, { "suffix", MATCH_SUFFIX }, { "contains", MATCH_CONTAINS },
        { "glob", MATCH_GLOB },     { "regex", MATCH_REGEX },   { "cidr", MATCH_CIDR },
    };
    static const luaL_Reg others[] = {
        { "range", new_range },
        { "not_", new_not },
        { "present", new_present },
        { NULL, NULL },
    };
    static const luaL_Reg meta[] = {
        { "__call", call_matcher },
        { "__gc", collect_matcher },
        { NULL, NULL },
    };

    luaL_newmetatable(L, matcher_type); /* [meta] */
    luaL_register(L, NULL, meta);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1); /* [] */

    lua_createtable(L, 0, 12); /* [match] */
    luaL_register(L, NULL, others);
    for (size_t i = 0; i < sizeof of_texts / sizeof of_texts[0]; i++) {
        lua_pushinteger(L, of_texts[i].kind);  /* [match, kind] */
        lua_pushcclosure(L, new_of_texts, 1);  /* [match, function] */
        lua_setfield(L, -2, of_texts[i].name); /* [match] */
    }
}
