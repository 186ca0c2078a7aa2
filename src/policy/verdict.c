#include <lauxlib.h>

#include "policy/bindings.h"
#include "policy/json.h"
#include "policy/natives.h"

enum {
    MESSAGE_MOST = 8192,   /* bytes of an alert's message */
    FIELDS_MOST = 64 << 10 /* bytes of an alert's fields as JSON */
};

static bool is_alert(lua_State *L, int index)
{
    if (!lua_istable(L, index) || !lua_getmetatable(L, index))
        return false;
    luaL_getmetatable(L, natives_alert_type); /* [meta, wanted] */

    bool is_one = lua_rawequal(L, -1, -2) != 0;

    lua_pop(L, 2);
    return is_one;
}

/* [] -> [value], without metamethods. */
static void raw_field(lua_State *L, int index, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, index);
}

static struct span copy_message(lua_State *L, int alert, struct arena *arena)
{
    struct span message;

    raw_field(L, alert, "message"); /* [message] */
    message.data = luaL_checklstring(L, -1, &message.len);
    vm_charge_bytes(L, message.len);
    if (message.len > MESSAGE_MOST)
        message.len = MESSAGE_MOST;
    message = arena_copy(arena, message);
    lua_pop(L, 1); /* [] */
    return message;
}

static enum severity read_severity(lua_State *L, int alert, enum severity severity)
{
    struct span name;

    raw_field(L, alert, "severity"); /* [name] */
    if (!lua_isnil(L, -1)) {
        name.data = luaL_checklstring(L, -1, &name.len);
        if (!severity_find(name, &severity))
            luaL_error(L, "unknown severity '%s'", name.data);
    }
    lua_pop(L, 1); /* [] */
    return severity;
}

static struct span copy_fields(lua_State *L, int alert, struct arena *arena)
{
    struct span json = { NULL, 0 };

    raw_field(L, alert, "fields"); /* [fields] */
    if (lua_istable(L, -1)) {
        json = json_write(L, lua_gettop(L), FIELDS_MOST);
        if (json.data[0] != '{')
            luaL_error(L, "an alert's fields have names: { address = '...' }");
        json = arena_copy(arena, json);
    } else if (!lua_isnil(L, -1)) {
        luaL_error(L, "an alert's fields are a table, found a %s", luaL_typename(L, -1));
    }
    lua_pop(L, 1); /* [] */
    return json;
}

/* An output's name or a list of them. */
static void read_outputs(lua_State *L, int alert, const struct surroundings *surroundings,
                         struct raised *raised)
{
    raw_field(L, alert, "outputs"); /* [outputs] */
    raised->names_outputs = !lua_isnil(L, -1);
    if (lua_isstring(L, -1)) {
        add_output(L, surroundings, lua_gettop(L), &raised->named);
    } else if (lua_istable(L, -1)) {
        for (int i = 1, count = (int)lua_objlen(L, -1); i <= count; i++) {
            lua_rawgeti(L, -1, i); /* [outputs, name] */
            add_output(L, surroundings, lua_gettop(L), &raised->named);
            lua_pop(L, 1); /* [outputs] */
        }
    } else if (raised->names_outputs) {
        luaL_error(L, "an alert's outputs are a name or a list of names, found a %s",
                   luaL_typename(L, -1));
    }
    lua_pop(L, 1); /* [] */
}

/* "1615114232.375:15558/root-shell/1" */
static struct span make_id(const struct verdict *verdict)
{
    struct event *event = verdict->turn->event;
    size_t room = EVENT_ID_ROOM + POLICY_NAME_MOST + 16;
    char *id = arena_alloc(&event->arena, room);
    size_t len = event_id_write(&event->id, id);

    len += (size_t)snprintf(id + len, room - len, "/%s/%u", verdict->policy->definition.name,
                            verdict->alerts);
    return (struct span){ id, len };
}

static void take_alert(lua_State *L, int alert, struct verdict *verdict)
{
    struct turn *turn = verdict->turn;
    struct arena *arena = &turn->event->arena;
    const struct definition *definition = &verdict->policy->definition;
    struct raised *raised = arena_alloc(arena, sizeof *raised);

    if (++verdict->alerts > TURN_ALERTS_MOST)
        luaL_error(L, "check returned more than %d alerts", TURN_ALERTS_MOST);
    *raised = (struct raised){ .next = NULL };
    raised->alert.event = turn->event;
    raised->alert.policy = span_of(definition->name);
    raised->alert.message = copy_message(L, alert, arena);
    raised->alert.severity = read_severity(L, alert, definition->severity);
    raised->alert.fields = copy_fields(L, alert, arena);
    read_outputs(L, alert, turn->surroundings, raised);
    raised->alert.id = make_id(verdict);
    *turn->last = raised;
    turn->last = &raised->next;
}

static int refuse(lua_State *L, int index)
{
    return luaL_error(L,
                      "check returned a %s; return audit.alert(...), a list of alerts or nothing",
                      luaL_typename(L, index));
}

void verdict_take(lua_State *L, void *context)
{
    struct verdict *verdict = context;

    if (is_alert(L, 1)) {
        take_alert(L, 1, verdict);
        return;
    }
    if (!lua_istable(L, 1))
        refuse(L, 1);
    for (int i = 1, count = (int)lua_objlen(L, 1); i <= count; i++) {
        lua_rawgeti(L, 1, i); /* [list, alert] */
        if (!is_alert(L, 2))
            refuse(L, 2);
        take_alert(L, 2, verdict);
        lua_settop(L, 1); /* [list] */
    }
    lua_pushnil(L); /* [list, nil] */
    if (lua_objlen(L, 1) == 0 && lua_next(L, 1) != 0)
        luaL_error(L, "check returned a table that is no alert; return audit.alert{...}");
}
