/*
 * http_loop.h - libcurl's transfers on a libuv loop.
 *
 * Owned by its sink. It keeps connections alive between transfers until http_loop_renew ends them.
 */
#pragma once

#include <curl/curl.h>
#include <uv.h>

/* A transfer has ended and was taken out. Only to be noted: nothing may be started or closed. */
typedef void http_transfer_ended(void *context, CURL *, CURLcode);

/* Behind one or more ends: everything may be done, and is the last thing that is done. */
typedef void http_transfers_ended(void *context);

struct http_loop;

struct http_loop *http_loop_new(uv_loop_t *, http_transfer_ended *, http_transfers_ended *,
                                void *context);

/* Starts a transfer; the handle stays the caller's. 0, or -ENOMEM. */
int http_loop_add(struct http_loop *, CURL *);

/* Takes out a transfer that has not ended; its connection, or its stream, is given up. */
void http_loop_remove(struct http_loop *, CURL *);

/* Ends all connections, and forgets all that TLS remembers. Not while a transfer is under way. */
void http_loop_renew(struct http_loop *);

/* Frees once the loop has let go of it; not while a transfer is under way. */
void http_loop_close(struct http_loop *, void (*closed)(void *context), void *context);
