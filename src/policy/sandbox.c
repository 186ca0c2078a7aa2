#include "policy/sandbox.h"

#include <lauxlib.h>
#include <lualib.h>

#include "base/nearest.h"
#include "policy/library.h"
#include "policy/policy.h"

enum { PRINT_MOST = 1024, PRINT_PRICE = 1000 /* instructions a printed line costs */ };

/* Taken over as they are: none of them runs long, calls back from C or keeps what it is given. */
static const char *const base_functions[] = {
    "assert",   "error",  "getmetatable", "ipairs",       "next", "pairs",
    "rawequal", "rawget", "rawset",       "setmetatable", "type",
};
static const char *const string_functions[] = { "len" };

/* Taken over with the values they take and give charged. */
static const char *const charged_base_functions[] = { "select", "tonumber", "unpack" };

/* Taken over with their bytes charged. */
static const char *const charged_string_functions[] = { "byte", "char",    "format", "lower",
                                                        "rep",  "reverse", "sub",    "upper" };

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* What values weigh: eight bytes each, and those of the texts among them. */
static size_t weigh(lua_State *L, int first, int last)
{
    size_t bytes = last < first ? 0 : (size_t)(last - first + 1) * 8;

    for (int i = first; i <= last; i++)
        if (lua_type(L, i) == LUA_TSTRING)
            bytes += lua_objlen(L, i);
    return bytes;
}

/* Calls upvalue 1 with all arguments, charging the results; [arguments] -> [results]. */
static int call_original(lua_State *L)
{
    vm_check_depth(L);
    lua_pushvalue(L, lua_upvalueindex(1)); /* [arguments, original] */
    lua_insert(L, 1);                      /* [original, arguments] */
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);

    int count = lua_gettop(L);

    vm_charge_bytes(L, weigh(L, 1, count));
    return count;
}

static int charge_values(lua_State *L)
{
    vm_charge_bytes(L, weigh(L, 1, lua_gettop(L)));
    return call_original(L);
}

/* table.concat(table, separator, from, to): its items are charged. */
static int charge_concat(lua_State *L)
{
    lua_Number from = luaL_optnumber(L, 3, 1);
    lua_Number to = lua_istable(L, 1) ? luaL_optnumber(L, 4, (lua_Number)lua_objlen(L, 1)) : 0;

    if (to >= from)
        vm_charge_bytes(L, to - from < VM_LOAD_BUDGET ? (size_t)(to - from) * 8 : SIZE_MAX);
    return call_original(L);
}

/* table.insert(table, [place,] value): what moves is charged, and the place is one in the list. */
static int charge_insert(lua_State *L)
{
    size_t count = lua_istable(L, 1) ? lua_objlen(L, 1) : 0;

    if (lua_gettop(L) > 2) {
        lua_Number place = luaL_checknumber(L, 2);

        if (!(place >= 1 && place <= (lua_Number)count + 1))
            return luaL_error(L, "bad argument #2 to 'insert' (1 to %d expected, got %f)",
                              (int)count + 1, place);
        vm_charge_bytes(L, count + 1 - (size_t)place);
    }
    return call_original(L);
}

/* [original, table] -> [original, table] with the named functions, through `wrap` if there is one.
 */
static void take_over(lua_State *L, const char *const names[], size_t count, lua_CFunction wrap)
{
    for (size_t i = 0; i < count; i++) {
        lua_getfield(L, -2, names[i]); /* [original, table, function] */
        if (wrap != NULL)
            lua_pushcclosure(L, wrap, 1); /* [original, table, wrapped] */
        lua_setfield(L, -2, names[i]);    /* [original, table] */
    }
}

static void take_over_one(lua_State *L, const char *name, lua_CFunction wrap)
{
    take_over(L, &name, 1, wrap);
}

