/*
 * mqtt_link.h - one connection to one address of an MQTT broker: libmosquitto on the loop.
 *
 * Owned by its sink until mqtt_link_retire. A new connection is a new link, so that libmosquitto
 * sends nothing again by itself: that is the output's to decide.
 */
#pragma once

#include <stdint.h>
#include <uv.h>

#include "output/mqtt.h"

struct mqtt_link_user {
    void (*opened)(void *context);                           /* messages may be published */
    void (*acknowledged)(void *context, int id, int reason); /* MQTT's reason code, 0: taken */
    void (*rests)(void *context); /* all that came was read; the link may be retired */
    /* It ended, or never began; the link is to be retired. */
    void (*ended)(void *context, int code, const char *why);
};

struct mqtt_link;

/* `name` is the host's, for its certificate. Reads certificates and the password. NULL with a
 * sentence. `user` is called later, never during the call. */
struct mqtt_link *mqtt_link_open(uv_loop_t *, const struct mqtt_settings *, const char *client_id,
                                 const char *name, const struct sockaddr *,
                                 const struct mqtt_link_user *, void *context, struct error *);

/*
 * Publishes with QoS 1; *id is what the acknowledgement will name. 0; -EMSGSIZE when no or this
 * broker carries so much; -EINVAL when the topic is none; another negative errno: the link is at
 * its end.
 */
int mqtt_link_publish(struct mqtt_link *, const char *topic, struct span body, int *id);

/* Lets go what was published. */
void mqtt_link_push(struct mqtt_link *);

/* About once a second: keeps it alive, and finds out when it is not. */
void mqtt_link_tick(struct mqtt_link *);

/* Ends it, with a goodbye if `is_orderly`. `gone` is called when the loop has let go of it. */
void mqtt_link_retire(struct mqtt_link *, bool is_orderly, void (*gone)(void *context),
                      void *context);
