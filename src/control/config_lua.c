/*
 * config_lua.c - runs a configuration file: Lua with nothing in reach but its five words, `rule`
 * and an `audit` that stands for what is only there when the file runs again (policy/outlets).
 */
#include "control/config.h"

#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>

#include "policy/embedded.h"

enum {
    CALLS = 1 /* stack index of the list that is made: in the state, and in run_source */
};

static const char *const words[] = { "kernel", "rules", "policies", "output", "metrics" };

enum { WORDS = sizeof words / sizeof words[0] };

/* What belongs to one run; also the allocator's account. */
struct run {
    struct span source;
    size_t held, most; /* bytes */
    int line;          /* that is running */
};

static void *allocate(void *context, void *memory, size_t old_size, size_t size)
{
    struct run *run = context;
    size_t freed = memory != NULL ? old_size : 0;

    if (size == 0) {
        free(memory);
        run->held -= freed;
        return NULL;
    }
    if (size > freed && run->held - freed + size > run->most)
        return NULL;

    void *fresh = realloc(memory, size);

    if (fresh != NULL)
        run->held = run->held - freed + size;
    return fresh;
}

/* Called for each line, and once the budget is spent. */
static void on_hook(lua_State *L, lua_Debug *where)
{
    void *run;

    lua_getinfo(L, "l", where);
    if (where->event == LUA_HOOKLINE) {
        lua_getallocf(L, &run);
        ((struct run *)run)->line = where->currentline;
        return;
    }
    lua_pushfstring(L, "?:%d: took more than %d instructions", where->currentline, CONFIG_BUDGET);
    lua_error(L);
}

/* The line of the configuration that is running. */
static int current_line(lua_State *L)
{
    lua_Debug where;

    for (int level = 0; lua_getstack(L, level, &where); level++) {
        if (lua_getinfo(L, "l", &where) && where.currentline > 0)
            return where.currentline;
    }
    return 0; /* a tail call: its caller is gone */
}

/* Appends an empty entry for `word` to the list (an upvalue of the running function). */
static void begin_entry(lua_State *L, int list, const char *word)
{
    size_t count = lua_objlen(L, list);

    if (count >= CONFIG_CALLS)
        luaL_error(L, "more than %d calls", CONFIG_CALLS);
    lua_createtable(L, 2, 3); /* [entry] */
    lua_pushstring(L, word);
    lua_setfield(L, -2, "word");
    lua_pushinteger(L, current_line(L));
    lua_setfield(L, -2, "line");
    lua_pushvalue(L, -1);
    lua_rawseti(L, list, (int)count + 1); /* [entry] */
}

/* The second half of output 'name' { ... }: (entry, list) */
static int take_options(lua_State *L)
{
    int count = lua_gettop(L);

    lua_settop(L, 1);                       /* [options] */
    lua_rawgeti(L, lua_upvalueindex(1), 2); /* [options, before] */
    if (!lua_isnil(L, 2) || count == 0)
        return luaL_error(L, "output takes one name and one table of options");
    lua_pop(L, 1);
    lua_rawseti(L, lua_upvalueindex(1), 2); /* [] */
    lua_pushinteger(L, current_line(L));
    lua_setfield(L, lua_upvalueindex(1), "line");
    return 0;
}

/* One of the words: (word, list) */
static int take_word(lua_State *L)
{
    int count = lua_gettop(L);
    const char *word = lua_tostring(L, lua_upvalueindex(1));

    lua_settop(L, 1);                          /* [value] */
    begin_entry(L, lua_upvalueindex(2), word); /* [value, entry] */
    lua_pushinteger(L, count);
    lua_setfield(L, 2, "count");
    lua_pushvalue(L, 1);
    lua_rawseti(L, 2, 1); /* [value, entry] */
    if (strcmp(word, "output") != 0)
        return 0;
    lua_pushcclosure(L, take_options, 1); /* [value, options] */
    return 1;
}

/* Whatever is done with an unknown word gives the word again, so that one slip is one mistake. */
static int return_stranger(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    return 1;
}

