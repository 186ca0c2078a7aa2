/*
 * users.h - names of users and groups on this host, never blocking the loop.
 *
 * passwd and group files are read before the first event and when they change; other NSS sources
 * are asked on libuv's thread pool. Bounded, with expiry, negative answers too.
 */
#pragma once

#include <uv.h>

#include "base/log.h"
#include "interpret/resolver.h"

enum {
    USERS_KEEP_MS = 600000,  /* a name from NSS is asked for again after this long */
    USERS_NOBODY_MS = 60000, /* an id that NSS did not know */
    USERS_LOOKUPS = 16       /* under way at once; what is beyond is asked for again later */
};

struct users;

/* Reads the files; `loop` may be NULL (replay): then NSS is asked at once, which blocks. */
struct users *users_new(uv_loop_t *loop, const struct log *);

/* The same with other files than /etc/passwd and /etc/group; both are copied. */
struct users *users_new_from(const char *passwd, const char *group, uv_loop_t *loop,
                             const struct log *);

/* Ends lookups under way; may finish later through the loop. */
void users_close(struct users *);

/* Looks whether the files changed and lets old answers expire. Call about once a second. */
void users_tick(struct users *, uint64_t now_ms);

/* Its spans live until the next call of users_tick or of the resolver. */
struct resolver users_resolver(struct users *);
