/*
 * batch.h - messages that leave together: their bytes one after another, and what is known of each.
 *
 * An output fills a batch, closes it and lends it to its sink, which gives each message its fate.
 * Messages stand in the order in which they came and are numbered from 0.
 */
#pragma once

#include "base/buffer.h"
#include "event/alert.h"

/* What outputs may want to know of a message besides its bytes. Spans are absent when unknown. */
struct envelope {
    uint64_t time_ms; /* of the event, since the epoch */
    uint32_t serial;
    enum severity severity; /* of an alert; SEVERITY_INFO for an event */
    bool is_alert;
    struct span node;
    struct span key;     /* the rule's key, the first of several */
    struct span topic;   /* attribute `topic`, else the key */
    struct span headers; /* "Name: value\r\n" each, from a transform */
};

enum fate {
    FATE_WAITING,   /* is to be sent (again) */
    FATE_DELIVERED, /* the other side has it */
    FATE_REJECTED,  /* the other side will never take it */
    FATE_TOO_LONG,  /* the transport cannot carry it */
    FATE_UNREAD     /* nobody was there to take it, and it is not to wait */
};

struct batch_message {
    size_t begin, len; /* in `bytes`, with the newline that ends it */
    size_t envelope;   /* where its envelope begins in `envelopes` */
    enum fate fate;
};

struct batch {
    struct buffer bytes; /* messages only, while nothing is being appended */
    struct buffer envelopes;
    struct batch_message *messages;
    size_t count, room;
    uint64_t began_ns; /* when the first message came; uv_hrtime */
    struct batch *next;
};

struct batch *batch_new(void);
void batch_free(struct batch *);

/* Makes the batch empty and keeps its memory. */
void batch_clear(struct batch *);

/* What was appended to `bytes` since the last message (and ends with '\n') becomes a message;
 * the envelope is copied, NULL when the output's kind wants none. */
void batch_commit(struct batch *, const struct envelope *);

/* False while something was appended to `bytes` that is no message yet. */
bool batch_is_whole(const struct batch *);

/* Forgets what was appended to `bytes` since the last message. */
void batch_revert(struct batch *);

/* The message without the newline at its end. */
struct span batch_body(const struct batch *, size_t index);

/* False when the message was committed without an envelope: then it is zeros. */
bool batch_envelope(const struct batch *, size_t index, struct envelope *);

/* Gives every message that is still waiting this fate. */
void batch_settle(struct batch *, enum fate);

size_t batch_count_fate(const struct batch *, enum fate);

/* Removes all messages whose fate is known; the rest stays in order. */
void batch_keep_waiting(struct batch *);

/* Removes the first `count` messages. */
void batch_drop_front(struct batch *, size_t count);
