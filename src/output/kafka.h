/*
 * kafka.h - what the configuration says of an output of kind kafka, and what a producer is made
 * from.
 */
#pragma once

#include <librdkafka/rdkafka.h>

#include "output/kind.h"
#include "output/tls.h"

enum kafka_topic_from { KAFKA_TOPIC_FIXED, KAFKA_TOPIC_ATTRIBUTE };
enum kafka_key { KAFKA_KEY_NONE, KAFKA_KEY_TOPIC, KAFKA_KEY_NODE, KAFKA_KEY_RULE };

struct kafka_settings {
    struct option_texts brokers;
    struct span topic;
    int topic_from;  /* enum kafka_topic_from */
    int key;         /* enum kafka_key */
    int compression; /* the place in kafka_compressions */
    struct tls_settings tls;
    struct {
        bool is_given;
        int mechanism; /* the place in kafka_mechanisms */
        struct span user;
        struct secret password;
    } sasl;
    struct option_pairs options; /* librdkafka's own */
};

extern const char *const kafka_compressions[], *const kafka_mechanisms[];

/* Everything that a producer is made from, kept for as long as an output lives. */
struct kafka_config;

/* Copies what it keeps. NULL with "options: ..." when librdkafka refuses what it is told. Reads no
 * file and no secret. */
struct kafka_config *kafka_config_new(const struct kafka_settings *, double connect_timeout_s,
                                      struct error *);
void kafka_config_free(struct kafka_config *);

/* For one producer, with the secrets read anew; NULL with a sentence. rd_kafka_new takes it. */
rd_kafka_conf_t *kafka_config_make(const struct kafka_config *, struct error *);

/* True once the files of the certificates and secrets are other ones than at the last call. */
bool kafka_config_has_changed(struct kafka_config *);

/* The sink's opener, for the kind. */
struct sink *kafka_sink_open(const void *settings, const struct sink_host *, struct error *);
