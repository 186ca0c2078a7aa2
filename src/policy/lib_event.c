#include <lauxlib.h>

#include "base/nearest.h"
#include "policy/bindings.h"
#include "tables/record_types.h"

/* What a policy holds: a turn's number, and a bit that says whether it is the event's fields. */
enum { SIDE_BITS = 1, SIDE_FIELDS = 1, NUMBER_BITS = 45 };

_Static_assert(sizeof(void *) == 8, "a light userdata holds 46 bits of what is lent");

/* JSON's null is the light userdata NULL and has the same metatable; so Lua says it. */
static const char not_indexed[] = "attempt to index a userdata value";

enum own {
    OWN_TIME = NAME_IS_OWN,
    OWN_SERIAL,
    OWN_ID,
    OWN_NODE,
    OWN_TYPE,
    OWN_PROCTITLE,
    OWN_CWD,
    OWN_FIELD,
    OWN_PROCESS,
    OWN_LISTS, /* from here on: made once an event and kept */
    OWN_KEYS = OWN_LISTS,
    OWN_ARGV,
    OWN_PATHS,
    OWN_ADDRESS,
    OWN_METHODS /* from here on: methods */
};

static const struct name own_names[] = {
    { "time", OWN_TIME },        { "serial", OWN_SERIAL },     { "id", OWN_ID },
    { "node", OWN_NODE },        { "type", OWN_TYPE },         { "proctitle", OWN_PROCTITLE },
    { "cwd", OWN_CWD },          { "field", OWN_FIELD },       { "process", OWN_PROCESS },
    { "keys", OWN_KEYS },        { "argv", OWN_ARGV },         { "paths", OWN_PATHS },
    { "address", OWN_ADDRESS },  { "records", OWN_METHODS },   { "text", OWN_METHODS + 1 },
    { "copy", OWN_METHODS + 2 }, { "set", OWN_METHODS + 3 },   { "get", OWN_METHODS + 4 },
    { "tag", OWN_METHODS + 5 },  { "route", OWN_METHODS + 6 }, { "send", OWN_METHODS + 7 },
    { "drop", OWN_METHODS + 8 }, { "as", OWN_METHODS + 9 },
};

enum { EVENT_METHODS = 1, EVENT_LISTS }; /* upvalues of __index */

static const char handle_key[] = "laudit.handle";
static const char names_key[] = "laudit.names"; /* a list of NAMES_KNOWN strings */

void push_span(lua_State *L, struct span text)
{
    if (text.data == NULL)
        lua_pushnil(L);
    else
        lua_pushlstring(L, text.data, text.len);
}

void push_value(lua_State *L, const struct value *value)
{
    if (value->kind == VALUE_NUMBER)
        lua_pushnumber(L, value->number);
    else if (value->kind == VALUE_TEXT)
        push_span(L, value->text);
    else
        lua_pushnil(L);
}

static void *lent(const struct handle *handle, unsigned side)
{
    return (void *)(uintptr_t)(handle->number << SIDE_BITS | side);
}

void *handle_lend(struct handle *handle, struct turn *turn)
{
    handle->turn = turn;
    handle->number = handle->number % ((UINT64_C(1) << NUMBER_BITS) - 1) + 1;
    return lent(handle, 0);
}

void handle_take_back(struct handle *handle)
{
    handle->turn = NULL;
}

static bool is_lent(const struct handle *handle, uintptr_t held)
{
    return handle->turn != NULL && held >> SIDE_BITS == handle->number;
}

static int raise_over(lua_State *L)
{
    return luaL_error(L, "this event is over; keep event:copy() instead of the event");
}

struct turn *check_turn(lua_State *L)
{
    const struct policy *policy = vm_of(L)->owner;
    uintptr_t held = (uintptr_t)lua_touserdata(L, 1);

    if (!lua_islightuserdata(L, 1) || held == 0 || (held & SIDE_FIELDS) != 0)
        luaL_error(L, "expected an event: write event:verb(...), with a colon");
    if (!is_lent(policy->handle, held))
        raise_over(L);
    return policy->handle->turn;
}

