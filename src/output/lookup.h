/*
 * lookup.h - the addresses of a host, found without blocking the loop.
 */
#pragma once

#include <uv.h>

#include "base/error.h"

struct lookup_user {
    /* The list goes to the user (uv_freeaddrinfo). NULL: there is none, `code` is libuv's. */
    void (*found)(void *context, int code, struct addrinfo *list);
    void (*gone)(void *context); /* the loop has let go of it; called in any case, last */
};

struct lookup;

/*
 * Looks up for sockets of the type (SOCK_STREAM, SOCK_DGRAM). `host` and `port` are borrowed for
 * the call. NULL when it cannot begin: then nothing is called.
 */
struct lookup *lookup_start(uv_loop_t *, const char *host, const char *port, int socket_type,
                            const struct lookup_user *, void *context);

/* `found` will not be called any more. A lookup that has begun goes on all the same. */
void lookup_forget(struct lookup *);
