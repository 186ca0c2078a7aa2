#include "engine.h"
#include "push.h"

#include <lauxlib.h>

#include "enrich/answers.h"
#include "enrich/users.h"

#define USERS_TYPE "laudit.spec.users"

/* Users with a loop of their own. */
struct holder {
    struct users *users;
    uv_loop_t *loop; /* NULL without one */
    uv_loop_t own;
};

static struct holder *check_holder(lua_State *L)
{
    return luaL_checkudata(L, 1, USERS_TYPE);
}

/* users(passwd, group, has_loop) → users */
static int enrich_users(lua_State *L)
{
    static const struct log silence = { NULL, LOG_LEVEL_ERROR };
    const char *passwd = luaL_checkstring(L, 1), *group = luaL_checkstring(L, 2);
    bool has_loop = lua_toboolean(L, 3);
    struct holder *holder = lua_newuserdata(L, sizeof *holder); /* [holder] */

    holder->loop = NULL;
    if (has_loop && uv_loop_init(&holder->own) == 0)
        holder->loop = &holder->own;
    holder->users = users_new_from(passwd, group, holder->loop, &silence);
    luaL_getmetatable(L, USERS_TYPE); /* [holder, metatable] */
    lua_setmetatable(L, -2);
    return 1;
}

/* users:name(id) and users:group_name(id) → name, or nil while there is none */
static int push_name(lua_State *L, bool is_group)
{
    struct resolver resolver = users_resolver(check_holder(L)->users);
    uint32_t id = (uint32_t)luaL_checknumber(L, 2);
    struct span name;

    if (!(is_group ? resolver.group : resolver.user)(resolver.context, id, &name))
        return 0;
    lua_pushlstring(L, name.data, name.len);
    return 1;
}

static int users_lua_name(lua_State *L)
{
    return push_name(L, false);
}

static int users_lua_group_name(lua_State *L)
{
    return push_name(L, true);
}

/* users:id(name) → id, or nil */
static int users_lua_id(lua_State *L)
{
    struct resolver resolver = users_resolver(check_holder(L)->users);
    struct span name;
    uint32_t id;

    name.data = luaL_checklstring(L, 2, &name.len);
    if (!resolver.user_id(resolver.context, name, &id))
        return 0;
    lua_pushnumber(L, id);
    return 1;
}

/* users:tick(now) */
static int users_lua_tick(lua_State *L)
{
    users_tick(check_holder(L)->users, (uint64_t)luaL_checknumber(L, 2));
    return 0;
}

/* users:epoch() → number, another one when names may be others */
static int users_lua_epoch(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)*users_resolver(check_holder(L)->users).epoch);
    return 1;
}

/* users:run() waits until no lookup is under way */
static int users_lua_run(lua_State *L)
{
    uv_run(check_holder(L)->loop, UV_RUN_DEFAULT);
    return 0;
}

/* users:close() → were lookups under way, and did the loop let go of all of them? */
static int users_lua_close(lua_State *L)
{
    struct holder *holder = check_holder(L);

    if (holder->users == NULL)
        return 0;

    bool was_busy = holder->loop != NULL && uv_loop_alive(holder->loop);

    users_close(holder->users);
    holder->users = NULL;
    if (holder->loop == NULL)
        return 0;
    uv_run(holder->loop, UV_RUN_DEFAULT);
    lua_pushboolean(L, was_busy);
    lua_pushboolean(L, uv_loop_close(holder->loop) == 0); /* [was_busy, is_closed] */
    return 2;
}

/* answers(steps) → what is known: each step is {'put', id, answer, name, expires} or
 * {'find', id, now} */
static int enrich_answers(lua_State *L)
{
    static const char *const kinds[] = { "missing", "pending", "nobody", "name", NULL };
    struct answers *answers = answers_new();
    int count = (int)lua_objlen(L, 1), found = 0;

    lua_newtable(L); /* [steps, found] */
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(L, 1, i); /* [steps, found, step] */
        for (int part = 1; part <= 5; part++)
            lua_rawgeti(L, 3, part); /* [steps, found, step, verb, id, ...] */

        uint32_t id = (uint32_t)lua_tonumber(L, 5);
        struct span name = { NULL, 0 };

        if (*lua_tostring(L, 4) == 'p') {
            name.data = lua_tolstring(L, 7, &name.len);
            answers_put(answers, false, id, (enum answer)luaL_checkoption(L, 6, NULL, kinds), name,
                        (uint64_t)lua_tonumber(L, 8));
        } else {
            enum answer answer =
                answers_find(answers, false, id, (uint64_t)lua_tonumber(L, 6), &name);

            if (answer == ANSWER_NAME)
                lua_pushlstring(L, name.data, name.len);
            else
                lua_pushstring(L, kinds[answer]);
            lua_rawseti(L, 2, ++found);
        }
        lua_settop(L, 2);
    }
    answers_free(answers);
    return 1;
}

void engine_enrich_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "name", users_lua_name },
        { "group_name", users_lua_group_name },
        { "id", users_lua_id },
        { "tick", users_lua_tick },
        { "epoch", users_lua_epoch },
        { "run", users_lua_run },
        { "close", users_lua_close },
        { "__gc", users_lua_close },
        { NULL, NULL },
    };
    static const luaL_Reg functions[] = {
        { "users", enrich_users },
        { "answers", enrich_answers },
        { NULL, NULL },
    };

    push_layer(L, USERS_TYPE, methods, functions);
}