/* print(...): a line in laudit's log. */
static int sandbox_print(lua_State *L)
{
    const struct policy *policy = vm_of(L)->owner;
    char line[PRINT_MOST];
    size_t used = 0;

    vm_charge(L, PRINT_PRICE);
    for (int i = 1, count = lua_gettop(L); i <= count; i++) {
        lua_pushvalue(L, lua_upvalueindex(1)); /* [..., tostring] */
        lua_pushvalue(L, i);                   /* [..., tostring, argument] */
        vm_check_depth(L);
        lua_call(L, 1, 1); /* [..., text] */

        struct span text = { "", 0 };

        if (lua_isstring(L, -1))
            text.data = lua_tolstring(L, -1, &text.len);
        if (i > 1 && used < sizeof line)
            line[used++] = ' ';
        if (text.len > sizeof line - used)
            text.len = sizeof line - used;
        memcpy(line + used, text.data, text.len);
        used += text.len;
        lua_pop(L, 1); /* [...] */
    }
    log_write(policy->log, LOG_LEVEL_INFO, "%s: %.*s", policy->path, (int)used, line);
    return 0;
}

static const char *const global_names[] = {
    "assert", "bit",          "coroutine", "error", "getmetatable", "ipairs",   "math",   "next",
    "os",     "pairs",        "pcall",     "print", "rawequal",     "rawget",   "rawset", "require",
    "select", "setmetatable", "string",    "table", "tonumber",     "tostring", "type",   "unpack",
};

static struct span global_name(const void *context, size_t index)
{
    (void)context;
    return span_of(global_names[index]);
}

/* A global that is not there is a slip or something policies do not get: both deserve a sentence.
 */
static int absent_global(lua_State *L)
{
    struct span name = { "?", 1 };

    if (lua_type(L, 2) == LUA_TSTRING)
        name.data = lua_tolstring(L, 2, &name.len);

    struct span meant = nearest_name(name, global_name, NULL, COUNT(global_names));

    if (meant.data != NULL)
        return luaL_error(L, "there is no global '%s' in a policy (did you mean '%s'?)", name.data,
                          meant.data);
    return luaL_error(L, "there is no global '%s' in a policy", name.data);
}

static int new_global(lua_State *L)
{
    return luaL_error(L, "'%s' is not declared: write 'local %s'", luaL_checkstring(L, 2),
                      lua_tostring(L, 2));
}

/* [] -> [original], the table a library registers. */
static void push_library(lua_State *L, lua_CFunction open, const char *name)
{
    lua_pushcfunction(L, open);
    lua_pushstring(L, name);
    lua_call(L, 1, 0);
    lua_getglobal(L, name); /* [original] */
}

/* [globals] -> [globals] with string, which also becomes what "text":method() finds. */
static void open_string(lua_State *L)
{
    push_library(L, luaopen_string, LUA_STRLIBNAME); /* [globals, original] */
    lua_createtable(L, 0, 16);                       /* [globals, original, string] */
    take_over(L, string_functions, COUNT(string_functions), NULL);
    take_over(L, charged_string_functions, COUNT(charged_string_functions), charge_values);
    lua_getfield(L, -1, "format"); /* [globals, original, string, format] */
    library_wrap_format(L);
    lua_setfield(L, -2, "format"); /* [globals, original, string] */
    library_add_patterns(L);
    lua_setfield(L, -3, "string"); /* [globals, original] */
    lua_pop(L, 1);                 /* [globals] */

    /* Methods of texts are a table of their own, which no policy can reach and change. */
    lua_pushliteral(L, "");                       /* [globals, ""] */
    lua_getmetatable(L, -1);                      /* [globals, "", meta] */
    lua_createtable(L, 0, 16);                    /* [globals, "", meta, methods] */
    lua_getfield(L, -4, "string");                /* [globals, "", meta, methods, string] */
    for (lua_pushnil(L); lua_next(L, -2) != 0;) { /* [..., methods, string, name, function] */
        lua_pushvalue(L, -2);                     /* [..., name, function, name] */
        lua_insert(L, -2);                        /* [..., name, name, function] */
        lua_settable(L, -5);                      /* [..., methods, string, name] */
    }
    lua_pop(L, 1);                      /* [globals, "", meta, methods] */
    lua_setfield(L, -2, "__index");     /* [globals, "", meta] */
    lua_pushboolean(L, 0);              /* [globals, "", meta, false] */
    lua_setfield(L, -2, "__metatable"); /* [globals, "", meta] */
    lua_pop(L, 2);                      /* [globals] */
}

