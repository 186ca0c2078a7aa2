/* engine_plan.c - sets and plans for the specs, of rules that are small tables. */
#include "engine.h"

#include "base/natural.h"
#include "push.h"
#include "rules/merge.h"
#include "rules/order.h"
#include "rules/plan.h"
#include "rules/rule_names.h"
#include "rules/stand_in.h"
#include "tables/archs.h"

static uint32_t number_of(lua_State *L, struct names names, struct span text)
{
    uint32_t number = 0;

    if (!names_number(names, text, &number))
        luaL_error(L, "'%s' is no word of a rule", text.data);
    return number;
}

static uint32_t member(lua_State *L, const char *name, struct names names, const char *otherwise)
{
    lua_getfield(L, -1, name); /* [rule, word] */

    uint32_t number = number_of(L, names, span_of(luaL_optstring(L, -1, otherwise)));

    lua_pop(L, 1);
    return number;
}

/* The field { name, operator, value } on top of the stack; Lua keeps a text alive. */
static void add_field(lua_State *L, struct rule *rule)
{
    struct rule_field *field = &rule->fields[rule->field_count++];

    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    lua_rawgeti(L, -3, 3); /* [field, name, operator, value] */
    field->field = number_of(L, rule_field_names, check_span(L, -3));
    field->op = number_of(L, rule_operators, check_span(L, -2));
    if (rule_field_is_text(field->field)) {
        field->text = check_span(L, -1);
        field->value = (uint32_t)field->text.len;
    } else {
        field->value = (uint32_t)luaL_checknumber(L, -1);
    }
    lua_pop(L, 3);
}

/* The rule on top of the stack: { list=, action=, calls={...}, { name, operator, value }... }. */
static void read_rule(lua_State *L, struct rule *rule)
{
    luaL_checktype(L, -1, LUA_TTABLE);
    *rule = (struct rule){ .list = member(L, "list", rule_lists, "exit"),
                           .action = member(L, "action", rule_actions, "always") };
    lua_getfield(L, -1, "calls"); /* [rule, calls] */
    for (int i = 1; lua_istable(L, -1) && i <= (int)lua_objlen(L, -1); i++) {
        lua_rawgeti(L, -1, i);
        rule_add_call(rule, (uint32_t)luaL_checkinteger(L, -1));
        lua_pop(L, 1);
    }
    if (lua_isnil(L, -1))
        rule_add_all_calls(rule);
    lua_pop(L, 1);
    for (int i = 1; i <= (int)lua_objlen(L, -1); i++) {
        lua_rawgeti(L, -1, i);
        add_field(L, rule);
        lua_pop(L, 1);
    }
}

/* interfere(rule, rule), on x86_64 */
static int plan_interfere(lua_State *L)
{
    struct rule first, second;
    struct rule_scope scopes[2];
    struct call_classes classes;
    uint32_t arch = 0;

    lua_settop(L, 2);
    read_rule(L, &second);
    lua_pushvalue(L, 1);
    read_rule(L, &first);
    arch_find(SPAN("x86_64"), &arch);
    call_classes_init(&classes, arch);
    rule_scope_find(&scopes[0], &first, &classes);
    rule_scope_find(&scopes[1], &second, &classes);
    lua_pushboolean(L, rules_interfere(&scopes[0], &scopes[1]));
    return 1;
}

/* The set of the rules whose numbers the list at `index` holds. */
static struct rule_set read_set(lua_State *L, int index, const struct rule *rules)
{
    struct rule_set set = { 0 };

    for (int i = 1; i <= (int)lua_objlen(L, index); i++) {
        lua_rawgeti(L, index, i);
        rule_set_append(&set, &rules[lua_tointeger(L, -1) - 1], (struct rule_origin){ 0 });
        lua_pop(L, 1);
    }
    return set;
}

static void push_plan(lua_State *L, const struct rule_plan *plan, const struct rule *rules)
{
    static const char *const kinds[] = { "add", "prepend", "delete" };

    lua_newtable(L);
    set_number(L, "added", plan->added);
    set_number(L, "deleted", plan->deleted);
    set_number(L, "moved", plan->moved);
    set_number(L, "kept", plan->kept);
    for (size_t i = 0; i < plan->count; i++) {
        lua_newtable(L);
        set_span(L, "kind", span_of(kinds[plan->steps[i].kind]));
        set_number(L, "rule", (uint64_t)(plan->steps[i].rule - rules) + 1);
        set_flag(L, "is_move", plan->steps[i].is_move);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static bool is_outside(void *context, const struct rule *rule)
{
    const struct span *key = context;

    return rule_has_key(rule, *key);
}

/* plan(rules, now, wanted [, is_exact [, key of rules outside]]): `now` and `wanted` are numbers */
static int plan_plan(lua_State *L)
{
    lua_settop(L, 5);

    int count = (int)lua_objlen(L, 1);
    struct rule *rules = lua_newuserdata(L, (size_t)(count + 1) * sizeof *rules);
    struct span key = span_of(luaL_optstring(L, 5, NULL));
    struct rule_planning planning = { .is_exact = lua_toboolean(L, 4),
                                      .is_outside = key.data != NULL ? is_outside : NULL,
                                      .context = &key };
    struct rule_plan plan;

    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, 1, i + 1);
        read_rule(L, &rules[i]);
        lua_pop(L, 1);
    }

    struct rule_set now = read_set(L, 2, rules), wanted = read_set(L, 3, rules);

    rule_plan_make(&plan, &now, &wanted, &planning);
    push_plan(L, &plan, rules);
    rule_plan_free(&plan);
    rule_set_free(&now);
    rule_set_free(&wanted);
    return 1;
}

/* stand_in(rule): how many fields its stand-in has, and whether the two are one to the kernel */
static int plan_stand_in(lua_State *L)
{
    struct rule rule, other;

    lua_settop(L, 1);
    read_rule(L, &rule);
    if (!rule_stand_in(&rule, &other))
        return 0;
    lua_pushinteger(L, (lua_Integer)other.field_count);
    lua_pushboolean(L, rule_equal(&rule, &other));
    lua_pushinteger(L, (lua_Integer)other.fields[other.field_count - 1].field);
    return 3;
}

/* natural(name, name): negative, 0 or positive */
static int plan_natural(lua_State *L)
{
    lua_pushinteger(L, natural_compare(check_span(L, 1), check_span(L, 2)));
    return 1;
}

/* merge(folder): { { text=, file=, line= }... }; or nil and a sentence */
static int plan_merge(lua_State *L)
{
    struct rule_lines lines = { 0 };
    struct error err;

    if (rule_lines_add_folder(&lines, luaL_checkstring(L, 1), 0, &err) != 0) {
        lua_pushnil(L);
        lua_pushstring(L, err.text);
        return 2;
    }
    lua_newtable(L);
    for (size_t i = 0; i < lines.count; i++) {
        lua_newtable(L);
        set_span(L, "text", lines.items[i].text);
        set_span(L, "file", lines.items[i].origin.file);
        set_number(L, "line", lines.items[i].origin.line);
        lua_rawseti(L, -2, (int)i + 1);
    }
    rule_lines_free(&lines);
    return 1;
}

void engine_plan_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "stand_in", plan_stand_in }, { "interfere", plan_interfere }, { "plan", plan_plan },
        { "natural", plan_natural },   { "merge", plan_merge },         { NULL, NULL },
    };

    lua_newtable(L);
    luaL_register(L, NULL, functions);
}
