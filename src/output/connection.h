/*
 * connection.h - a byte stream to another host or process: TCP, TLS over TCP, or a unix socket.
 *
 * For syslog, gelf and whoever else writes bytes to a stream. Owned by its sink; works on the
 * sink's loop. Names are looked up without blocking, every address is tried in turn. TLS
 * certificates are read at each connection, so that changed files are taken.
 */
#pragma once

#include <uv.h>

#include "base/log.h"
#include "output/tls.h"

struct connection_settings {
    struct span host; /* name or address; absent for a unix socket */
    struct span port; /* number or name of a service */
    struct span path; /* of a unix socket */
    struct tls_settings tls;
    double timeout_s; /* for lookup, connection and handshake together */
};

/* 0: connected (and the handshake done); or a negative errno and why. */
typedef void connection_opened(void *context, int code, const char *why);

/* All bytes of the last connection_write went to the kernel; or negative errno and why: then it is
 * closed, and nobody knows how much arrived. */
typedef void connection_written(void *context, int code, const char *why);

struct connection;

/* Keeps copies of the settings; connects nothing. */
struct connection *connection_new(uv_loop_t *, const struct connection_settings *);

/* Not while it is open or opening. */
void connection_open(struct connection *, connection_opened *, void *context);

bool connection_is_open(const struct connection *);

/* One write at a time; `bytes` are borrowed until `written`. The kernel's "taken" is all that a
 * stream without answers can say. A peer that has closed is found by reading, before the next
 * write, so that a write to a half-closed stream fails as early as it can. */
void connection_write(struct connection *, struct span bytes, connection_written *, void *context);

/* Ends it at once; what was under way gets -ECANCELED. It can be opened again. */
void connection_reset(struct connection *);

/* Closes with TLS's goodbye, if there is time, and frees when the loop has let go of it. */
void connection_close(struct connection *, void (*closed)(void *context), void *context);