static void push_stranger(lua_State *L)
{
    static const char *const events[] = { "__index", "__call", "__concat", "__add", "__sub",
                                          "__mul",   "__div",  "__unm",    "__lt",  "__le",
                                          "__mod",   "__pow",  "__len" };

    lua_newuserdata(L, 1);                                   /* [stranger] */
    lua_createtable(L, 0, sizeof events / sizeof events[0]); /* [stranger, meta] */
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        lua_pushvalue(L, -2);
        lua_pushcclosure(L, return_stranger, 1); /* [stranger, meta, function] */
        lua_setfield(L, -2, events[i]);
    }
    lua_setmetatable(L, -2); /* [stranger] */
}

/* A global that is read: one of the words, or a mistake. (list, stranger, words) */
static int read_global(lua_State *L)
{
    lua_settop(L, 2); /* [globals, name] */
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(3)); /* [globals, name, function] */
    if (!lua_isnil(L, -1))
        return 1;
    begin_entry(L, lua_upvalueindex(1), "?"); /* [globals, name, nil, entry] */
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, lua_upvalueindex(2));
    return 1;
}

/* A global that is set: always a mistake. (list, words) */
static int set_global(lua_State *L)
{
    lua_settop(L, 3); /* [globals, name, value] */
    begin_entry(L, lua_upvalueindex(1), "=");
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, 1);
    lua_pop(L, 1); /* [globals, name, value] */
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(2)); /* [globals, name, value, function] */
    if (!lua_isnil(L, -1))
        return 0; /* a word keeps its meaning */
    lua_pop(L, 1);
    lua_rawset(L, 1);
    return 0;
}

/*
 * [] -> [rule]: laudit's own rule.watch and rule.syscall. What they use of Lua's library stays out
 * of the configuration's reach, the methods of strings too.
 */
static void push_rule(lua_State *L)
{
    static const luaL_Reg libraries[] = {
        { "", luaopen_base },
        { LUA_STRLIBNAME, luaopen_string },
        { LUA_TABLIBNAME, luaopen_table },
    };

    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        lua_pushcfunction(L, libraries[i].func);
        lua_pushstring(L, libraries[i].name);
        lua_call(L, 1, 0);
    }
    lua_pushliteral(L, "");
    lua_pushnil(L);
    lua_setmetatable(L, -2); /* [""] */
    lua_pop(L, 1);
    embedded_push(L, SPAN("audit.rule")); /* [chunk] */
    lua_call(L, 0, 1);                    /* [rule] */
}

/* What comes of audit.match.prefix '/usr/' and all else that begins with `audit`. */
static int return_audit(lua_State *L)
{
    lua_pushlightuserdata(L, L);
    return 1;
}

/* [] -> [audit]: whatever is asked of it, or done with it, gives it again. */
static void push_audit(lua_State *L)
{
    lua_pushlightuserdata(L, L); /* [audit] */
    lua_createtable(L, 0, 3);    /* [audit, meta] */
    lua_pushcfunction(L, return_audit);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, return_audit);
    lua_setfield(L, -2, "__call");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2); /* [audit] */
}

static void push_globals(lua_State *L)
{
    lua_newtable(L);                  /* [globals] */
    lua_createtable(L, 0, 2);         /* [globals, meta] */
    lua_createtable(L, 0, WORDS + 2); /* [globals, meta, words] */
    for (size_t i = 0; i < WORDS; i++) {
        lua_pushstring(L, words[i]);
        lua_pushvalue(L, CALLS);
        lua_pushcclosure(L, take_word, 2); /* [globals, meta, words, function] */
        lua_setfield(L, -2, words[i]);
    }
    push_rule(L);
    lua_setfield(L, -2, "rule");
    push_audit(L);
    lua_setfield(L, -2, "audit");
    lua_pushvalue(L, CALLS);
    push_stranger(L);
    lua_pushvalue(L, -3);                /* [globals, meta, words, calls, stranger, words] */
    lua_pushcclosure(L, read_global, 3); /* [globals, meta, words, function] */
    lua_setfield(L, -3, "__index");
    lua_pushvalue(L, CALLS);
    lua_insert(L, -2);                  /* [globals, meta, calls, words] */
    lua_pushcclosure(L, set_global, 2); /* [globals, meta, function] */
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2); /* [globals] */
}

