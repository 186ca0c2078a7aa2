/*
 * topic.h - names of topics made of what an event says: for kafka and mqtt.
 */
#pragma once

#include "base/buffer.h"

enum { TOPIC_LONGEST = 249 /* bytes; Kafka's limit */ };

/*
 * Appends `text`, cut to TOPIC_LONGEST bytes, with '_' for every byte but letters, digits, '.', '_'
 * and '-': what every broker takes, and what cannot add a level or a wildcard.
 */
void topic_append(struct buffer *, struct span text);

/* This machine's name, as topic_append writes it. */
void topic_append_host(struct buffer *);
