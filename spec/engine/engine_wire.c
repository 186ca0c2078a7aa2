#include "engine.h"

#include <stdlib.h>

#include "push.h"
#include "rules/json.h"
#include "rules/sayable.h"
#include "rules/wire.h"
#include "rules/writer.h"
#include "tables/archs.h"

static void set_calls(lua_State *L, const struct rule *rule)
{
    int count = 0;

    lua_newtable(L); /* [rule, calls] */
    for (uint32_t number = 0; number < RULE_CALLS; number++) {
        if (rule_has_call(rule, number)) {
            lua_pushnumber(L, number);
            lua_rawseti(L, -2, ++count);
        }
    }
    lua_setfield(L, -2, "calls"); /* [rule] */
}

static void set_fields(lua_State *L, const struct rule *rule)
{
    lua_newtable(L); /* [rule, fields] */
    for (uint32_t i = 0; i < rule->field_count; i++) {
        lua_newtable(L); /* [rule, fields, field] */
        set_number(L, "field", rule->fields[i].field);
        set_number(L, "op", rule->fields[i].op);
        set_number(L, "value", rule->fields[i].value);
        if (rule->fields[i].text.data != NULL)
            set_span(L, "text", rule->fields[i].text);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "fields"); /* [rule] */
}

static uint32_t member(lua_State *L, int table, const char *name)
{
    lua_getfield(L, table, name); /* [value] */

    uint32_t number = (uint32_t)luaL_checknumber(L, -1);

    lua_pop(L, 1);
    return number;
}

/* A list, or "all". */
static void read_calls(lua_State *L, struct rule *rule)
{
    lua_getfield(L, 1, "calls"); /* [calls] */
    if (lua_type(L, -1) == LUA_TSTRING) {
        rule_add_all_calls(rule);
        lua_pop(L, 1);
        return;
    }
    for (int i = 1; i <= (int)lua_objlen(L, -1); i++) {
        lua_rawgeti(L, -1, i); /* [calls, number] */

        uint32_t number = (uint32_t)luaL_checknumber(L, -1);

        luaL_argcheck(L, number < RULE_CALLS, 1, "no such call");
        rule_add_call(rule, number);
        lua_pop(L, 1); /* [calls] */
    }
    lua_pop(L, 1);
}

/* The texts stay borrowed from the table. */
static void read_fields(lua_State *L, struct rule *rule)
{
    lua_getfield(L, 1, "fields"); /* [fields] */
    rule->field_count = (uint32_t)lua_objlen(L, -1);
    luaL_argcheck(L, rule->field_count <= RULE_FIELDS, 1, "too many fields");
    for (uint32_t i = 0; i < rule->field_count; i++) {
        struct rule_field *field = &rule->fields[i];

        lua_rawgeti(L, -1, (int)i + 1); /* [fields, field] */

        int table = lua_gettop(L);

        lua_getfield(L, table, "text"); /* [fields, field, text] */
        field->field = member(L, table, "field");
        field->op = member(L, table, "op");
        if (lua_isnil(L, -1)) {
            field->value = member(L, table, "value");
        } else {
            field->text = check_span(L, -1);
            field->value = (uint32_t)field->text.len;
        }
        lua_pop(L, 2); /* [fields] */
    }
    lua_pop(L, 1);
}

static int push_buffer(lua_State *L, struct buffer *bytes)
{
    lua_pushlstring(L, bytes->len > 0 ? bytes->data : "", bytes->len);
    buffer_free(bytes);
    return 1;
}

/* encode({ list =, action =, calls =, fields = }, is_prepended) gives the payload. */
static int wire_encode(lua_State *L)
{
    struct rule rule = { .list = member(L, 1, "list"), .action = member(L, 1, "action") };
    struct buffer bytes = { 0 };

    read_calls(L, &rule);
    read_fields(L, &rule);
    rule_encode(&rule, lua_toboolean(L, 2) != 0, &bytes);
    return push_buffer(L, &bytes);
}

/* A copy with nothing behind it, so that a sanitizer sees who reads beyond. */
static struct span copy_of(struct span bytes)
{
    char *copy = malloc(bytes.len > 0 ? bytes.len : 1);

    if (copy == NULL)
        abort();
    memcpy(copy, bytes.data, bytes.len);
    return (struct span){ copy, bytes.len };
}

/* decode(payload) gives the table that encode takes, or nil. */
static int wire_decode(lua_State *L)
{
    struct span payload = copy_of(check_span(L, 1));
    struct rule rule;
    int status = rule_decode(payload, &rule);

    if (status != 0) {
        lua_pushnil(L);
        lua_pushinteger(L, status);
    } else {
        lua_newtable(L); /* [rule] */
        set_number(L, "list", rule.list);
        set_number(L, "action", rule.action);
        set_flag(L, "prepended", rule_is_prepended(payload));
        set_calls(L, &rule);
        set_fields(L, &rule);
    }
    free((void *)(uintptr_t)payload.data);
    return status != 0 ? 2 : 1;
}

/* write(payload, arch, names, marks_directories, verb) gives the line; without arch for this host,
 * without verb ("prepend", "delete") to add the rule. */
static int wire_write(lua_State *L)
{
    struct rule_writing writing = { (uint32_t)luaL_optnumber(L, 2, arch_of_host()),
                                    lua_toboolean(L, 3) != 0, lua_toboolean(L, 4) != 0 };
    const char *verb = luaL_optstring(L, 5, "add");
    struct buffer line = { 0 };
    struct rule rule;

    if (rule_decode(check_span(L, 1), &rule) != 0)
        return luaL_error(L, "no rule");
    if (*verb == 'p')
        rule_write_prepended(&rule, &writing, &line);
    else if (*verb == 'd')
        rule_write_deleted(&rule, &writing, &line);
    else
        rule_write(&rule, &writing, &line);
    return push_buffer(L, &line);
}

/* can_be_said(payload, arch, names): whether the line reads as the same rule. */
static int wire_can_be_said(lua_State *L)
{
    struct rule_writing writing = { .arch = (uint32_t)luaL_optnumber(L, 2, arch_of_host()),
                                    .names = lua_toboolean(L, 3) != 0 };
    struct rule rule;

    if (rule_decode(check_span(L, 1), &rule) != 0)
        return luaL_error(L, "no rule");
    lua_pushboolean(L, rule_can_be_said(&rule, &writing));
    return 1;
}

/* write_json(payload, arch, has_origin): line 7 of x.rules */
static int wire_write_json(lua_State *L)
{
    struct rule_writing writing = { .arch = (uint32_t)luaL_optnumber(L, 2, 0) };
    struct rule_origin origin = { SPAN("x.rules"), 7 };
    struct buffer text = { 0 };
    struct rule rule;

    if (rule_decode(check_span(L, 1), &rule) != 0)
        return luaL_error(L, "no rule");
    rule_write_json(&rule, lua_toboolean(L, 3) ? &origin : NULL, &writing, &text);
    return push_buffer(L, &text);
}

void engine_wire_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "encode", wire_encode },         { "decode", wire_decode },
        { "write", wire_write },           { "can_be_said", wire_can_be_said },
        { "write_json", wire_write_json }, { NULL, NULL },
    };

    lua_newtable(L);
    luaL_register(L, NULL, functions);
}
