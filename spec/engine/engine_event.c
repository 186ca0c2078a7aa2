#include "engine.h"

#include "event/assembler.h"
#include "event/serials.h"
#include "push.h"
#include "tables/record_types.h"

#define ASSEMBLER_TYPE "laudit.spec.assembler"

/* An assembler whose events gather in a Lua list until the spec fetches them. */
struct holder {
    struct assembler *assembler;
    lua_State *L; /* of the call under way */
    int events;   /* stack index of the list during a call */
};

static void push_records(lua_State *L, const struct event *event)
{
    lua_newtable(L); /* [records] */
    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct record *record = &event->records[i];

        lua_newtable(L); /* [records, record] */
        set_number(L, "type", record->type);
        set_number(L, "fields", record->field_count);
        set_span(L, "token", record->type_token);
        set_span(L, "text", record->text);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

/* What event_field finds for every field of the table, and what it finds for a name outside it. */
static void push_fields(lua_State *L, const struct event *event)
{
    const struct record *record;
    const struct field *field;

    lua_newtable(L); /* [fields] */
    for (uint16_t id = 0; id < FIELD_COUNT; id++) {
        if (!event_field(event, id, &record, &field))
            continue;

        struct span name = field_info(id)->name;

        lua_pushlstring(L, name.data, name.len);
        lua_pushlstring(L, field->value, field->value_len);
        lua_settable(L, -3);
    }
    if (event_field_named(event, SPAN("no_such_field"), &record, &field))
        set_span(L, "no_such_field", field_value(field));
}

static void push_event(lua_State *L, const struct event *event)
{
    char id[EVENT_ID_ROOM];
    size_t len = event_id_write(&event->id, id);

    lua_newtable(L); /* [event] */
    set_span(L, "id", (struct span){ id, len });
    set_span(L, "node", event->id.node);
    set_number(L, "now", event->now_ms);
    set_number(L, "type", event_type(event));
    set_flag(L, "late", (event->flags & EVENT_IS_LATE) != 0);
    set_flag(L, "cut", (event->flags & EVENT_IS_CUT) != 0);
    set_flag(L, "has_syscall", event->syscall != NULL);
    if (event->end.text.data != NULL) {
        set_span(L, "end_token", event->end.type_token);
        set_span(L, "end_text", event->end.text);
    }
    push_records(L, event); /* [event, records] */
    lua_setfield(L, -2, "records");
    push_fields(L, event); /* [event, fields] */
    lua_setfield(L, -2, "fields");
}

static void on_event(void *context, struct event *event)
{
    struct holder *holder = context;
    lua_State *L = holder->L;

    push_event(L, event); /* [..., event] */
    lua_rawseti(L, holder->events, (int)lua_objlen(L, holder->events) + 1);
}

static struct holder *check_holder(lua_State *L)
{
    return luaL_checkudata(L, 1, ASSEMBLER_TYPE);
}

/* Begins a call that may hand out events: they go to a new list on top of the stack. */
static struct holder *begin_call(lua_State *L)
{
    struct holder *holder = check_holder(L);

    lua_newtable(L); /* [..., events] */
    holder->L = L;
    holder->events = lua_gettop(L);
    return holder;
}

static uint32_t limit(lua_State *L, const char *name, uint32_t otherwise)
{
    lua_getfield(L, 2, name); /* [value] */

    uint32_t value = lua_isnil(L, -1) ? otherwise : (uint32_t)lua_tonumber(L, -1);

    lua_pop(L, 1);
    return value;
}

/* assembler('file' or 'live', limits) → assembler */
static int event_lua_assembler(lua_State *L)
{
    static const char *const modes[] = { "live", "file", NULL };
    const struct assembler_limits *usual = &assembler_default_limits;
    int mode = luaL_checkoption(L, 1, NULL, modes);

    lua_settop(L, 2);
    if (lua_isnil(L, 2)) {
        lua_newtable(L);
        lua_replace(L, 2);
    }

    struct assembler_limits limits = {
        .events = limit(L, "events", usual->events),
        .records = limit(L, "records", usual->records),
        .bytes = limit(L, "bytes", usual->bytes),
        .all_bytes = limit(L, "all_bytes", usual->all_bytes),
        .timeout_ms = limit(L, "timeout_ms", usual->timeout_ms),
    };
    struct holder *holder = lua_newuserdata(L, sizeof *holder); /* [holder] */

    *holder = (struct holder){ 0 };
    holder->assembler =
        assembler_new(mode == 0 ? ASSEMBLE_LIVE : ASSEMBLE_FILE, &limits, on_event, holder);
    luaL_getmetatable(L, ASSEMBLER_TYPE); /* [holder, metatable] */
    lua_setmetatable(L, -2);
    return 1;
}

/* assembler:take(token, text, node) → events that this record completed */
static int assembler_lua_take(lua_State *L)
{
    struct record_text record = { 0 };

    lua_settop(L, 4);
    record.type_token = check_span(L, 2);
    record.text = check_span(L, 3);
    if (!lua_isnil(L, 4))
        record.node = check_span(L, 4);
    if (!record_type_find(record.type_token, &record.type))
        record.type = 0;
    assembler_take(begin_call(L)->assembler, &record);
    return 1;
}

/* assembler:tick(now) → events */
static int assembler_lua_tick(lua_State *L)
{
    uint64_t now = (uint64_t)luaL_checknumber(L, 2);

    assembler_tick(begin_call(L)->assembler, now);
    return 1;
}

/* assembler:flush() → events */
static int assembler_lua_flush(lua_State *L)
{
    assembler_flush(begin_call(L)->assembler);
    return 1;
}

static int assembler_lua_new_file(lua_State *L)
{
    assembler_new_file(check_holder(L)->assembler);
    return 0;
}

static int assembler_lua_now(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)assembler_now(check_holder(L)->assembler));
    return 1;
}