struct turn *check_open_turn(lua_State *L, const char *verb)
{
    struct turn *turn = check_turn(L);

    if (turn->is_over)
        luaL_error(L, "event:%s is for policies: an output cannot change the event", verb);
    return turn;
}

static uint16_t find_code(struct span name)
{
    uint32_t own;
    uint16_t id;

    if (names_number(NAMES(own_names), name, &own))
        return (uint16_t)own;
    id = field_find(name);
    if (id != FIELD_UNKNOWN)
        return id;
    id = field_find_upper(name);
    return id != FIELD_UNKNOWN ? id | NAME_IS_UPPER : NAME_IS_UNKNOWN;
}

static int find_place(const void *string)
{
    return (int)(((uintptr_t)string * UINT64_C(0x9E3779B97F4A7C15) >> 32) % NAMES_KNOWN);
}

/* Lua keeps equal texts once, so that a name is known by the address of its string. */
static void remember(lua_State *L, struct handle *handle, int index, uint16_t code)
{
    const void *string = lua_topointer(L, index);
    int place = find_place(string);

    lua_getfield(L, LUA_REGISTRYINDEX, names_key); /* [names] */
    lua_pushvalue(L, index);                       /* [names, name] */
    lua_rawseti(L, -2, place + 1);                 /* [names] */
    lua_pop(L, 1);                                 /* [] */
    handle->known[place] = (struct known_name){ string, code };
}

uint16_t name_code(lua_State *L, struct handle *handle, int index)
{
    const void *string = lua_topointer(L, index);
    const struct known_name *known = &handle->known[find_place(string)];
    struct span name;

    if (string != NULL && known->string == string)
        return known->code;
    if (lua_type(L, index) != LUA_TSTRING)
        luaL_error(L, "expected the name of a field, found a %s", luaL_typename(L, index));
    name.data = lua_tolstring(L, index, &name.len);

    uint16_t code = find_code(name);

    if (code != NAME_IS_UNKNOWN)
        remember(L, handle, index, code);
    return code;
}

/* [] -> [value] of a field the table does not hold; raises when the event has no such field.
 * `own_count` says how many of laudit's own names may have been meant. */
static int push_unknown(lua_State *L, const struct turn *turn, struct span name, size_t own_count)
{
    const struct record *record;
    const struct field *field;

    if (event_field_named(turn->event, name, &record, &field)) {
        struct value value = value_read(&turn->event->arena, record, field);

        push_value(L, &value);
        return 1;
    }

    struct span meant = facts_nearest(name);
    size_t distance = meant.data != NULL ? nearest_distance(name, meant) : SIZE_MAX;

    for (size_t i = 0; i < own_count; i++) {
        struct span own = span_of(own_names[i].text);

        if (nearest_distance(name, own) <= 2 && nearest_distance(name, own) < distance) {
            meant = own;
            distance = nearest_distance(name, own);
        }
    }
    if (meant.data == NULL)
        return luaL_error(L, "unknown field '%s'", name.data);
    lua_pushlstring(L, meant.data, meant.len);
    return luaL_error(L, "unknown field '%s' (did you mean '%s'?)", name.data, lua_tostring(L, -1));
}

static void push_id(lua_State *L, const struct event *event)
{
    char id[EVENT_ID_ROOM];

    lua_pushlstring(L, id, event_id_write(&event->id, id));
}

static void push_type(lua_State *L, const struct event *event)
{
    struct span name = record_type_name(event_type(event));

    if (name.data == NULL && event->record_count > 0)
        name = event->records[0].type_token;
    if (name.data == NULL)
        lua_pushfstring(L, "UNKNOWN[%d]", (int)event_type(event));
    else
        push_span(L, name);
}

