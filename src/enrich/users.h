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

struct users;

/* Reads the files; `loop` may be NULL (replay): then NSS is asked at once, which blocks. */
struct users *users_new(uv_loop_t *loop, const struct log *);

/* Ends lookups under way; may finish later through the loop. */
void users_close(struct users *);

/* Looks whether the files changed and lets old answers expire. Call about once a second. */
void users_tick(struct users *, uint64_t now_ms);

struct resolver users_resolver(struct users *);
