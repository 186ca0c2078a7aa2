#include <lauxlib.h>
#include <stdio.h>

#include "policy/bindings.h"
#include "tables/record_types.h"

static void push_strings(lua_State *L, const struct strings *strings)
{
    vm_charge(L, strings->count);
    lua_createtable(L, (int)strings->count, 0); /* [list] */
    for (uint32_t i = 0; i < strings->count; i++) {
        struct span item = strings->items[i];

        lua_pushlstring(L, item.data != NULL ? item.data : "", item.len); /* [list, item] */
        lua_rawseti(L, -2, (int)i + 1);                                   /* [list] */
    }
}

void push_argv(lua_State *L, struct event *event)
{
    struct strings argv;

    if (interpret_argv(event, &argv))
        push_strings(L, &argv);
    else
        lua_pushnil(L);
}

void push_keys(lua_State *L, struct event *event)
{
    int count = 0;

    lua_newtable(L); /* [list] */
    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct field *field = record_field(&event->records[i], FIELD_KEY);
        struct strings keys = { 0 };

        if (field == NULL || field_is_null(field))
            continue;
        interpret_keys(event, field, &keys);
        for (uint32_t j = 0; j < keys.count; j++) {
            push_span(L, keys.items[j]); /* [list, key] */
            lua_rawseti(L, -2, ++count); /* [list] */
        }
    }
}

static void set_text(lua_State *L, const char *name, struct span text)
{
    if (text.data == NULL)
        return;
    push_span(L, text);
    lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, double number)
{
    lua_pushnumber(L, number);
    lua_setfield(L, -2, name);
}

void push_address(lua_State *L, struct facts *facts)
{
    const struct fact *fact = facts_find(facts, FIELD_SADDR);
    struct address address;

    if (fact->record == NULL ||
        interpret_sockaddr(&facts->event->arena, field_value(fact->field), &address) != 0) {
        lua_pushnil(L);
        return;
    }
    lua_createtable(L, 0, 4); /* [address] */
    set_text(L, "family", address.family);
    set_number(L, "family_number", address.family_number);
    set_text(L, "ip", address.ip);
    set_text(L, "path", address.path);
    set_text(L, "hardware", address.hardware);
    if (address.ip.data != NULL || span_equal(address.family, SPAN("vsock")))
        set_number(L, "port", address.port);
    if (span_equal(address.family, SPAN("vsock")))
        set_number(L, "cid", address.cid);
    if (span_equal(address.family, SPAN("netlink"))) {
        set_number(L, "pid", address.pid);
        set_number(L, "groups", address.groups);
    }
}

/* [copy] -> [copy] with `name` = event.name. */
static void copy_own(lua_State *L, const char *name)
{
    lua_getfield(L, 1, name); /* [copy, value] */
    lua_setfield(L, -2, name);
}

/* [copy] -> [copy] with every record's fields, in the order in which bare names find them. */
static void copy_fields(lua_State *L, struct event *event, const struct resolver *resolver)
{
    lua_newtable(L); /* [copy, records] */
    for (uint32_t i = 0; i < event->record_count; i++) {
        push_record_copy(L, event, resolver, &event->records[i]); /* [copy, records, record] */
        lua_rawseti(L, -2, (int)i + 1);                           /* [copy, records] */
    }
    lua_setfield(L, -2, "records"); /* [copy] */
}

/* [copy] -> [copy] with both sides of each field that any record has. */
static void copy_names(lua_State *L, struct facts *facts)
{
    const struct event *event = facts->event;

    for (uint32_t i = 0; i < event->record_count; i++) {
        for (uint32_t j = 0; j < event->records[i].kernel_count; j++) {
            const struct field *field = &event->records[i].fields[j];

            if (field->id >= FIELD_COUNT || field->form == FORM_WORD)
                continue;
            push_span(L, field_name(field)); /* [copy, name] */
            push_value(L, &facts_find(facts, field->id)->value);
            lua_rawset(L, -3); /* [copy] */

            const struct span *name = facts_name(facts, field->id);

            if (name == NULL)
                continue;
            push_span(L, field_info(field->id)->upper); /* [copy, NAME] */
            push_span(L, *name);
            lua_rawset(L, -3); /* [copy] */
        }
    }
}

/* [copy] -> [copy] with the list of PATH records, which are among the records already. */
static void copy_paths(lua_State *L, const struct event *event)
{
    int count = 0;

    lua_newtable(L);                /* [copy, paths] */
    lua_getfield(L, -2, "records"); /* [copy, paths, records] */
    for (uint32_t i = 0; i < event->record_count; i++) {
        if (event->records[i].type != TYPE_PATH)
            continue;
        lua_rawgeti(L, -1, (int)i + 1); /* [copy, paths, records, record] */
        lua_rawseti(L, -3, ++count);    /* [copy, paths, records] */
    }
    lua_pop(L, 1);                /* [copy, paths] */
    lua_setfield(L, -2, "paths"); /* [copy] */
}

static int event_copy(lua_State *L)
{
    static const char *const own[] = { "time", "serial", "id",  "node",      "type",
                                       "keys", "argv",   "cwd", "proctitle", "address" };
    struct turn *turn = check_turn(L);

    lua_newtable(L); /* [copy] */
    copy_names(L, turn->facts);
    copy_fields(L, turn->event, turn->surroundings->resolver);
    copy_paths(L, turn->event);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        copy_own(L, own[i]);
    return 1;
}

/* The records as lines of a log. */
static int event_text(lua_State *L)
{
    struct event *event = check_turn(L)->event;
    struct buffer *out = &vm_of(L)->scratch;

    buffer_clear(out);
    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct record *record = &event->records[i];
        struct span type = record_type_name(record->type);

        if (record->type_token.data != NULL)
            type = record->type_token;
        if (i > 0)
            buffer_byte(out, '\n');
        if (event->id.node.len > 0)
            buffer_printf(out, "node=%.*s ", SPAN_ARG(event->id.node));
        if (type.data != NULL)
            buffer_printf(out, "type=%.*s msg=", SPAN_ARG(type));
        else
            buffer_printf(out, "type=UNKNOWN[%u] msg=", record->type);
        buffer_append(out, record->text);
    }
    vm_charge_bytes(L, out->len);
    lua_pushlstring(L, out->data != NULL ? out->data : "", out->len);
    return 1;
}

void event_add_copies(lua_State *L)
{
    lua_pushcfunction(L, event_copy);
    lua_setfield(L, -2, "copy");
    lua_pushcfunction(L, event_text);
    lua_setfield(L, -2, "text");
}
