/*
 * mqtt.h - what the configuration says of an output of kind mqtt.
 */
#pragma once

#include "output/batch.h"
#include "output/kind.h"
#include "output/tls.h"

enum mqtt_version { MQTT_5, MQTT_3_1_1 };

struct mqtt_settings {
    struct span address; /* HOST:PORT */
    struct span topic;   /* with {node}, {key} and {topic} */
    struct span client_id;
    int version; /* enum mqtt_version */
    uint32_t keepalive_s, window;
    bool retains;
    struct span user;
    struct secret password;
    struct tls_settings tls;
};

/* Cuts "HOST:PORT", "HOST" or "[ADDRESS]:PORT"; an absent port becomes MQTT's. False: none of
 * these. */
bool mqtt_address_parse(struct span address, bool has_tls, struct span *host, struct span *port);

/* Appends the topic that the pattern means for a message; false: '{' without a known name. */
bool mqtt_topic_write(struct span pattern, const struct envelope *, struct span host,
                      struct buffer *out);

/* The sink's opener, for the kind. */
struct sink *mqtt_sink_open(const void *settings, const struct sink_host *, struct error *);
