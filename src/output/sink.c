#include "output/sink.h"

#include <string.h>

void sink_delivered(struct sink *sink, struct batch *batch)
{
    static const struct outcome well = { 0 };

    batch_settle(batch, FATE_DELIVERED);
    sink->host.done(sink->host.context, &well);
}

void sink_failed(struct sink *sink, int code, const char *why)
{
    struct outcome outcome = { .code = code, .why = why };

    sink->host.done(sink->host.context, &outcome);
}