void push_records(lua_State *L, struct handle *handle, uint16_t type)
{
    const struct event *event = handle->turn->event;
    int count = 0;

    for (uint32_t i = 0; i < event->record_count; i++)
        count += type == 0 || event->records[i].type == type;
    lua_createtable(L, count, 0); /* [list] */
    count = 0;
    for (uint32_t i = 0; i < event->record_count; i++) {
        if (type != 0 && event->records[i].type != type)
            continue;
        push_record(L, handle, &event->records[i]); /* [list, record] */
        lua_rawseti(L, -2, ++count);                /* [list] */
    }
    vm_charge(L, (size_t)count * 10);
}

/* [] -> [value], made the first time an event is asked for it. */
static void push_kept(lua_State *L, struct handle *handle, uint16_t code)
{
    struct event *event = handle->turn->event;

    if (handle->kept != handle->number) {
        lua_createtable(L, OWN_METHODS - OWN_LISTS, 0); /* [lists] */
        lua_replace(L, lua_upvalueindex(EVENT_LISTS));  /* [] */
        handle->kept = handle->number;
    }
    lua_pushvalue(L, lua_upvalueindex(EVENT_LISTS)); /* [lists] */
    lua_rawgeti(L, -1, code - OWN_LISTS + 1);        /* [lists, value] */
    if (!lua_isnil(L, -1))
        return;
    if (code == OWN_KEYS)
        push_keys(L, event);
    else if (code == OWN_ARGV)
        push_argv(L, event);
    else if (code == OWN_PATHS)
        push_records(L, handle, TYPE_PATH);
    else
        push_address(L, handle->turn->facts); /* [lists, nil, value] */
    lua_pushvalue(L, -1);                     /* [lists, nil, value, value] */
    lua_rawseti(L, -4, code - OWN_LISTS + 1); /* [lists, nil, value] */
}

/* [] -> [value] of one of laudit's own names. */
static int push_own(lua_State *L, struct handle *handle, uint16_t code)
{
    struct turn *turn = handle->turn;

    switch (code) {
    case OWN_TIME:
        lua_pushnumber(L, (double)turn->event->id.time_ms / 1000);
        break;
    case OWN_SERIAL:
        lua_pushnumber(L, turn->event->id.serial);
        break;
    case OWN_ID:
        push_id(L, turn->event);
        break;
    case OWN_NODE:
        push_span(L,
                  turn->event->id.node.len > 0 ? turn->event->id.node : (struct span){ NULL, 0 });
        break;
    case OWN_TYPE:
        push_type(L, turn->event);
        break;
    case OWN_PROCTITLE:
        push_span(L, facts_proctitle(turn->facts));
        break;
    case OWN_CWD:
        push_value(L, &facts_find(turn->facts, FIELD_CWD)->value);
        break;
    case OWN_FIELD:
        lua_pushlightuserdata(L, lent(handle, SIDE_FIELDS));
        break;
    case OWN_PROCESS:
        return luaL_error(L, "event.process is not there yet: pid, ppid and exe are");
    default:
        if (code < OWN_METHODS) {
            push_kept(L, handle, code);
            break;
        }
        lua_pushvalue(L, 2);
        lua_rawget(L, lua_upvalueindex(EVENT_METHODS)); /* [method] */
    }
    return 1;
}

/* event.field.NAME: always the kernel's field of that name. */
static int push_kernels(lua_State *L, const struct turn *turn)
{
    struct span name;

    name.data = luaL_checklstring(L, 2, &name.len);

    uint16_t id = field_find(name);

    if (id == FIELD_UNKNOWN)
        return push_unknown(L, turn, name, 0);
    push_value(L, &facts_find(turn->facts, id)->value);
    return 1;
}

