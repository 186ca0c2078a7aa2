#include <ctype.h>
#include <lauxlib.h>
#include <string.h>

#include "base/span.h"
#include "policy/library.h"
#include "policy/vm.h"

static bool has_address(lua_State *L, int index)
{
    return lua_type(L, index) > LUA_TSTRING || lua_type(L, index) == LUA_TLIGHTUSERDATA;
}

/* [] -> [text] of a value that has an address: what its metatable says, else its type. */
static void push_text(lua_State *L, int index)
{
    vm_check_depth(L);
    vm_charge(L, 10);
    if (luaL_getmetafield(L, index, "__tostring") == 0) { /* [function] */
        lua_pushstring(L, luaL_typename(L, index));
        return;
    }
    if (!lua_toboolean(L, -1)) { /* [false] */
        lua_pop(L, 1);
        lua_pushstring(L, luaL_typename(L, index));
        return;
    }
    lua_pushvalue(L, index); /* [function, value] */
    lua_call(L, 1, 1);       /* [text] */
}

/* tostring(value); upvalue 1 is the original, which would give addresses. */
static int text_of(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    if (has_address(L, 1)) {
        push_text(L, 1);
        return 1;
    }
    lua_pushvalue(L, lua_upvalueindex(1)); /* [value, original] */
    lua_insert(L, 1);                      /* [original, value] */
    lua_call(L, 1, 1);                     /* [text] */
    return 1;
}

/* Puts the texts of what %s would print with an address in place of the arguments. */
static void replace_arguments(lua_State *L, struct span format)
{
    int argument = 1, count = lua_gettop(L);

    for (size_t i = 0; i < format.len; i++) {
        if (format.data[i] != '%')
            continue;
        i++;
        if (i < format.len && format.data[i] == '%')
            continue;
        while (i < format.len && strchr("-+ #0123456789.", format.data[i]) != NULL &&
               format.data[i] != '\0')
            i++;
        if (i < format.len && format.data[i] == 'p')
            luaL_error(L, "invalid option '%%p' to 'format'");
        if (++argument > count || i == format.len || format.data[i] != 's' ||
            !has_address(L, argument))
            continue;
        push_text(L, argument);
        if (!lua_isstring(L, -1))
            luaL_error(L, "'__tostring' must return a string");
        lua_replace(L, argument);
    }
}

/* string.format(format, ...); upvalue 1 is the original, with its bytes charged. */
static int format_text(lua_State *L)
{
    struct span format;

    format.data = luaL_checklstring(L, 1, &format.len);
    vm_charge_bytes(L, format.len);
    replace_arguments(L, format);
    lua_pushvalue(L, lua_upvalueindex(1)); /* [arguments, original] */
    lua_insert(L, 1);                      /* [original, arguments] */
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

void library_wrap_tostring(lua_State *L)
{
    lua_pushcclosure(L, text_of, 1);
}

void library_wrap_format(lua_State *L)
{
    lua_pushcclosure(L, format_text, 1);
}
