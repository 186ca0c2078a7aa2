/*
 * wire.h - one socket of a connection: bytes out, bytes in, and how many have been acknowledged.
 *
 * Owned by its user until wire_finish or wire_abort; from then on it ends by itself and calls
 * nothing but `gone`, when the loop has let go of it. Callbacks may end the wire.
 *
 * What is acknowledged is known of TCP (bytes that the other machine has answered for) and of unix
 * sockets (bytes that the other process has read).
 */
#pragma once

#include <sys/socket.h>
#include <uv.h>

#include "base/span.h"

struct wire_user {
    void (*connected)(void *context, int code); /* 0, or a negative errno */
    void (*received)(void *context, struct span bytes);
    void (*ended)(void *context, int code); /* 0: the other side has closed; or a negative errno */
    void (*written)(void *context, int code); /* the kernel has taken all; or a negative errno */
    void (*acknowledged)(void *context);
    void (*gone)(void *context);
};

struct wire;

/* `user` and `context` are borrowed for as long as the wire lives. */
struct wire *wire_new(uv_loop_t *, const struct wire_user *, void *context);

/* Once, one of the two; `connected` is called later, never during the call. */
void wire_connect_address(struct wire *, const struct sockaddr *);
void wire_connect_path(struct wire *, struct span path);

/* One at a time; `bytes` are borrowed until `written` or the end of the wire. */
void wire_write(struct wire *, struct span bytes);

/* Calls `acknowledged` as soon as nothing is left to be acknowledged, at the earliest at once. */
void wire_await(struct wire *);

/* Reads what is there without waiting for the loop: a side that has closed is found. */
void wire_look(struct wire *);

/* Bytes written since it was connected, and how many of them have been acknowledged, at least. */
uint64_t wire_submitted(const struct wire *);
uint64_t wire_acknowledged(const struct wire *);

/* Writes `last` if there is room for it, says that nothing more will come, and waits a moment for
 * the other side to close. */
void wire_finish(struct wire *, struct span last);

/* Ends at once. What was not acknowledged by then is not sent any more, as far as that can be
 * helped, so that sending it over another wire does not double it. */
void wire_abort(struct wire *);
