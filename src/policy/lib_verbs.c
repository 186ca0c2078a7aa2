#include <lauxlib.h>

#include "base/nearest.h"
#include "base/utf8.h"
#include "policy/bindings.h"
#include "policy/json.h"
#include "policy/library.h"

enum {
    NAME_MOST = 128,       /* bytes of an attribute's name, a tag or a reason */
    VALUE_MOST = 64 << 10, /* bytes of an attribute's JSON */
};

static struct span check_name(lua_State *L, int index, const char *what)
{
    struct span name;

    name.data = luaL_checklstring(L, index, &name.len);
    if (name.len == 0 || name.len > NAME_MOST)
        luaL_error(L, "%s has 1 to %d bytes, this one has %d", what, NAME_MOST, (int)name.len);
    return name;
}

static bool is_utf8(struct span text)
{
    size_t len;

    for (; text.len > 0; text = span_skip(text, len)) {
        if ((len = utf8_len(text)) == 0)
            return false;
    }
    return true;
}

/* Accounts for what is written into the event's arena. */
static void note(lua_State *L, struct turn *turn, size_t bytes)
{
    vm_charge_bytes(L, bytes);
    if (turn->noted + bytes > TURN_NOTE_BYTES_MOST)
        luaL_error(L, "policies write at most %d bytes into one event", TURN_NOTE_BYTES_MOST);
    turn->noted += bytes;
}

static unsigned count_tags(const struct tag *tag)
{
    unsigned count = 0;

    for (; tag != NULL; tag = tag->next)
        count++;
    return count;
}

static unsigned count_attributes(const struct attribute *attribute)
{
    unsigned count = 0;

    for (; attribute != NULL; attribute = attribute->next)
        count++;
    return count;
}

/* event:set(name, value) */
static int event_set(lua_State *L)
{
    struct turn *turn = check_open_turn(L, "set");
    struct event *event = turn->event;
    struct span name = check_name(L, 2, "an attribute's name");

    if (!is_utf8(name)) /* it would be repaired where it is written, perhaps to another's name */
        return luaL_error(L, "an attribute's name is UTF-8");
    if (lua_isnoneornil(L, 3))
        return luaL_error(L, "event:set('%s', value) needs a value, found nil", name.data);

    struct span json = json_write(L, 3, VALUE_MOST);

    if (notes_get(&event->notes, name).data == NULL &&
        count_attributes(event->notes.attributes) >= TURN_NOTES_MOST)
        return luaL_error(L, "an event has at most %d attributes", TURN_NOTES_MOST);
    note(L, turn, name.len + json.len + sizeof(struct attribute));
    notes_set(&event->notes, &event->arena, name, json);
    return 0;
}

/* event:get(name): the value that was set, nil when none was; upvalue 1 is cjson's decode. */
static int event_get(lua_State *L)
{
    struct turn *turn = check_turn(L);
    struct span json = notes_get(&turn->event->notes, check_name(L, 2, "an attribute's name"));
    bool is_table;

    if (json.data == NULL) {
        lua_pushnil(L);
        return 1;
    }
    is_table = json.data[0] == '{' || json.data[0] == '[';
    lua_pushvalue(L, lua_upvalueindex(1)); /* [decode] */
    if (is_table) {
        lua_pushlstring(L, json.data, json.len); /* [decode, json] */
    } else {
        lua_pushliteral(L, "["); /* [decode, "["], because cjson reads no lone value */
        lua_pushlstring(L, json.data, json.len);
        lua_pushliteral(L, "]");
        lua_concat(L, 3); /* [decode, json] */
    }
    vm_charge(L, json.len);
    vm_check_depth(L);
    lua_call(L, 1, 1); /* [value] */
    if (!is_table)
        lua_rawgeti(L, -1, 1); /* [list, value] */
    return 1;
}

/* event:tag(name) */
static int event_tag(lua_State *L)
{
    struct turn *turn = check_open_turn(L, "tag");
    struct event *event = turn->event;
    struct span text = check_name(L, 2, "a tag");

    if (count_tags(event->notes.tags) >= TURN_NOTES_MOST)
        return luaL_error(L, "an event has at most %d tags", TURN_NOTES_MOST);
    note(L, turn, text.len + sizeof(struct tag));
    notes_tag(&event->notes, &event->arena, text);
    return 0;
}

static struct span output_name(const void *context, size_t index)
{
    return ((const struct span *)context)[index];
}

/* Adds the output called by the string at `index`; raises when there is none. */
void add_output(lua_State *L, const struct surroundings *surroundings, int index,
                struct route *route)
{
    struct span name;

    name.data = luaL_checklstring(L, index, &name.len);
    for (size_t i = 0; i < surroundings->output_count; i++) {
        if (span_equal(surroundings->outputs[i], name)) {
            route_add(route, (unsigned)i);
            return;
        }
    }
    if (surroundings->has_any_output) {
        route_add(route, 0);
        return;
    }

    struct span meant =
        nearest_name(name, output_name, surroundings->outputs, surroundings->output_count);

    if (meant.data == NULL)
        luaL_error(L, "unknown output '%s'", name.data);
    lua_pushlstring(L, meant.data, meant.len);
    luaL_error(L, "unknown output '%s' (did you mean '%s'?)", name.data, lua_tostring(L, -1));
}

/* The outputs that all arguments name. */
static struct route check_outputs(lua_State *L, const struct turn *turn, const char *verb)
{
    struct route route = { 0 };
    int count = lua_gettop(L);

    if (count < 2)
        luaL_error(L, "event:%s needs the name of an output", verb);
    for (int i = 2; i <= count; i++)
        add_output(L, turn->surroundings, i, &route);
    return route;
}

/* event:route(output, ...): the event goes there instead of to the default outputs. */
static int event_route(lua_State *L)
{
    struct turn *turn = check_open_turn(L, "route");
    struct route route = check_outputs(L, turn, "route");

    if (turn->decision.is_dropped)
        return 0;
    turn->decision.is_routed = true;
    turn->decision.routed.bits |= route.bits;
    return 0;
}

/* event:send(output, ...): the event goes there too. */
static int event_send(lua_State *L)
{
    struct turn *turn = check_open_turn(L, "send");
    struct route route = check_outputs(L, turn, "send");

    if (!turn->decision.is_dropped)
        turn->decision.sent.bits |= route.bits;
    return 0;
}

/* event:drop(reason) */
static int event_drop(lua_State *L)
{
    struct turn *turn = check_open_turn(L, "drop");

    check_name(L, 2, "the reason of a drop");
    turn->decision.is_dropped = true;
    return 0;
}

void event_add_verbs(lua_State *L)
{
    static const luaL_Reg verbs[] = {
        { "set", event_set },   { "tag", event_tag },   { "route", event_route },
        { "send", event_send }, { "drop", event_drop }, { NULL, NULL },
    };

    luaL_register(L, NULL, verbs); /* [methods] */
    library_push_cjson(L);         /* [methods, cjson] */
    lua_getfield(L, -1, "decode"); /* [methods, cjson, decode] */
    lua_pushcclosure(L, event_get, 1);
    lua_setfield(L, -3, "get"); /* [methods, cjson] */
    lua_pop(L, 1);              /* [methods] */
}
