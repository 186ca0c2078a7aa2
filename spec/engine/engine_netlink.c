#include "engine.h"

#include <errno.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/refusal.h"
#include "kernel/rule_requests.h"
#include "kernel/status.h"
#include "pair.h"
#include "push.h"

#define SOCKET_TYPE "laudit.spec.socket"

struct pair *check_pair(lua_State *L)
{
    return luaL_checkudata(L, 1, SOCKET_TYPE);
}

static int push_pair(lua_State *L, int near, int peer)
{
    struct pair *pair;

    if (near < 0)
        return luaL_error(L, "cannot open a socket");
    pair = lua_newuserdata(L, sizeof *pair); /* [pair] */
    *pair = (struct pair){ netlink_attach(near), peer };
    luaL_getmetatable(L, SOCKET_TYPE); /* [pair, metatable] */
    lua_setmetatable(L, -2);
    return 1;
}

/* socketpair() → socket whose peer the spec plays */
static int netlink_socketpair(lua_State *L)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0)
        return luaL_error(L, "socketpair failed");
    return push_pair(L, ends[0], ends[1]);
}

/* usersock() → socket whose peer is another netlink socket of this process */
static int netlink_usersock(lua_State *L)
{
    struct sockaddr_nl address = { .nl_family = AF_NETLINK };
    socklen_t size = sizeof address;
    int near = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_USERSOCK);
    int peer = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_USERSOCK);

    if (bind(near, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(near, (struct sockaddr *)&address, &size) != 0 ||
        connect(peer, (struct sockaddr *)&address, sizeof address) != 0)
        return luaL_error(L, "cannot join two netlink sockets");
    return push_pair(L, near, peer);
}

/* routesock() → socket that speaks with the kernel, of which it asks harmless questions */
static int netlink_routesock(lua_State *L)
{
    return push_pair(L, socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), -1);
}

static int pair_gc(lua_State *L)
{
    struct pair *pair = check_pair(L);

    netlink_close(pair->netlink);
    if (pair->peer >= 0)
        close(pair->peer);
    return 0;
}

/* socket:peer_send(bytes) */
static int pair_peer_send(lua_State *L)
{
    struct span bytes = check_span(L, 2);

    if (send(check_pair(L)->peer, bytes.data, bytes.len, 0) != (ssize_t)bytes.len)
        return luaL_error(L, "send: %s", strerror(errno));
    return 0;
}

static void gather(void *context, const struct datagram *datagram)
{
    lua_State *L = context; /* [..., list] */

    lua_newtable(L); /* [..., list, datagram] */
    lua_pushlstring(L, datagram->bytes.data, datagram->bytes.len);
    lua_setfield(L, -2, "bytes");
    lua_pushboolean(L, datagram->truncated);
    lua_setfield(L, -2, "truncated");
    lua_pushboolean(L, datagram->arrival_ns > 0);
    lua_setfield(L, -2, "has_arrival");
    lua_rawseti(L, -2, (int)lua_objlen(L, -2) + 1);
}

/* socket:receive() → count, { datagram, ... } */
static int pair_receive(lua_State *L)
{
    struct pair *pair = check_pair(L);

    lua_newtable(L); /* [list] */
    lua_pushinteger(L, netlink_receive(pair->netlink, gather, L));
    lua_insert(L, -2); /* [count, list] */
    return 2;
}

static int pair_stats(lua_State *L)
{
    const struct netlink_stats *stats = netlink_stats(check_pair(L)->netlink);

    lua_newtable(L); /* [stats] */
    lua_pushnumber(L, (lua_Number)stats->datagrams);
    lua_setfield(L, -2, "datagrams");
    lua_pushnumber(L, (lua_Number)stats->truncated);
    lua_setfield(L, -2, "truncated");
    lua_pushnumber(L, (lua_Number)stats->foreign);
    lua_setfield(L, -2, "foreign");
    return 1;
}

static struct request check_request(lua_State *L, int index)
{
    struct request request = { 0 };

    luaL_checktype(L, index, LUA_TTABLE);
    lua_getfield(L, index, "type");       /* [type] */
    lua_getfield(L, index, "reply_type"); /* [type, reply_type] */
    lua_getfield(L, index, "payload");    /* [type, reply_type, payload] */
    request.type = (uint16_t)lua_tointeger(L, -3);
    request.reply_type = (uint16_t)lua_tointeger(L, -2);
    request.payload.data = lua_tolstring(L, -1, &request.payload.len);
    lua_pop(L, 3); /* the table keeps the payload alive */
    return request;
}

/* Reads one request, then sends the replies of the list at `replies`. */
static void play_turn(lua_State *L, int peer, int replies)
{
    char request[8192];
    int count = (int)lua_objlen(L, replies);

    if (read(peer, request, sizeof request) < (ssize_t)sizeof(struct nlmsghdr))
        _exit(1);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(L, replies, i); /* [reply] */
        struct span reply = check_span(L, -1);
        if (send(peer, reply.data, reply.len, 0) < 0)
            _exit(1);
        lua_pop(L, 1);
    }
}

/* The far end. Never returns. */
static void play_kernel(lua_State *L, int peer, int script)
{
    int turns = (int)lua_objlen(L, script);

    alarm(10);                 /* a request that never comes must not hang the specs */
    lua_rawgeti(L, script, 1); /* [first] */
    if (!lua_istable(L, -1)) {
        play_turn(L, peer, script);
        _exit(0);
    }
    for (int i = 1; i <= turns; i++) {
        lua_rawgeti(L, script, i); /* [first, replies] */
        play_turn(L, peer, lua_gettop(L));
        lua_pop(L, 1);
    }
    _exit(0);
}