static void open_table(lua_State *L)
{
    push_library(L, luaopen_table, LUA_TABLIBNAME); /* [globals, original] */
    lua_createtable(L, 0, 4);                       /* [globals, original, table] */
    take_over_one(L, "concat", charge_concat);
    take_over_one(L, "insert", charge_insert);
    take_over_one(L, "remove", NULL); /* written in Lua: its steps are counted */
    library_add_sort(L);
    lua_setfield(L, -3, "table"); /* [globals, original] */
    lua_pop(L, 1);                /* [globals] */
}

/* [original] -> [pcall]. LuaJIT's own does not look whether the stack has room where it is the
 * __call of what it calls, and crashes; a function of Lua in front of it does. */
static void guard_pcall(lua_State *L)
{
    static const char source[] =
        "local pcall = ... return function(f, ...) return pcall(f, ...) end";

    if (luaL_loadbuffer(L, source, sizeof source - 1, "=pcall") != 0) /* [original, loader] */
        lua_error(L);
    lua_insert(L, -2); /* [loader, original] */
    lua_call(L, 1, 1); /* [pcall] */
}

static void open_base(lua_State *L)
{
    lua_pushcfunction(L, luaopen_base);
    lua_call(L, 0, 0);
    lua_pushvalue(L, LUA_GLOBALSINDEX); /* [globals, original] */
    lua_pushvalue(L, -2);               /* [globals, original, globals] */
    take_over(L, base_functions, COUNT(base_functions), NULL);
    take_over(L, charged_base_functions, COUNT(charged_base_functions), charge_values);
    lua_getfield(L, -2, "pcall"); /* [globals, original, globals, pcall] */
    guard_pcall(L);
    lua_setfield(L, -2, "pcall");    /* [globals, original, globals] */
    lua_getfield(L, -2, "tostring"); /* [globals, original, globals, tostring] */
    library_wrap_tostring(L);
    lua_pushvalue(L, -1);                  /* [globals, original, globals, tostring, tostring] */
    lua_setfield(L, -3, "tostring");       /* [globals, original, globals, tostring] */
    lua_pushcclosure(L, sandbox_print, 1); /* [globals, original, globals, print] */
    lua_setfield(L, -2, "print");          /* [globals, original, globals] */
    lua_getfield(L, -2, LUA_COLIBNAME);    /* [globals, original, globals, original coroutine] */
    library_push_coroutine(L);             /* [globals, original, globals, coroutine] */
    lua_setfield(L, -2, "coroutine");      /* [globals, original, globals] */
    lua_pop(L, 2);                         /* [globals] */
}

void sandbox_open(lua_State *L)
{
    lua_createtable(L, 0, 32); /* [globals] */
    open_base(L);
    open_string(L);
    open_table(L);
    push_library(L, luaopen_math, LUA_MATHLIBNAME); /* [globals, math] */
    lua_setfield(L, -2, "math");                    /* [globals] */
    push_library(L, luaopen_bit, LUA_BITLIBNAME);   /* [globals, bit] */
    lua_setfield(L, -2, "bit");                     /* [globals] */
    push_library(L, luaopen_os, LUA_OSLIBNAME);     /* [globals, original os] */
    library_push_os(L);                             /* [globals, os] */
    lua_setfield(L, -2, "os");                      /* [globals] */
    modules_push_require(L);                        /* [globals, require] */
    lua_setfield(L, -2, "require");                 /* [globals] */

    lua_createtable(L, 0, 3);            /* [globals, meta] */
    lua_pushcfunction(L, absent_global); /* [globals, meta, function] */
    lua_setfield(L, -2, "__index");      /* [globals, meta] */
    lua_pushcfunction(L, new_global);    /* [globals, meta, function] */
    lua_setfield(L, -2, "__newindex");   /* [globals, meta] */
    lua_pushboolean(L, 0);               /* [globals, meta, false] */
    lua_setfield(L, -2, "__metatable");  /* [globals, meta] */
    lua_setmetatable(L, -2);             /* [globals] */
    lua_replace(L, LUA_GLOBALSINDEX);    /* [] */
}
