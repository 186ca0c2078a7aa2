/*
 * carrier.h - carries cargo to where an output sends to: by a stream, by TLS or by datagrams.
 *
 * What arrived is what the transport itself can say (connection.h, datagram.h). Owned by its sink.
 */
#pragma once

#include <uv.h>

#include "output/cargo.h"
#include "output/sink.h"
#include "output/tls.h"

enum network { NETWORK_UNIX, NETWORK_UDP, NETWORK_TCP, NETWORK_TLS };

struct carrier_settings {
    enum network network;
    struct span address; /* HOST:PORT, HOST, or the path of a unix socket */
    const char *port;    /* when the address has none */
    struct tls_settings tls;
    double timeout_s; /* for making a connection */
};

/* Fit address and network together? 0, or -EINVAL with "address: ...". */
int carrier_check(const struct carrier_settings *, struct error *);

/* 0: cargo can be carried; or negative errno and why. */
typedef void carrier_ready(void *context, int code, const char *why);

/* The first `arrived` pieces have arrived; the others were stopped by `code`, if that is not 0.
 * `is_unknown`: some of these may have arrived nevertheless. */
typedef void carrier_carried(void *context, int code, const char *why, size_t arrived,
                             bool is_unknown);

struct carrier;

/* Keeps copies of checked settings; connects nothing. */
struct carrier *carrier_new(uv_loop_t *, const struct carrier_settings *);

/* Connects if need be. May call `ready` during the call. */
void carrier_prepare(struct carrier *, carrier_ready *, void *context);

/* When ready: 0 for a stream; else the longest piece. A path may be of either sort. */
size_t carrier_limit(const struct carrier *);

/* When ready. The cargo is borrowed until `carried`, which may be called during the call. A
 * datagram that is too long stops the cargo with -EMSGSIZE. */
void carrier_carry(struct carrier *, const struct cargo *, carrier_carried *, void *context);

/* Gives up what is under way, which gets -ECANCELED, during the call. */
void carrier_cancel(struct carrier *);

/* Frees when the loop has let go of it. */
void carrier_close(struct carrier *, sink_closed *closed, void *context);

/* Adds connections and failures. */
void carrier_count(const struct carrier *, struct sink_counts *);
