/*
 * statsd.h - the ledger as statsd's datagrams: what was counted since it was told last.
 *
 * Pure: the caller sends. Counters are told as differences, when there is one; gauges each time;
 * the latency as one timer sample, the mean of what was delivered since, and two gauges. What could
 * not be sent is told the next time. Names of outputs and policies keep letters, digits, '-' and
 * '_'; other bytes become '_', and then four hexadecimal digits at the end keep the name apart.
 */
#pragma once

#include "control/ledger.h"

enum {
    STATSD_DATAGRAM = 1432,   /* bytes; fits an Ethernet frame with any header */
    STATSD_PREFIX_MOST = 128, /* bytes */
    STATSD_HOST_MOST = 63     /* of a host's name */
};

struct statsd;

/* Sends one datagram; false when it could not. */
typedef bool statsd_send(void *context, struct span datagram);

/*
 * Writes the prefix with each "{host}" replaced by the first label of `host`. False with a sentence
 * when it is too long, or holds what a name cannot.
 */
bool statsd_prefix(struct span prefix, struct span host, struct buffer *out, struct error *);

/* Keeps a copy of the prefix. */
struct statsd *statsd_new(struct span prefix);
void statsd_free(struct statsd *);

void statsd_write(struct statsd *, const struct ledger *, statsd_send *, void *context);
