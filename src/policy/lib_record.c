#include <lauxlib.h>

#include "policy/bindings.h"
#include "tables/record_types.h"

static const char record_type_key[] = "laudit.record";

/* A record in the hands of a policy, as long as its event's turn lasts. */
struct record_handle {
    struct handle *event;
    uint64_t number;
    const struct record *record;
};

static const struct record_handle *check_lent(lua_State *L, const struct record_handle *handle)
{
    if (handle->event->turn == NULL || handle->event->number != handle->number)
        luaL_error(L, "this event is over; keep record:copy() instead of the record");
    return handle;
}

/* The first field of that name: the kernel's, else one a program wrote. */
static const struct field *find_field(const struct record *record, uint16_t id, struct span name)
{
    const struct field *nested = NULL;

    for (uint32_t i = 0; i < record->kernel_count; i++) {
        const struct field *field = &record->fields[i];

        if (field->id != id || (id == FIELD_UNKNOWN && !span_equal(field_name(field), name)))
            continue;
        if (!(field->flags & FIELD_IS_NESTED))
            return field;
        nested = nested != NULL ? nested : field;
    }
    return nested;
}

static int push_field_value(lua_State *L, struct event *event, const struct record *record,
                            const struct field *field)
{
    struct value value = { .kind = VALUE_NIL };

    if (field != NULL)
        value = value_read(&event->arena, record, field);
    push_value(L, &value);
    return 1;
}

static int push_field_name(lua_State *L, const struct turn *turn, const struct record *record,
                           const struct field *field)
{
    struct span name = { NULL, 0 };

    if (field != NULL &&
        !interpret_name(turn->surroundings->resolver, turn->event, record, field, &name))
        name.data = NULL;
    push_span(L, name);
    return 1;
}

static void push_type(lua_State *L, const struct record *record)
{
    struct span name = record_type_name(record->type);

    push_span(L, name.data != NULL ? name : record->type_token);
}

static int record_copy(lua_State *L)
{
    const struct record_handle *handle = check_lent(L, luaL_checkudata(L, 1, record_type_key));
    const struct turn *turn = handle->event->turn;

    push_record_copy(L, turn->event, turn->surroundings->resolver, handle->record);
    return 1;
}

static int push_unknown(lua_State *L, struct event *event, const struct record *record,
                        struct span name)
{
    const struct field *field = find_field(record, FIELD_UNKNOWN, name);

    if (span_equal(name, SPAN("text"))) {
        push_span(L, record->text);
        return 1;
    }
    if (span_equal(name, SPAN("body"))) {
        push_span(L, (struct span){ record->text.data + record->body_at,
                                    record->tail_at - record->body_at });
        return 1;
    }
    if (field != NULL)
        return push_field_value(L, event, record, field);

    struct span meant = facts_nearest(name);

    if (meant.data == NULL)
        return luaL_error(L, "unknown field '%s'", name.data);
    lua_pushlstring(L, meant.data, meant.len);
    return luaL_error(L, "unknown field '%s' (did you mean '%s'?)", name.data, lua_tostring(L, -1));
}

static int record_index(lua_State *L)
{
    const struct record_handle *handle = check_lent(L, lua_touserdata(L, 1));
    const struct turn *turn = handle->event->turn;
    const struct record *record = handle->record;
    struct span name;

    name.data = luaL_checklstring(L, 2, &name.len);
    if (span_equal(name, SPAN("type"))) {
        push_type(L, record);
        return 1;
    }
    if (span_equal(name, SPAN("copy"))) {
        lua_pushcfunction(L, record_copy);
        return 1;
    }

    uint16_t id = name_code(L, handle->event, 2);

    if (id >= FIELD_COUNT) /* what an event calls its own may be a field of a record */
        id = field_find(name);
    if (id != FIELD_UNKNOWN)
        return push_field_value(L, turn->event, record, find_field(record, id, name));
    id = field_find_upper(name);
    if (id != FIELD_UNKNOWN)
        return push_field_name(L, turn, record, find_field(record, id, name));
    return push_unknown(L, turn->event, record, name);
}

static int record_newindex(lua_State *L)
{
    return luaL_error(L, "a record cannot be changed");
}

void push_record(lua_State *L, struct handle *event, const struct record *record)
{
    struct record_handle *handle = lua_newuserdata(L, sizeof *handle); /* [record] */

    *handle = (struct record_handle){ event, event->number, record };
    if (luaL_newmetatable(L, record_type_key)) { /* [record, meta] */
        lua_pushcfunction(L, record_index);
        lua_setfield(L, -2, "__index");
        lua_pushcfunction(L, record_newindex);
        lua_setfield(L, -2, "__newindex");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_setmetatable(L, -2); /* [record] */
}

/* [table] -> [table]: both sides of one field, the first of its name only. */
static void add_field(lua_State *L, struct event *event, const struct resolver *resolver,
                      const struct record *record, const struct field *field)
{
    struct span name = field_name(field), upper;

    push_span(L, name);   /* [table, name] */
    lua_pushvalue(L, -1); /* [table, name, name] */
    lua_rawget(L, -3);    /* [table, name, old] */

    bool is_new = lua_isnil(L, -1);

    lua_pop(L, 1); /* [table, name] */
    if (!is_new) {
        lua_pop(L, 1);
        return;
    }
    push_field_value(L, event, record, field); /* [table, name, value] */
    lua_rawset(L, -3);                         /* [table] */
    if (field->id >= FIELD_COUNT || !interpret_name(resolver, event, record, field, &upper))
        return;
    push_span(L, field_info(field->id)->upper); /* [table, NAME] */
    push_span(L, upper);                        /* [table, NAME, value] */
    lua_rawset(L, -3);                          /* [table] */
}

void push_record_copy(lua_State *L, struct event *event, const struct resolver *resolver,
                      const struct record *record)
{
    lua_createtable(L, 0, (int)record->kernel_count); /* [table] */
    vm_charge(L, record->kernel_count * 4u);
    for (unsigned nested = 0; nested <= FIELD_IS_NESTED; nested += FIELD_IS_NESTED)
        for (uint32_t i = 0; i < record->kernel_count; i++)
            if (record->fields[i].form != FORM_WORD &&
                (record->fields[i].flags & FIELD_IS_NESTED) == nested)
                add_field(L, event, resolver, record, &record->fields[i]);
    push_type(L, record);        /* [table, type] */
    lua_setfield(L, -2, "type"); /* [table] */
    push_span(L, record->text);  /* [table, text] */
    lua_setfield(L, -2, "text"); /* [table] */
}
