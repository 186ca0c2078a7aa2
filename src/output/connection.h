/*
 * connection.h - a byte stream to another host or process: TCP, TLS over TCP, or a unix socket.
 *
 * For syslog, gelf and whoever else writes bytes to a stream. Owned by its sink; works on the
 * sink's loop. Names are looked up without blocking, every address is tried in turn. TLS
 * certificates are read at each connection, so that changed files are taken. No call raises a
 * signal as long as the process ignores SIGPIPE.
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

/*
 * All bytes of the last connection_write arrived: the other machine has acknowledged them (TCP) or
 * the other process has read them (unix). Or negative errno and why: then the connection is closed,
 * and connection_acknowledged says how much arrived for certain.
 */
typedef void connection_written(void *context, int code, const char *why);

struct connection;

/* Keeps copies of the settings; connects nothing. */
struct connection *connection_new(uv_loop_t *, const struct connection_settings *);

/* Not while it is open or opening. `opened` is called later, never during the call. */
void connection_open(struct connection *, connection_opened *, void *context);

/*
 * Asks the kernel, too: a side that has closed is found before anything is written to it. An open
 * connection whose TLS files have changed (and can be used) is ended here with a goodbye, so that
 * the next one takes them: ask between two batches.
 */
bool connection_is_open(struct connection *);

/* One write at a time, while it is open; `bytes` are borrowed until `written`. */
void connection_write(struct connection *, struct span bytes, connection_written *, void *context);

/* Bytes at the beginning of the last connection_write that arrived, at least. */
size_t connection_acknowledged(const struct connection *);

/* Ends it at once; what was under way gets -ECANCELED, during the call. It can be opened again. */
void connection_reset(struct connection *);

/* Closes with TLS's goodbye, if there is time, and frees when the loop has let go of it: a lookup
 * that has begun cannot be stopped. */
void connection_close(struct connection *, void (*closed)(void *context), void *context);
