#include "output/courier.h"

#include <errno.h>
#include <stdlib.h>

enum { COURIER_LEAST = 512 /* bytes; a network that takes no piece of this length takes none */ };

struct courier {
    struct sink sink;
    struct carrier *carrier;
    struct packer *packer;
    struct cargo cargo;
    struct batch *batch; /* NULL: nothing is under way */
    size_t limit;        /* of a piece; what the network was found to take, 0: no limit */
    size_t found_limit;  /* 0: the carrier's is right */
    bool is_packing, is_cancelled;
    uint64_t cut; /* as the packer had it when it was through */
    uv_work_t work;
    sink_closed *closed;
    void *closed_context;
};

static void finish(struct courier *courier, int code, const char *why, bool is_unknown)
{
    const struct outcome outcome = { .code = code == -ECANCELED ? -ETIMEDOUT : code,
                                     .why = code == -ECANCELED ? "it took too long" : why,
                                     .is_unknown = is_unknown };

    courier->batch = NULL;
    courier->sink.host.done(courier->sink.host.context, &outcome);
}

static void on_carried(void *context, int code, const char *why, size_t arrived, bool is_unknown);

static void carry(struct courier *courier)
{
    courier->cut = courier->packer->cut;
    if (courier->is_cancelled)
        finish(courier, -ECANCELED, NULL, false);
    else if (courier->cargo.count == 0)
        finish(courier, 0, NULL, false);
    else
        carrier_carry(courier->carrier, &courier->cargo, on_carried, courier);
}

static void pack_all(struct courier *courier)
{
    struct batch *batch = courier->batch;

    cargo_clear(&courier->cargo);
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->messages[i].fate == FATE_WAITING)
            batch->messages[i].fate = courier->packer->class->pack(courier->packer, batch, i,
                                                                   courier->limit, &courier->cargo);
    }
}

static void on_pack(uv_work_t *work)
{
    pack_all(work->data);
}

static void on_packed(uv_work_t *work, int status)
{
    struct courier *courier = work->data;

    (void)status;
    courier->is_packing = false;
    carry(courier);
}

static void pack(struct courier *courier)
{
    if (courier->packer->class->is_heavy) {
        courier->is_packing = true;
        courier->work.data = courier;
        uv_queue_work(courier->sink.host.loop, &courier->work, on_pack, on_packed);
        return;
    }
    pack_all(courier);
    carry(courier);
}

static void on_ready(void *context, int code, const char *why)
{
    struct courier *courier = context;

    if (code != 0) {
        finish(courier, code, why, false);
        return;
    }
    courier->limit = carrier_limit(courier->carrier);
    if (courier->limit > 0 && courier->found_limit > 0 && courier->found_limit < courier->limit)
        courier->limit = courier->found_limit;
    pack(courier);
}

static void on_carried(void *context, int code, const char *why, size_t arrived, bool is_unknown)
{
    struct courier *courier = context;

    cargo_settle(&courier->cargo, arrived, courier->batch);
    if (code != -EMSGSIZE || arrived >= courier->cargo.count) {
        finish(courier, code, why, is_unknown);
        return;
    }

    /* A network may take less than its sockets say. */
    const struct piece *refused = &courier->cargo.pieces[arrived];

    if (refused->len > COURIER_LEAST) {
        courier->found_limit = refused->len - refused->len / 8;
        carrier_prepare(courier->carrier, on_ready, courier);
        return;
    }
    courier->batch->messages[refused->message].fate = FATE_TOO_LONG;
    finish(courier, code, why, false);
}

static void courier_send(struct sink *sink, struct batch *batch)
{
    struct courier *courier = (struct courier *)sink;

    courier->batch = batch;
    courier->is_cancelled = false;
    carrier_prepare(courier->carrier, on_ready, courier);
}

static void courier_cancel(struct sink *sink)
{
    struct courier *courier = (struct courier *)sink;

    if (courier->batch == NULL)
        return;
    courier->is_cancelled = true;
    if (!courier->is_packing)
        carrier_cancel(courier->carrier);
}

static void on_carrier_closed(void *context)
{
    struct courier *courier = context;
    sink_closed *closed = courier->closed;
    void *closed_context = courier->closed_context;

    courier->packer->class->free(courier->packer);
    cargo_free(&courier->cargo);
    free(courier);
    if (closed != NULL)
        closed(closed_context);
}

static void courier_close(struct sink *sink, sink_closed *closed, void *context)
{
    struct courier *courier = (struct courier *)sink;

    courier->closed = closed;
    courier->closed_context = context;
    carrier_close(courier->carrier, on_carrier_closed, courier);
}

static void courier_count(const struct sink *sink, struct sink_counts *counts)
{
    const struct courier *courier = (const struct courier *)sink;

    carrier_count(courier->carrier, counts);
    counts->cut += courier->cut;
}

struct sink *courier_open(const struct carrier_settings *settings, struct packer *packer,
                          const struct sink_host *host)
{
    static const struct sink_class class = {
        .send = courier_send,
        .cancel = courier_cancel,
        .close = courier_close,
        .count = courier_count,
    };
    struct courier *courier = calloc(1, sizeof *courier);

    if (courier == NULL)
        abort();
    courier->sink.class = &class;
    courier->sink.host = *host;
    courier->packer = packer;
    courier->carrier = carrier_new(host->loop, settings);
    return &courier->sink;
}
