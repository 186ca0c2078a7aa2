/*
 * datagram.h - messages to a datagram socket: UDP, or a unix socket such as /dev/log.
 *
 * Owned by its carrier; works on the sink's loop, many datagrams a system call. A full socket is
 * waited for. Nobody answers: a datagram of UDP has arrived when the network has taken it and no
 * machine has refused it at once; one of a unix socket when it is in the other side's queue.
 */
#pragma once

#include <uv.h>

#include "output/cargo.h"

struct datagram_settings {
    struct span host, port; /* absent for a unix socket */
    struct span path;
    double timeout_s; /* for the lookup */
};

/* 0: there is a socket; -EPROTOTYPE: the path is that of a stream socket; or another negative
 * errno and why. */
typedef void datagram_opened(void *context, int code, const char *why);

/* The first `arrived` pieces are gone; the next one was refused with `code`, if that is not 0. */
typedef void datagram_sent(void *context, int code, const char *why, size_t arrived);

struct datagram;

/* Keeps copies of the settings; opens nothing. */
struct datagram *datagram_new(uv_loop_t *, const struct datagram_settings *);

/* Not while it is open or opening. May call `opened` during the call. */
void datagram_open(struct datagram *, datagram_opened *, void *context);

bool datagram_is_open(const struct datagram *);

/* The longest datagram that the socket takes; when open. */
size_t datagram_limit(const struct datagram *);

/* Each piece is a datagram; the cargo is borrowed until `sent`, which may be called during the
 * call. After a failure other than -EMSGSIZE it is closed. */
void datagram_send(struct datagram *, const struct cargo *, datagram_sent *, void *context);

/* Closes at once; what was under way gets -ECANCELED, during the call. It can be opened again. */
void datagram_reset(struct datagram *);

/* Closes, and frees when the loop has let go of it. */
void datagram_close(struct datagram *, void (*closed)(void *context), void *context);
