/*
 * kafka_producer.h - one producer of librdkafka on the loop: its reports come as calls, nothing
 * blocks.
 *
 * Owned by its sink until kafka_producer_retire. librdkafka works in threads of its own; all calls
 * to and from here are on the loop's thread.
 */
#pragma once

#include <librdkafka/rdkafka.h>
#include <uv.h>

#include "base/buffer.h"

struct kafka_user {
    /* What became of the message sent with `index`. `may_be_there`: it failed, but may have
     * arrived all the same. */
    void (*reported)(void *context, size_t index, rd_kafka_resp_err_t, bool may_be_there);
    /* No more reports for now; the one call in which the producer may be retired. */
    void (*rests)(void *context);
    /* Something is wrong with a broker, the cluster or, when `is_fatal`, this producer. */
    void (*complained)(void *context, rd_kafka_resp_err_t, const char *why, bool is_fatal);
};

struct kafka_message {
    struct span topic, key, body; /* copied; an absent key leaves the partition to chance */
    struct span headers;          /* "Name: value\r\n" each */
    size_t index;
};

struct kafka_producer;

/* Takes `conf`, also when it fails: then NULL with a sentence. `user` and `context` are borrowed
 * until it is retired. */
struct kafka_producer *kafka_producer_new(uv_loop_t *, rd_kafka_conf_t *conf,
                                          const struct kafka_user *, void *context, struct error *);

/* 0: a report will follow. Otherwise none will: __QUEUE_FULL while too many are under way. */
rd_kafka_resp_err_t kafka_producer_send(struct kafka_producer *, const struct kafka_message *);

/* Gives up what is under way: its reports come soon. */
void kafka_producer_purge(struct kafka_producer *);

/* Ends it without waiting; what is under way is not reported any more. `gone` is called when the
 * loop and librdkafka have let go of it. */
void kafka_producer_retire(struct kafka_producer *, void (*gone)(void *context), void *context);
