#include <lauxlib.h>

#include "policy/json.h"
#include "policy/library.h"
#include "policy/vm.h"

int luaopen_cjson(lua_State *L); /* lua-cjson exports it without a header */

/* encode(value): laudit's own writer, because cjson's has no bound and no order of keys. */
static int cjson_encode(lua_State *L)
{
    luaL_checkany(L, 1);

    struct span text = json_write(L, 1, JSON_BYTES_MOST);

    lua_pushlstring(L, text.data, text.len);
    return 1;
}

/* decode(text) */
static int cjson_decode(lua_State *L)
{
    size_t len;

    luaL_checklstring(L, 1, &len);
    luaL_argcheck(L, len <= JSON_BYTES_MOST, 1, "JSON too long");
    vm_charge(L, len);
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1)); /* [text, decode] */
    lua_insert(L, 1);                      /* [decode, text] */
    lua_call(L, 1, 1);                     /* [value] */
    return 1;
}

void library_push_cjson(lua_State *L)
{
    lua_createtable(L, 0, 3);            /* [cjson] */
    lua_pushcfunction(L, luaopen_cjson); /* [cjson, open] */
    lua_call(L, 0, 1);                   /* [cjson, original] */

    lua_getfield(L, -1, "decode_max_depth"); /* [cjson, original, function] */
    lua_pushinteger(L, JSON_DEPTH_MOST);     /* [cjson, original, function, depth] */
    lua_call(L, 1, 0);                       /* [cjson, original] */

    lua_getfield(L, -1, "decode");        /* [cjson, original, original decode] */
    lua_pushcclosure(L, cjson_decode, 1); /* [cjson, original, decode] */
    lua_setfield(L, -3, "decode");        /* [cjson, original] */
    lua_getfield(L, -1, "null");          /* [cjson, original, null] */
    lua_setfield(L, -3, "null");          /* [cjson, original] */
    lua_pop(L, 1);                        /* [cjson] */
    lua_pushcfunction(L, cjson_encode);   /* [cjson, encode] */
    lua_setfield(L, -2, "encode");        /* [cjson] */
}