pid_t start_kernel(lua_State *L, const struct pair *pair, int script)
{
    pid_t child = pair->peer >= 0 ? fork() : -1;

    if (child == 0)
        play_kernel(L, pair->peer, script);
    return child;
}

void end_kernel(pid_t child)
{
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
}

/* socket:ask({ type=, reply_type=, payload= }, { reply, ... }) → code, reply, { others } */
static int pair_ask(lua_State *L)
{
    struct pair *pair = check_pair(L);
    struct request request = check_request(L, 2);
    pid_t child = start_kernel(L, pair, 3);

    lua_newtable(L); /* [others] */

    int code = request_run(&request, pair->netlink, gather, L);

    end_kernel(child);
    lua_pushinteger(L, code);
    lua_pushlstring(L, request.reply, request.has_reply ? request.reply_len : 0);
    lua_pushvalue(L, -3); /* [others, code, reply, others] */
    return 3;
}

static void gather_rule(void *context, struct span payload)
{
    lua_State *L = context; /* [..., list] */

    lua_pushlstring(L, payload.data, payload.len);
    lua_rawseti(L, -2, (int)lua_objlen(L, -2) + 1);
}

/* socket:list_rules({ reply, ... }) → { payload, ... }, or nil, sentence and what was handed on */
static int pair_list_rules(lua_State *L)
{
    struct pair *pair = check_pair(L);
    struct error err;
    pid_t child = start_kernel(L, pair, 2);

    lua_newtable(L); /* [list] */

    int code = rule_list(pair->netlink, gather_rule, L, &err);

    end_kernel(child);
    if (code == 0)
        return 1;
    lua_pushnil(L);
    lua_pushstring(L, err.text);
    lua_pushvalue(L, -3);
    return 3;
}

/* socket:change_rule('add' or 'delete', payload, { reply, ... }) → code */
static int pair_change_rule(lua_State *L)
{
    struct pair *pair = check_pair(L);
    bool is_add = strcmp(luaL_checkstring(L, 2), "add") == 0;
    struct span payload = check_span(L, 3);
    pid_t child = start_kernel(L, pair, 4);

    lua_pushinteger(L, is_add ? rule_add(pair->netlink, payload)
                              : rule_delete(pair->netlink, payload));
    end_kernel(child);
    return 1;
}

/* audit() → socket that speaks with the kernel's audit; only for a guest kernel */
static int netlink_audit(lua_State *L)
{
    struct pair *pair = lua_newuserdata(L, sizeof *pair); /* [pair] */
    struct error err;

    *pair = (struct pair){ netlink_open(0, &err), -1 };
    if (pair->netlink == NULL)
        return luaL_error(L, "%s", err.text);
    luaL_getmetatable(L, SOCKET_TYPE); /* [pair, metatable] */
    lua_setmetatable(L, -2);
    return 1;
}

/* status(payload) → { known=, pid=, lost=, ... }, or nil */
static int netlink_status(lua_State *L)
{
    struct status status;

    if (status_parse(check_span(L, 1), &status) != 0)
        return 0;
    lua_newtable(L); /* [status] */
    lua_pushinteger(L, (lua_Integer)status.known);
    lua_setfield(L, -2, "known");
    lua_pushinteger(L, (lua_Integer)status.kernel.pid);
    lua_setfield(L, -2, "pid");
    lua_pushinteger(L, (lua_Integer)status.kernel.backlog);
    lua_setfield(L, -2, "backlog");
    lua_pushinteger(L, (lua_Integer)status.kernel.backlog_wait_time);
    lua_setfield(L, -2, "backlog_wait_time");
    return 1;
}

static int netlink_newly_lost(lua_State *L)
{
    lua_pushnumber(
        L, status_newly_lost((uint32_t)luaL_checknumber(L, 1), (uint32_t)luaL_checknumber(L, 2)));
    return 1;
}

/* refusal(errno, attempt, holder) → sentence */
static int netlink_refusal(lua_State *L)
{
    struct error err;

    refusal_explain(&err, -(int)luaL_checkinteger(L, 1), luaL_checkstring(L, 2),
                    (uint32_t)luaL_optnumber(L, 3, 0));
    lua_pushstring(L, err.text);
    return 1;
}

static int netlink_getpid(lua_State *L)
{
    lua_pushinteger(L, getpid());
    return 1;
}

void engine_netlink_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "peer_send", pair_peer_send },
        { "receive", pair_receive },
        { "stats", pair_stats },
        { "ask", pair_ask },
        { "list_rules", pair_list_rules },
        { "change_rule", pair_change_rule },
        { "__gc", pair_gc },
        { NULL, NULL },
    };
    static const luaL_Reg functions[] = {
        { "socketpair", netlink_socketpair },
        { "usersock", netlink_usersock },
        { "routesock", netlink_routesock },
        { "status", netlink_status },
        { "newly_lost", netlink_newly_lost },
        { "refusal", netlink_refusal },
        { "getpid", netlink_getpid },
        { "audit", netlink_audit },
        { NULL, NULL },
    };

    luaL_newmetatable(L, SOCKET_TYPE); /* [metatable] */
    luaL_register(L, NULL, methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    lua_newtable(L); /* [netlink] */
    luaL_register(L, NULL, functions);
}
