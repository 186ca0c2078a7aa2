#include <ctype.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/embedded.h"
#include "policy/library.h"
#include "policy/natives.h"
#include "policy/policy.h"
#include "policy/sandbox.h"

enum { MODULE_NAME_MOST = 200 /* bytes */ };

enum { REQUIRE_LOADED = 1 }; /* upvalue: name -> value, false while it is being loaded */

/* The file of a module beside the policy: a.b is a/b.lua; false when the name is none. */
static bool module_path(const struct policy *policy, struct span name, char *out, size_t room)
{
    char relative[MODULE_NAME_MOST + 1];

    if (name.len == 0 || name.len > MODULE_NAME_MOST)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.data[i];
        bool is_dot = byte == '.' && i > 0 && name.data[i - 1] != '.' && i + 1 < name.len;

        if (!isalnum((unsigned char)byte) && byte != '_' && byte != '-' && !is_dot)
            return false;
        relative[i] = is_dot ? '/' : byte;
    }
    relative[name.len] = '\0';

    const char *slash = strrchr(policy->path, '/');
    int folder = slash != NULL ? (int)(slash - policy->path + 1) : 0;

    return (size_t)snprintf(out, room, "%.*s%s.lua", folder, policy->path, relative) < room;
}

/* [] -> [chunk] from the file beside the policy. */
static void push_beside(lua_State *L, struct policy *policy, struct span name)
{
    char path[4096], chunk_name[4097];
    struct error err;

    if (!module_path(policy, name, path, sizeof path))
        luaL_error(L, "module name '%s' is none: letters, digits, '_', '-' and single dots",
                   name.data);
    if (!vm_of(L)->is_loading)
        luaL_error(L, "require '%s' comes too late: require modules while the policy is loaded",
                   name.data);

    const struct source *source = sources_read(&policy->sources, path, &err);

    if (source == NULL) {
        luaL_error(L, "module '%s' not found: %s", name.data, err.text);
        return; /* never reached, which luaL_error's declaration does not say */
    }
    snprintf(chunk_name, sizeof chunk_name, "@%s", path);
    vm_charge_bytes(L, source->bytes.len);
    if (luaL_loadbufferx(L, source->bytes.data, source->bytes.len, chunk_name, "t") != 0)
        lua_error(L);
}

/* load(name, loaded): runs the module, remembers and returns what it returns. */
static int load(lua_State *L)
{
    struct span name;

    name.data = lua_tolstring(L, 1, &name.len);

    if (span_equal(name, SPAN("cjson"))) {
        library_push_cjson(L); /* [loaded, value] */
    } else if (span_equal(name, SPAN("bit"))) {
        lua_getglobal(L, "bit"); /* [loaded, value] */
    } else {
        bool is_ours = embedded_push(L, name); /* [loaded, chunk] */

        if (!is_ours)
            push_beside(L, vm_of(L)->owner, name); /* [loaded, chunk] */
        lua_pushlstring(L, name.data, name.len);   /* [loaded, chunk, name] */
        natives_push(L, is_ours);                  /* [loaded, chunk, name, natives] */
        lua_call(L, 2, 1);                         /* [loaded, value] */
    }
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushboolean(L, 1); /* [loaded, true] */
    }
    lua_pushvalue(L, -1);           /* [loaded, value, value] */
    lua_setfield(L, -3, name.data); /* [loaded, value] */
    return 1;
}

static int sandbox_require(lua_State *L)
{
    struct span name;

    name.data = luaL_checklstring(L, 1, &name.len);
    vm_check_depth(L);
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(REQUIRE_LOADED)); /* [name, loaded] */
    lua_getfield(L, -1, name.data);                     /* [name, loaded, value] */
    if (lua_isboolean(L, -1) && !lua_toboolean(L, -1))
        luaL_error(L, "module '%s' requires itself", name.data);
    if (!lua_isnil(L, -1))
        return 1;
    lua_pop(L, 1);                  /* [name, loaded] */
    lua_pushboolean(L, 0);          /* [name, loaded, false] */
    lua_setfield(L, -2, name.data); /* [name, loaded] */
    lua_pushcfunction(L, load);     /* [name, loaded, load] */
    lua_pushvalue(L, 1);            /* [name, loaded, load, name] */
    lua_pushvalue(L, 2);            /* [name, loaded, load, name, loaded] */
    if (lua_pcall(L, 2, 1, 0) == 0)
        return 1; /* [name, loaded, value] */
    if (lua_isstring(L, -1))
        vm_add_place(L, lua_gettop(L)); /* before the file that requires is left */
    lua_pushnil(L);                     /* [name, loaded, message, nil] */
    lua_setfield(L, 2, name.data);      /* [name, loaded, message]: nobody loads it any more */
    return lua_error(L);
}

void modules_push_require(lua_State *L)
{
    lua_newtable(L);                         /* [loaded] */
    lua_pushcclosure(L, sandbox_require, 1); /* [require] */
}
