#include "engine.h"

#include "push.h"
#include "tables/errnos.h"
#include "tables/fields.h"
#include "tables/flags.h"
#include "tables/record_types.h"
#include "tables/syscalls.h"

static uint32_t check_number(lua_State *L, int index)
{
    return (uint32_t)luaL_checknumber(L, index);
}

/* Returns the span as a string, nil when it is absent. */
static int push_span(lua_State *L, struct span text)
{
    if (text.data == NULL)
        lua_pushnil(L);
    else
        lua_pushlstring(L, text.data, text.len);
    return 1;
}

/* Returns the number, nil when it was not found. */
static int push_found(lua_State *L, bool found, uint32_t number)
{
    if (!found)
        lua_pushnil(L);
    else
        lua_pushnumber(L, number);
    return 1;
}

/* Bindings of the functions that give a number's name, and of those that find a name's number. */
#define NAME(function)                                                                             \
    static int tables_##function(lua_State *L)                                                     \
    {                                                                                              \
        return push_span(L, function(check_number(L, 1)));                                         \
    }
#define FIND(function)                                                                             \
    static int tables_##function(lua_State *L)                                                     \
    {                                                                                              \
        uint32_t number = 0;                                                                       \
        bool found = function(check_span(L, 1), &number);                                          \
                                                                                                   \
        return push_found(L, found, number);                                                       \
    }
#define NEAREST(function)                                                                          \
    static int tables_##function(lua_State *L)                                                     \
    {                                                                                              \
        return push_span(L, function(check_span(L, 1)));                                           \
    }

NAME(arch_name)
NAME(errno_name)
NAME(signal_name)
NAME(capability_name)
NAME(family_name)
NAME(filter_list_name)
NAME(perm_names)
NAME(seccomp_name)
FIND(arch_find)
FIND(errno_find)
FIND(signal_find)
FIND(capability_find)
FIND(family_find)
FIND(filter_list_find)
FIND(perm_find)
NEAREST(field_nearest)
NEAREST(record_type_nearest)
NEAREST(syscall_nearest)

static int tables_arch_of_host(lua_State *L)
{
    return push_found(L, true, arch_of_host());
}

static void append_arch(void *context, uint32_t arch, struct span name)
{
    lua_State *L = context; /* [archs] */

    lua_pushlstring(L, name.data, name.len);
    lua_pushnumber(L, arch);
    lua_settable(L, -3);
}

/* All architectures: name to value. */
static int tables_archs(lua_State *L)
{
    lua_newtable(L);
    arch_each(append_arch, L);
    return 1;
}

static int tables_syscall_name(lua_State *L)
{
    return push_span(L, syscall_name(check_number(L, 1), check_number(L, 2)));
}

static int tables_syscall_find(lua_State *L)
{
    uint32_t number = 0;
    bool found = syscall_find(check_number(L, 1), check_span(L, 2), &number);

    return push_found(L, found, number);
}

static int tables_record_type_name(lua_State *L)
{
    return push_span(L, record_type_name((uint16_t)check_number(L, 1)));
}

static int tables_record_type_find(lua_State *L)
{
    uint16_t type = 0;
    bool found = record_type_find(check_span(L, 1), &type);

    return push_found(L, found, type);
}

static int tables_field_find(lua_State *L)
{
    uint16_t id = field_find(check_span(L, 1));

    return push_found(L, id != FIELD_UNKNOWN, id);
}

static int tables_field_find_upper(lua_State *L)
{
    uint16_t id = field_find_upper(check_span(L, 1));

    return push_found(L, id != FIELD_UNKNOWN, id);
}

/* All fields in order: { name =, upper =, kind =, shape = }, from 0. */
static int tables_fields(lua_State *L)
{
    lua_newtable(L); /* [fields] */
    for (int id = 0; id < FIELD_COUNT; id++) {
        const struct field_info *info = field_info((uint16_t)id);

        lua_newtable(L); /* [fields, row] */
        push_span(L, info->name);
        lua_setfield(L, -2, "name");
        push_span(L, info->upper);
        lua_setfield(L, -2, "upper");
        lua_pushinteger(L, info->kind);
        lua_setfield(L, -2, "kind");
        lua_pushinteger(L, field_shape(info->kind));
        lua_setfield(L, -2, "shape");
        lua_rawseti(L, -2, id); /* [fields] */
    }
    return 1;
}

void engine_tables_open(lua_State *L)
{
#define FUNCTION(name)                                                                             \
    {                                                                                              \
#name, tables_##name                                                                       \
    }
    static const luaL_Reg functions[] = {
        FUNCTION(arch_name),           FUNCTION(arch_find),
        FUNCTION(arch_of_host),        FUNCTION(archs),
        FUNCTION(capability_name),     FUNCTION(capability_find),
        FUNCTION(errno_name),          FUNCTION(errno_find),
        FUNCTION(family_name),         FUNCTION(family_find),
        FUNCTION(field_find),          FUNCTION(field_find_upper),
        FUNCTION(field_nearest),       FUNCTION(fields),
        FUNCTION(filter_list_name),    FUNCTION(filter_list_find),
        FUNCTION(perm_names),          FUNCTION(perm_find),
        FUNCTION(record_type_name),    FUNCTION(record_type_find),
        FUNCTION(record_type_nearest), FUNCTION(seccomp_name),
        FUNCTION(signal_name),         FUNCTION(signal_find),
        FUNCTION(syscall_name),        FUNCTION(syscall_find),
        FUNCTION(syscall_nearest),     { NULL, NULL },
    };
#undef FUNCTION

    lua_newtable(L);
    luaL_register(L, NULL, functions);
}