static int event_index(lua_State *L)
{
    struct handle *handle = ((const struct policy *)vm_of(L)->owner)->handle;
    uintptr_t held = (uintptr_t)lua_touserdata(L, 1);

    if (!is_lent(handle, held))
        return held == 0 ? luaL_error(L, not_indexed) : raise_over(L);
    if ((held & SIDE_FIELDS) != 0)
        return push_kernels(L, handle->turn);

    uint16_t code = name_code(L, handle, 2);

    if (code < FIELD_COUNT) {
        push_value(L, &facts_find(handle->turn->facts, code)->value);
        return 1;
    }
    if (code == NAME_IS_UNKNOWN) {
        struct span name;

        name.data = lua_tolstring(L, 2, &name.len);
        return push_unknown(L, handle->turn, name, sizeof own_names / sizeof own_names[0]);
    }
    if (code >= NAME_IS_OWN)
        return push_own(L, handle, code);

    const struct span *name = facts_name(handle->turn->facts, (uint16_t)(code - NAME_IS_UPPER));

    push_span(L, name != NULL ? *name : (struct span){ NULL, 0 });
    return 1;
}

static int event_newindex(lua_State *L)
{
    if (lua_touserdata(L, 1) == NULL)
        return luaL_error(L, not_indexed);
    return luaL_error(L, "an event cannot be changed; event:set('%s', value) adds an attribute",
                      lua_isstring(L, 2) ? lua_tostring(L, 2) : "name");
}

static int event_tostring(lua_State *L)
{
    const struct policy *policy = vm_of(L)->owner;
    uintptr_t held = (uintptr_t)lua_touserdata(L, 1);
    bool is_now = is_lent(policy->handle, held), is_fields = (held & SIDE_FIELDS) != 0;

    if (held == 0) {
        lua_pushliteral(L, "userdata: NULL");
        return 1;
    }
    if (is_now)
        lua_pushstring(L, is_fields ? "fields of event " : "event ");
    else
        lua_pushstring(L, is_fields ? "fields of an event " : "event ");
    if (is_now)
        push_id(L, policy->handle->turn->event);
    else
        lua_pushliteral(L, "that is over");
    lua_concat(L, 2);
    return 1;
}

static int event_records(lua_State *L)
{
    struct handle *handle = ((const struct policy *)vm_of(L)->owner)->handle;
    struct span token;
    uint16_t type = 0;

    check_turn(L);
    token.data = luaL_optlstring(L, 2, "", &token.len);
    if (token.len > 0 && !record_type_find(token, &type)) {
        struct span meant = record_type_nearest(token);

        if (meant.data == NULL)
            return luaL_error(L, "unknown record type '%s'", token.data);
        lua_pushlstring(L, meant.data, meant.len);
        return luaL_error(L, "unknown record type '%s' (did you mean '%s'?)", token.data,
                          lua_tostring(L, -1));
    }
    push_records(L, handle, type);
    return 1;
}

/* [] -> []; light userdata share one metatable. */
static void set_metatable(lua_State *L)
{
    static const luaL_Reg meta[] = {
        { "__newindex", event_newindex },
        { "__tostring", event_tostring },
        { NULL, NULL },
    };

    lua_pushlightuserdata(L, NULL); /* [any] */
    lua_createtable(L, 0, 4);       /* [any, meta] */
    luaL_register(L, NULL, meta);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_createtable(L, 0, 10); /* [any, meta, methods] */
    lua_pushcfunction(L, event_records);
    lua_setfield(L, -2, "records");
    event_add_verbs(L);
    event_add_copies(L);
    event_add_formats(L);
    lua_pushnil(L);                                /* [any, meta, methods, lists] */
    lua_pushcclosure(L, event_index, EVENT_LISTS); /* [any, meta, index] */
    lua_setfield(L, -2, "__index");                /* [any, meta] */
    lua_setmetatable(L, -2);                       /* [any] */
    lua_pop(L, 1);                                 /* [] */
}

struct handle *bindings_open(lua_State *L)
{
    struct handle *handle = lua_newuserdata(L, sizeof *handle); /* [handle] */

    *handle = (struct handle){ .turn = NULL };
    lua_setfield(L, LUA_REGISTRYINDEX, handle_key); /* [] */
    lua_createtable(L, NAMES_KNOWN, 0);             /* [names] */
    lua_setfield(L, LUA_REGISTRYINDEX, names_key);  /* [] */
    set_metatable(L);
    return handle;
}
