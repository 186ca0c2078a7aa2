#include "engine.h"

#include <stdio.h>

#include "push.h"
#include "record/record.h"
#include "record/scan.h"
#include "rejoin.h"

/* header(text) → milliseconds, serial, where the fields begin; nothing when malformed */
static int record_lua_header(lua_State *L)
{
    struct record_header header;

    if (record_header_parse(check_span(L, 1), &header) != 0)
        return 0;
    lua_pushnumber(L, (lua_Number)header.time_ms);
    lua_pushnumber(L, header.serial);
    lua_pushnumber(L, header.body_at + 1);
    return 3;
}

/* The cutter of this Lua state: it learns from record to record, as the daemon's does. */
static struct cutter *cutter_of(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

static void cut(lua_State *L, struct arena *arena, struct record *record)
{
    struct span text = check_span(L, 1);
    struct record_header header = { .body_at = 0 };

    record_header_parse(text, &header);
    *record = (struct record){ .type = (uint16_t)luaL_optinteger(L, 2, 0),
                               .text = arena_copy(arena, text),
                               .body_at = header.body_at };
    cutter_cut(cutter_of(L), arena, record);
}

static void push_field(lua_State *L, const struct field *field, struct arena *arena)
{
    static const char *const forms[] = { "bare", "quoted", "single", "braced", "word" };
    struct span decoded = field_decode(field, arena);

    lua_newtable(L); /* [field] */
    lua_pushlstring(L, field->name, field->name_len);
    lua_setfield(L, -2, "name");
    lua_pushlstring(L, field->value, field->value_len);
    lua_setfield(L, -2, "value");
    lua_pushlstring(L, decoded.data, decoded.len);
    lua_setfield(L, -2, "decoded");
    lua_pushstring(L, forms[field->form]);
    lua_setfield(L, -2, "form");
    lua_pushboolean(L, (field->flags & FIELD_IS_NESTED) != 0);
    lua_setfield(L, -2, "nested");
    lua_pushboolean(L, (field->flags & FIELD_IS_TAIL) != 0);
    lua_setfield(L, -2, "tail");
    lua_pushboolean(L, field_is_null(field));
    lua_setfield(L, -2, "null");
    if (field->id != FIELD_UNKNOWN) {
        struct span name = field_info(field->id)->name;

        lua_pushlstring(L, name.data, name.len);
        lua_setfield(L, -2, "id");
    }
}

/* cut(text, type) → list of fields, how many of them are the kernel's, length before the tail */
static int record_lua_cut(lua_State *L)
{
    struct arena arena;
    struct record record;

    arena_init(&arena);
    cut(L, &arena, &record);
    lua_createtable(L, (int)record.field_count, 0); /* [fields] */
    for (uint32_t i = 0; i < record.field_count; i++) {
        push_field(L, &record.fields[i], &arena); /* [fields, field] */
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_pushnumber(L, record.kernel_count);
    lua_pushnumber(L, record.tail_at);
    arena_free(&arena);
    return 3;
}

/* join(text, type) → the text put together again from its fields, and whether that could be done */
static int record_lua_join(lua_State *L)
{
    struct buffer out = { 0 };
    struct arena arena;
    struct record record;

    arena_init(&arena);
    cut(L, &arena, &record);

    bool is_whole = rejoin(&record, &out);

    lua_pushlstring(L, out.data, out.len);
    lua_pushboolean(L, is_whole);
    buffer_free(&out);
    arena_free(&arena);
    return 2;
}

static void push_bits(lua_State *L, uint64_t bits)
{
    char text[17];

    snprintf(text, sizeof text, "%016llx", (unsigned long long)bits);
    lua_pushstring(L, text);
}

/*
 * scan(text, byte) → places of the first gap and the first `byte`: portable's, then the machine's;
 * then the gaps of the first block, from both
 */
static int record_lua_scan(lua_State *L)
{
    struct arena arena;

    arena_init(&arena);

    struct span text = arena_copy(&arena, check_span(L, 1));
    const char *end = text.data + text.len;
    char byte = *luaL_checkstring(L, 2);

    lua_pushnumber(L, (lua_Number)(scan_gap_portable(text.data, end) - text.data));
    lua_pushnumber(L, (lua_Number)(scan_byte_portable(text.data, end, byte) - text.data));
    lua_pushnumber(L, (lua_Number)(scan_gap(text.data, end) - text.data));
    lua_pushnumber(L, (lua_Number)(scan_byte(text.data, end, byte) - text.data));
    push_bits(L, scan_gaps_portable(text.data));
    push_bits(L, scan_gaps(text.data));
    arena_free(&arena);
    return 6;
}

/* same(text, name) → whether the text begins with the name: portable's answer, the machine's */
static int record_lua_same(lua_State *L)
{
    struct span name = check_span(L, 2);
    char bytes[SCAN_STEP] = { 0 };
    uint32_t mask = ((uint32_t)1 << name.len) - 1;
    struct arena arena;

    luaL_argcheck(L, name.len <= SCAN_STEP, 2, "at most 16 bytes");
    memcpy(bytes, name.data, name.len);
    arena_init(&arena);

    struct span text = arena_copy(&arena, check_span(L, 1));

    lua_pushboolean(L, scan_same_portable(text.data, bytes, mask));
    lua_pushboolean(L, scan_same(text.data, bytes, mask));
    arena_free(&arena);
    return 2;
}

static int free_cutter(lua_State *L)
{
    cutter_free(*(struct cutter **)lua_touserdata(L, 1));
    return 0;
}

void engine_record_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "header", record_lua_header }, { "cut", record_lua_cut },   { "join", record_lua_join },
        { "scan", record_lua_scan },     { "same", record_lua_same }, { NULL, NULL },
    };
    struct cutter *cutter = cutter_new();
    struct cutter **owner = lua_newuserdata(L, sizeof *owner); /* [owner] */

    *owner = cutter;
    lua_newtable(L); /* [owner, metatable] */
    lua_pushcfunction(L, free_cutter);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_setfield(L, LUA_REGISTRYINDEX, "laudit.spec.cutter"); /* [] */

    lua_newtable(L); /* [record] */
    for (const luaL_Reg *each = functions; each->name != NULL; each++) {
        lua_pushlightuserdata(L, cutter);
        lua_pushcclosure(L, each->func, 1);
        lua_setfield(L, -2, each->name);
    }
}
