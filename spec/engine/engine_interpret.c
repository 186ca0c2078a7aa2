#include "engine.h"

#include "enrich/users.h"
#include "interpret/interpret.h"
#include "interpret/mode.h"
#include "pipeline.h"
#include "push.h"
#include "tables/record_types.h"

/* As set_span; nothing where `text` is absent. */
static void set_present(lua_State *L, const char *name, struct span text)
{
    if (text.data == NULL)
        return;
    lua_pushlstring(L, text.data, text.len);
    lua_setfield(L, -2, name);
}

/* sockaddr(hex) → table, or nil when it cannot be read */
static int interpret_lua_sockaddr(lua_State *L)
{
    struct arena arena;
    struct address address;

    arena_init(&arena);
    if (interpret_sockaddr(&arena, check_span(L, 1), &address) < 0) {
        arena_free(&arena);
        return 0;
    }
    lua_newtable(L); /* [address] */
    set_present(L, "family", address.family);
    set_present(L, "ip", address.ip);
    set_present(L, "path", address.path);
    set_present(L, "hardware", address.hardware);
    set_number(L, "number", address.family_number);
    set_number(L, "port", address.port);
    set_number(L, "scope", address.scope);
    set_number(L, "flow", address.flow);
    set_number(L, "pid", address.pid);
    set_number(L, "groups", address.groups);
    set_number(L, "cid", address.cid);
    set_number(L, "interface", address.interface);
    set_number(L, "protocol", address.protocol);
    arena_free(&arena);
    return 1;
}

/* mode(octal digits) → text */
static int interpret_lua_mode(lua_State *L)
{
    char text[MODE_ROOM];
    uint64_t mode = 0;

    luaL_argcheck(L, span_octal(check_span(L, 1), &mode), 1, "octal digits");
    lua_pushlstring(L, text, mode_write((uint32_t)mode, text));
    return 1;
}

/* label(text) → user, role, type, level */
static int interpret_lua_label(lua_State *L)
{
    struct label label;

    interpret_label(check_span(L, 1), &label);

    const struct span parts[] = { label.user, label.role, label.type, label.level };

    for (size_t i = 0; i < 4; i++) {
        if (parts[i].data != NULL)
            lua_pushlstring(L, parts[i].data, parts[i].len);
        else
            lua_pushnil(L);
    }
    return 4;
}

/* What interpret.events gathers into the list at `events`. */
struct gathering {
    lua_State *L;
    struct resolver resolver;
    int events; /* stack index */
};

static void push_strings(lua_State *L, const struct strings *strings)
{
    lua_newtable(L); /* [list] */
    for (uint32_t i = 0; i < strings->count; i++) {
        if (strings->items[i].data != NULL)
            lua_pushlstring(L, strings->items[i].data, strings->items[i].len);
        else
            lua_pushboolean(L, false); /* a gap */
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_pushboolean(L, strings->is_cut);
    lua_setfield(L, -2, "cut");
}

/* {name, value, decoded, said} of one field; keys and arguments as lists. */
static void push_field(struct gathering *gathering, struct event *event,
                       const struct record *record, const struct field *field)
{
    lua_State *L = gathering->L;
    struct strings strings;
    struct span name;

    lua_newtable(L); /* [field] */
    set_present(L, "name", field_name(field));
    set_present(L, "value", field_value(field));
    set_present(L, "decoded", field_decode(field, &event->arena));
    lua_pushboolean(L, (field->flags & FIELD_IS_NESTED) != 0);
    lua_setfield(L, -2, "nested");
    if (interpret_name(&gathering->resolver, event, record, field, &name))
        set_present(L, "said", name);
    if (field->id == FIELD_KEY || field->id == FIELD_PROCTITLE) {
        if (field->id == FIELD_KEY)
            interpret_keys(event, field, &strings);
        else if (!interpret_proctitle(event, record, &strings))
            return;
        push_strings(L, &strings); /* [field, list] */
        lua_setfield(L, -2, "list");
    }
}

static void push_record(struct gathering *gathering, struct event *event,
                        const struct record *record)
{
    lua_State *L = gathering->L;
    struct span type = record_type_name(record->type);

    lua_newtable(L); /* [record] */
    set_present(L, "type", type.len > 0 ? type : record->type_token);
    for (uint32_t i = 0; i < record->kernel_count; i++) {
        push_field(gathering, event, record, &record->fields[i]); /* [record, field] */
        lua_rawseti(L, -2, (int)lua_objlen(L, -2) + 1);
    }
}

static void gather(void *context, struct event *event)
{
    struct gathering *gathering = context;
    lua_State *L = gathering->L;
    char id[EVENT_ID_ROOM];
    struct strings argv;

    lua_newtable(L); /* [event] */
    set_present(L, "id", (struct span){ id, event_id_write(&event->id, id) });
    set_present(L, "node", event->id.node);
    for (uint32_t i = 0; i < event->record_count; i++) {
        push_record(gathering, event, &event->records[i]); /* [event, record] */
        lua_rawseti(L, -2, (int)lua_objlen(L, -2) + 1);
    }
    if (interpret_argv(event, &argv)) {
        push_strings(L, &argv); /* [event, argv] */
        lua_setfield(L, -2, "argv");
    }
    lua_rawseti(L, gathering->events, (int)lua_objlen(L, gathering->events) + 1);
}

/* events(log, resolve) → what is said of each field of each record of each event */
static int interpret_lua_events(lua_State *L)
{
    static const struct log silence = { NULL, LOG_LEVEL_ERROR };
    struct users *users = lua_toboolean(L, 2) ? users_new(NULL, &silence) : NULL;
    struct gathering gathering = { .L = L, .resolver = resolver_none };

    if (users != NULL)
        gathering.resolver = users_resolver(users);
    lua_newtable(L); /* [..., events] */
    gathering.events = lua_gettop(L);
    pipeline_run(check_span(L, 1), '\n', false, gather, &gathering);
    if (users != NULL)
        users_close(users);
    return 1;
}

void engine_interpret_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "sockaddr", interpret_lua_sockaddr },
        { "mode", interpret_lua_mode },
        { "label", interpret_lua_label },
        { "events", interpret_lua_events },
        { NULL, NULL },
    };

    lua_newtable(L);
    luaL_register(L, NULL, functions);
}
