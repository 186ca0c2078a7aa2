#include "output/carrier.h"

#include <errno.h>
#include <stdlib.h>

#include "output/connection.h"
#include "output/datagram.h"
#include "output/endpoint.h"

struct carrier {
    struct connection *stream; /* NULL for UDP */
    struct datagram *datagram; /* NULL for TCP; both for a path, whose sort shows */
    bool is_stream;            /* what the path was found to be, else the only one there is */
    unsigned members;          /* not closed yet */
    uint64_t connections, failures;
    carrier_ready *ready;
    carrier_carried *carried;
    void *context;
    const struct cargo *cargo;
    sink_closed *closed;
    void *closed_context;
};

int carrier_check(const struct carrier_settings *settings, struct error *err)
{
    struct span host, port;

    if (settings->network != NETWORK_TLS && settings->tls.is_on)
        return error_set(err, -EINVAL, "tls: only with network = 'tls'");
    if (settings->network == NETWORK_UNIX) {
        if (!span_starts(settings->address, SPAN("/")))
            return error_set(err, -EINVAL,
                             "address: expected a path that begins with '/', found '%.*s'",
                             SPAN_ARG(settings->address));
        return 0;
    }
    if (settings->address.data == NULL)
        return error_set(err, -EINVAL, "address: expected HOST:PORT, found nothing");
    if (endpoint_parse(settings->address, &host, &port, err) != 0)
        return error_within(err, "address");
    return settings->network == NETWORK_TLS ? tls_check(&settings->tls, err) : 0;
}

struct carrier *carrier_new(uv_loop_t *loop, const struct carrier_settings *settings)
{
    struct carrier *carrier = calloc(1, sizeof *carrier);
    struct span host = { NULL, 0 }, port = { NULL, 0 }, path = { NULL, 0 };
    struct error unheard;

    if (carrier == NULL)
        abort();
    if (settings->network == NETWORK_UNIX)
        path = settings->address;
    else
        endpoint_parse(settings->address, &host, &port, &unheard);
    if (path.data == NULL && port.data == NULL)
        port = span_of(settings->port);

    if (settings->network != NETWORK_UDP) {
        struct connection_settings stream = { .host = host,
                                              .port = port,
                                              .path = path,
                                              .tls = settings->tls,
                                              .timeout_s = settings->timeout_s };

        stream.tls.is_on = settings->network == NETWORK_TLS;
        carrier->stream = connection_new(loop, &stream);
        carrier->members++;
    }
    if (settings->network == NETWORK_UDP || settings->network == NETWORK_UNIX) {
        const struct datagram_settings datagram = {
            .host = host, .port = port, .path = path, .timeout_s = settings->timeout_s
        };

        carrier->datagram = datagram_new(loop, &datagram);
        carrier->members++;
    }
    carrier->is_stream = carrier->datagram == NULL;
    return carrier;
}

static void tell_ready(struct carrier *carrier, int code, const char *why)
{
    carrier_ready *ready = carrier->ready;

    if (code == 0)
        carrier->connections++;
    else if (code != -ECANCELED)
        carrier->failures++;
    carrier->ready = NULL;
    ready(carrier->context, code, why);
}

static void on_stream_open(void *context, int code, const char *why)
{
    struct carrier *carrier = context;

    if (carrier->datagram != NULL && code != 0)
        carrier->is_stream = false; /* the next try looks anew what the path is */
    tell_ready(carrier, code, why);
}

static void on_datagram_open(void *context, int code, const char *why)
{
    struct carrier *carrier = context;

    if (code == -EPROTOTYPE && carrier->stream != NULL) {
        carrier->is_stream = true;
        connection_open(carrier->stream, on_stream_open, carrier);
        return;
    }
    tell_ready(carrier, code, why);
}

void carrier_prepare(struct carrier *carrier, carrier_ready *ready, void *context)
{
    bool is_open = carrier->is_stream ? connection_is_open(carrier->stream)
                                      : datagram_is_open(carrier->datagram);

    if (is_open) {
        ready(context, 0, NULL);
        return;
    }
    carrier->ready = ready;
    carrier->context = context;
    if (carrier->datagram != NULL) {
        carrier->is_stream = false;
        datagram_open(carrier->datagram, on_datagram_open, carrier);
    } else {
        connection_open(carrier->stream, on_stream_open, carrier);
    }
}

size_t carrier_limit(const struct carrier *carrier)
{
    return carrier->is_stream ? 0 : datagram_limit(carrier->datagram);
}

static void on_written(void *context, int code, const char *why)
{
    struct carrier *carrier = context;
    size_t bytes = connection_acknowledged(carrier->stream);

    carrier->carried(carrier->context, code, why, cargo_within(carrier->cargo, bytes), code != 0);
}

static void on_sent(void *context, int code, const char *why, size_t arrived)
{
    struct carrier *carrier = context;
    bool is_unknown = code == -ECONNREFUSED || code == -EHOSTUNREACH || code == -ENETUNREACH;

    carrier->carried(carrier->context, code, why, arrived, is_unknown && carrier->stream == NULL);
}

void carrier_carry(struct carrier *carrier, const struct cargo *cargo, carrier_carried *carried,
                   void *context)
{
    carrier->cargo = cargo;
    carrier->carried = carried;
    carrier->context = context;
    if (carrier->is_stream)
        connection_write(carrier->stream, buffer_span(&cargo->bytes), on_written, carrier);
    else
        datagram_send(carrier->datagram, cargo, on_sent, carrier);
}

void carrier_cancel(struct carrier *carrier)
{
    if (carrier->is_stream)
        connection_reset(carrier->stream);
    else
        datagram_reset(carrier->datagram);
}

static void on_member_closed(void *context)
{
    struct carrier *carrier = context;

    if (--carrier->members > 0)
        return;

    sink_closed *closed = carrier->closed;
    void *closed_context = carrier->closed_context;

    free(carrier);
    if (closed != NULL)
        closed(closed_context);
}

void carrier_close(struct carrier *carrier, sink_closed *closed, void *context)
{
    struct connection *stream = carrier->stream;
    struct datagram *datagram = carrier->datagram;

    carrier->closed = closed;
    carrier->closed_context = context;
    if (stream != NULL)
        connection_close(stream, on_member_closed, carrier);
    if (datagram != NULL)
        datagram_close(datagram, on_member_closed, carrier);
}

void carrier_count(const struct carrier *carrier, struct sink_counts *counts)
{
    counts->connections += carrier->connections;
    counts->failures += carrier->failures;
}
