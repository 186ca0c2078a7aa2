#include <lauxlib.h>

#include "policy/library.h"
#include "policy/vm.h"

/* Calls upvalue 1 with all arguments: each resume is a piece of the C stack. */
static int call_bounded(lua_State *L)
{
    vm_check_depth(L);
    vm_charge(L, 10);
    lua_pushvalue(L, lua_upvalueindex(1)); /* [arguments, function] */
    lua_insert(L, 1);                      /* [function, arguments] */
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

/* wrap(function): as call_bounded, around the function that the original wrap (upvalue 1) makes. */
static int coroutine_wrap(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1)); /* [body, wrap] */
    lua_insert(L, 1);                      /* [wrap, body] */
    lua_call(L, 1, 1);                     /* [function] */
    lua_pushcclosure(L, call_bounded, 1);  /* [bounded] */
    return 1;
}

void library_push_coroutine(lua_State *L)
{
    static const char *const as_they_are[] = { "create", "status", "running", "yield" };

    lua_createtable(L, 0, 6); /* [original, coroutine] */
    for (size_t i = 0; i < sizeof as_they_are / sizeof as_they_are[0]; i++) {
        lua_getfield(L, -2, as_they_are[i]);
        lua_setfield(L, -2, as_they_are[i]);
    }
    lua_getfield(L, -2, "resume");          /* [original, coroutine, original resume] */
    lua_pushcclosure(L, call_bounded, 1);   /* [original, coroutine, resume] */
    lua_setfield(L, -2, "resume");          /* [original, coroutine] */
    lua_getfield(L, -2, "wrap");            /* [original, coroutine, original wrap] */
    lua_pushcclosure(L, coroutine_wrap, 1); /* [original, coroutine, wrap] */
    lua_setfield(L, -2, "wrap");            /* [original, coroutine] */
    lua_remove(L, -2);                      /* [coroutine] */
}