struct piece {
    struct span rest;
};

static const char *next_piece(lua_State *L, void *context, size_t *len)
{
    struct piece *piece = context;
    const char *data = piece->rest.data;

    (void)L;
    *len = piece->rest.len;
    piece->rest.len = 0;
    return *len > 0 ? data : NULL;
}

/* Protected. (calls, run); an error's place is "?:LINE:". */
static int run_source(lua_State *L)
{
    struct run *run = lua_touserdata(L, 2);
    struct piece piece = { run->source };

    lua_settop(L, 1); /* [calls] */
    if (span_starts(run->source, SPAN("\x1B")))
        return luaL_error(L, "is compiled Lua; laudit reads the text it was made from");
    if (lua_loadx(L, next_piece, &piece, "=?", "t") != 0) /* [calls, chunk] */
        return lua_error(L);
    push_globals(L); /* [calls, chunk, globals] */
    lua_setfenv(L, -2);
    lua_sethook(L, on_hook, LUA_MASKCOUNT | LUA_MASKLINE, CONFIG_BUDGET);
    lua_call(L, 0, 0); /* [calls] */
    return 0;
}

/* Puts the path where the message says "?". */
static void add_message(struct mistakes *mistakes, const char *path, const char *message)
{
    if (message == NULL)
        mistakes_add(mistakes, "%s: ended with an error that is no text", path);
    else if (strncmp(message, "?:", 2) == 0)
        mistakes_add(mistakes, "%s:%s", path, message + 2);
    else
        mistakes_add(mistakes, "%s: %s", path, message);
}

static struct span without_shebang(struct span source)
{
    if (source.len == 0 || source.data[0] != '#')
        return source;

    const char *newline = memchr(source.data, '\n', source.len);

    return newline == NULL ? (struct span){ source.data, 0 }
                           : span_skip(source, (size_t)(newline - source.data));
}

/* An error between an output's name and its options leaves half a call: no mistake of its own. */
static void drop_unfinished(lua_State *L)
{
    int count = (int)lua_objlen(L, CALLS);

    if (count == 0)
        return;
    lua_rawgeti(L, CALLS, count); /* [calls, entry] */
    lua_getfield(L, -1, "word");
    lua_rawgeti(L, -2, 2); /* [calls, entry, word, options] */
    if (lua_isnil(L, -1) && lua_isstring(L, -2) && strcmp(lua_tostring(L, -2), "output") == 0) {
        lua_pushnil(L);
        lua_rawseti(L, CALLS, count);
    }
    lua_settop(L, CALLS); /* [calls] */
}

lua_State *config_evaluate(struct span source, const char *path, struct mistakes *mistakes)
{
    struct run *run = calloc(1, sizeof *run);

    if (run == NULL)
        abort();
    run->source = without_shebang(source);
    run->most = CONFIG_MEMORY;

    lua_State *L = lua_newstate(allocate, run);

    if (L == NULL)
        abort(); /* the first few kilobytes */
    /* Room for these is there in a new state: nothing here can fail unprotected. */
    lua_newtable(L); /* [calls] */
    lua_pushcfunction(L, run_source);
    lua_pushvalue(L, CALLS);
    lua_pushlightuserdata(L, run); /* [calls, run_source, calls, run] */

    int status = lua_pcall(L, 2, 0, 0);

    run->most = SIZE_MAX; /* what follows is ours */
    lua_sethook(L, NULL, 0, 0);
    if (status == 0)
        return L; /* [calls] */
    if (status == LUA_ERRMEM && run->line > 0)
        mistakes_add(mistakes, "%s:%d: took more than 32 MiB of memory", path, run->line);
    else
        add_message(mistakes, path,
                    status == LUA_ERRMEM ? "took more than 32 MiB of memory" : lua_tostring(L, -1));
    lua_settop(L, CALLS); /* [calls] */
    drop_unfinished(L);
    return L;
}

void config_evaluate_end(lua_State *L)
{
    void *run;

    lua_getallocf(L, &run);
    lua_close(L);
    free(run);
}
