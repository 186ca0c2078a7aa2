/*
 * pair.h - a netlink socket under test and its far end, which a process plays in the kernel's
 * place.
 */
#pragma once

#include <lua.h>
#include <sys/types.h>

#include "kernel/netlink.h"

struct pair {
    struct netlink *netlink;
    int peer; /* -1 when the real kernel is there */
};

/* The first argument of a function; raises when it is no socket. */
struct pair *check_pair(lua_State *L);

/*
 * Plays the script at index `script`: a list of replies to one request, or a list of such lists,
 * one for each request. -1 when the real kernel is there.
 */
pid_t start_kernel(lua_State *L, const struct pair *, int script);

/* It may still wait for a request that was never sent. */
void end_kernel(pid_t);