/* assembler:stats() → table, with balance = seen - (assembled + ... + in_flight) */
static int assembler_lua_stats(lua_State *L)
{
    const struct assembler_stats *stats = assembler_stats(check_holder(L)->assembler);

    lua_newtable(L); /* [stats] */
    set_number(L, "seen", stats->seen);
    set_number(L, "assembled", stats->assembled);
    set_number(L, "malformed", stats->malformed);
    set_number(L, "eoe", stats->eoe);
    set_number(L, "cut", stats->cut);
    set_number(L, "in_flight", stats->in_flight);
    set_number(L, "events", stats->events);
    set_number(L, "late", stats->late);
    set_number(L, "timed_out", stats->timed_out);
    set_number(L, "evicted", stats->evicted);
    set_number(L, "flushed", stats->flushed);
    set_number(L, "events_in_flight", stats->events_in_flight);
    set_number(L, "gaps", stats->gaps);
    lua_pushnumber(L, (lua_Number)(int64_t)(stats->seen - stats->assembled - stats->malformed -
                                            stats->eoe - stats->cut - stats->in_flight));
    lua_setfield(L, -2, "balance");
    return 1;
}

static int assembler_lua_free(lua_State *L)
{
    assembler_free(check_holder(L)->assembler);
    return 0;
}

/* gaps(times, serials) → gaps counted over a sequence of one host's serials */
static int event_lua_gaps(lua_State *L)
{
    struct serials serials = { 0 };
    uint64_t gaps = 0;
    int count = (int)lua_objlen(L, 2);

    for (int i = 1; i <= count; i++) {
        lua_rawgeti(L, 1, i);
        lua_rawgeti(L, 2, i); /* [time, serial] */
        serials_take(&serials, (uint64_t)lua_tonumber(L, -2), (uint32_t)lua_tonumber(L, -1), &gaps);
        lua_pop(L, 2);
    }
    lua_pushnumber(L, (lua_Number)gaps);
    return 1;
}

/* notes({ {'set', name, json} | {'tag', text} | {'alert', id}, ... }) → what an event holds then */
static int event_lua_notes(lua_State *L)
{
    struct notes notes = { 0 };
    struct arena arena;

    arena_init(&arena);
    for (int i = 1; i <= (int)lua_objlen(L, 1); i++) {
        lua_settop(L, 1);
        lua_rawgeti(L, 1, i); /* [list, note] */
        lua_rawgeti(L, 2, 1);
        lua_rawgeti(L, 2, 2);
        lua_rawgeti(L, 2, 3); /* [list, note, verb, text, json] */

        char verb = *luaL_checkstring(L, 3);

        if (verb == 's')
            notes_set(&notes, &arena, check_span(L, 4), check_span(L, 5));
        else if (verb == 't')
            notes_tag(&notes, &arena, check_span(L, 4));
        else
            notes_alert(&notes, &arena, check_span(L, 4));
    }
    lua_newtable(L); /* [..., result] */
    int at = 0;

    for (const struct attribute *each = notes.attributes; each != NULL; each = each->next) {
        lua_pushfstring(L, "%s=%s", each->name.data, notes_get(&notes, each->name).data);
        lua_rawseti(L, -2, ++at);
    }
    for (const struct tag *each = notes.tags; each != NULL; each = each->next) {
        lua_pushstring(L, each->text.data);
        lua_rawseti(L, -2, ++at);
    }
    for (const struct tag *each = notes.alerts; each != NULL; each = each->next) {
        lua_pushfstring(L, "!%s", each->text.data);
        lua_rawseti(L, -2, ++at);
    }
    arena_free(&arena);
    return 1;
}

void engine_event_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "take", assembler_lua_take },   { "tick", assembler_lua_tick },
        { "flush", assembler_lua_flush }, { "new_file", assembler_lua_new_file },
        { "now", assembler_lua_now },     { "stats", assembler_lua_stats },
        { "__gc", assembler_lua_free },   { NULL, NULL },
    };
    static const luaL_Reg functions[] = {
        { "assembler", event_lua_assembler },
        { "gaps", event_lua_gaps },
        { "notes", event_lua_notes },
        { NULL, NULL },
    };

    push_layer(L, ASSEMBLER_TYPE, methods, functions);
}
