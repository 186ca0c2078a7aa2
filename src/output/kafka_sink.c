#include "output/kafka.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "output/kafka_producer.h"
#include "output/topic.h"

enum { PURGE_MS = 500 /* that reports may take once nobody wants to wait any more */ };

struct kafka_sink {
    struct sink sink;
    struct kafka_config *config;
    struct buffer topic, host; /* the topic of messages that name none; this machine */
    struct buffer named;       /* the topic or node of the message being sent */
    int topic_from, key;

    struct kafka_producer *producer; /* NULL: none yet, or the last is retired */
    unsigned retiring;               /* producers that are not gone yet */
    uv_timer_t patience;
    bool is_worn; /* another producer is wanted for the next batch */
    bool is_dead; /* librdkafka takes nothing more with this one */

    struct batch *batch; /* under way; NULL: none */
    size_t next;         /* the first message that librdkafka has not been given */
    size_t waiting;      /* reports to come */
    bool is_unknown, is_cancelled;
    bool is_split; /* messages go one by one: together they were more than a broker takes */
    bool has_oversize;
    int code; /* of the first failure */
    char why[256];
    char complaint[256]; /* librdkafka's last, for when nothing else explains why */

    uint64_t made, failures;
    sink_closed *closed;
    void *closed_context;
    bool has_timer, is_closing, has_told;
};

static struct kafka_sink *of(struct sink *sink)
{
    return (struct kafka_sink *)sink;
}

static void free_if_gone(struct kafka_sink *self)
{
    if (!self->is_closing || self->retiring > 0 || self->has_timer)
        return;

    sink_closed *closed = self->closed;
    void *context = self->closed_context;

    kafka_config_free(self->config);
    buffer_free(&self->topic);
    buffer_free(&self->host);
    buffer_free(&self->named);
    free(self);
    if (closed != NULL)
        closed(context);
}

static void on_producer_gone(void *context)
{
    struct kafka_sink *self = context;

    self->retiring--;
    free_if_gone(self);
}

static void retire(struct kafka_sink *self)
{
    if (self->producer == NULL)
        return;
    self->retiring++;
    kafka_producer_retire(self->producer, on_producer_gone, self);
    self->producer = NULL;
    self->is_worn = self->is_dead = false;
}

/* Gives the batch back; the next one may come during the call. */
static void finish(struct kafka_sink *self)
{
    struct batch *batch = self->batch;
    bool is_whole = batch_count_fate(batch, FATE_WAITING) == 0;
    char why[sizeof self->why];

    memcpy(why, self->why[0] != '\0' ? self->why : self->complaint, sizeof why);

    struct outcome outcome = {
        .code = is_whole          ? 0
                : self->code != 0 ? self->code
                                  : -ETIMEDOUT,
        .why = why[0] != '\0' ? why : NULL,
        .is_unknown = !is_whole && self->is_unknown,
    };

    uv_timer_stop(&self->patience);
    if (self->is_cancelled)
        retire(self); /* what it may still do is not to be mixed with the next try */
    self->batch = NULL;
    self->sink.host.done(self->sink.host.context, &outcome);
}

static void note_failure(struct kafka_sink *self, rd_kafka_resp_err_t error, struct span topic)
{
    if (self->code != 0)
        return;
    self->code = error == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT ? -ETIMEDOUT : -EIO;
    snprintf(self->why, sizeof self->why, "topic '%.*s': %s", SPAN_ARG(topic),
             rd_kafka_err2str(error));
}

/* The topic that the message asks for, valid until the next call; the default one if it asks for
 * none. */
static struct span topic_of(struct kafka_sink *self, const struct envelope *facts)
{
    if (self->topic_from == KAFKA_TOPIC_FIXED || facts->topic.len == 0 ||
        span_equal(facts->topic, SPAN(".")) || span_equal(facts->topic, SPAN("..")))
        return buffer_span(&self->topic);
    buffer_clear(&self->named);
    topic_append(&self->named, facts->topic);
    return buffer_span(&self->named);
}

static struct span key_of(const struct kafka_sink *self, const struct envelope *facts,
                          struct span topic)
{
    switch (self->key) {
    case KAFKA_KEY_TOPIC:
        return topic;
    case KAFKA_KEY_NODE:
        return facts->node.len > 0 ? facts->node : buffer_span(&self->host);
    case KAFKA_KEY_RULE:
        return facts->key.len > 0 ? facts->key : (struct span){ 0 };
    default:
        return (struct span){ 0 };
    }
}

/* A topic that an event asked for and that is not to be had must not hold up all others; the
 * configured one is waited for. */
static enum fate fate_of(struct kafka_sink *self, size_t index, rd_kafka_resp_err_t error)
{
    struct envelope facts;

    switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return FATE_DELIVERED;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        return FATE_TOO_LONG;
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
        return FATE_REJECTED;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        batch_envelope(self->batch, index, &facts);
        return span_equal(topic_of(self, &facts), buffer_span(&self->topic)) ? FATE_WAITING
                                                                             : FATE_REJECTED;
    default:
        return FATE_WAITING;
    }
}

static void settle(struct kafka_sink *self, size_t index, rd_kafka_resp_err_t error)
{
    enum fate fate = fate_of(self, index, error);

    self->batch->messages[index].fate = fate;
    if (fate == FATE_WAITING) {
        struct envelope facts;

        batch_envelope(self->batch, index, &facts);
        note_failure(self, error, topic_of(self, &facts));
    }
}

/* Hands over what librdkafka has room for. */
static void feed(struct kafka_sink *self)
{
    struct batch *batch = self->batch;

    for (; self->next < batch->count; self->next++) {
        if (batch->messages[self->next].fate != FATE_WAITING)
            continue;
        if (self->is_split && self->waiting > 0)
            return;

        struct envelope facts;

        batch_envelope(batch, self->next, &facts);

        struct span topic = topic_of(self, &facts);
        struct kafka_message message = { .topic = topic,
                                         .key = key_of(self, &facts, topic),
                                         .body = batch_body(batch, self->next),
                                         .headers = facts.headers,
                                         .index = self->next };
        rd_kafka_resp_err_t error = kafka_producer_send(self->producer, &message);

        if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL && self->waiting > 0)
            return;
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
            self->waiting++;
        else
            settle(self, self->next, error);
    }
}

static void on_reported(void *context, size_t index, rd_kafka_resp_err_t error, bool may_be_there)
{
    struct kafka_sink *self = context;

    self->waiting--;
    if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE && !self->is_split) {
        self->has_oversize = true;
        return;
    }
    settle(self, index, error);
    if (may_be_there && self->batch->messages[index].fate == FATE_WAITING)
        self->is_unknown = true;
}

/* A broker judges all that came to it in one request: what it found too large together goes one by
 * one, so that only what is too large by itself is refused. */
static void split(struct kafka_sink *self)
{
    if (!self->has_told)
        log_write(self->sink.host.log, LOG_LEVEL_WARNING,
                  "output '%.*s': a broker takes less at once than is sent to it; "
                  "options = { ['batch.size'] = ... } should say how much",
                  SPAN_ARG(self->sink.host.name));
    self->has_told = self->is_split = true;
    self->has_oversize = false;
    self->next = 0;
}

static void on_rests(void *context)
{
    struct kafka_sink *self = context;

    if (self->batch == NULL)
        return;

    bool goes_on = !self->is_cancelled && !self->is_dead;

    if (goes_on)
        feed(self);
    if (goes_on && self->waiting == 0 && self->has_oversize && self->code == 0) {
        split(self);
        feed(self);
    }
    if (self->waiting == 0)
        finish(self);
}

static void on_complained(void *context, rd_kafka_resp_err_t error, const char *why, bool is_fatal)
{
    struct kafka_sink *self = context;

    snprintf(self->complaint, sizeof self->complaint, "%s", why);
    if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || is_fatal)
        self->failures++;
    if (is_fatal) {
        self->is_dead = true;
        kafka_producer_purge(self->producer);
    }
}

static const struct kafka_user user = { on_reported, on_rests, on_complained };

static int make_producer(struct kafka_sink *self, struct error *err)
{
    if (self->is_worn || self->is_dead)
        retire(self);
    if (self->producer != NULL)
        return 0;
    self->complaint[0] = '\0';
    self->made++;

    rd_kafka_conf_t *conf = kafka_config_make(self->config, err);

    if (conf != NULL)
        self->producer = kafka_producer_new(self->sink.host.loop, conf, &user, self, err);
    if (self->producer != NULL)
        return 0;
    self->failures++;
    return err->code;
}

static void kafka_send(struct sink *sink, struct batch *batch)
{
    struct kafka_sink *self = of(sink);
    struct error err;

    if (make_producer(self, &err) != 0) {
        sink_failed(sink, err.code, err.text);
        return;
    }
    self->batch = batch;
    self->next = self->waiting = 0;
    self->is_unknown = self->is_cancelled = self->is_split = self->has_oversize = false;
    self->code = 0;
    self->why[0] = '\0';
    feed(self);
    if (self->waiting == 0)
        finish(self);
}

static void on_impatient(uv_timer_t *timer)
{
    struct kafka_sink *self = timer->data;

    self->is_unknown = self->is_unknown || self->waiting > 0;
    finish(self);
}

static void kafka_cancel(struct sink *sink)
{
    struct kafka_sink *self = of(sink);

    if (self->batch == NULL || self->is_cancelled)
        return;
    self->is_cancelled = true;
    if (self->code == 0) {
        self->code = -ETIMEDOUT;
        memcpy(self->why, self->complaint, sizeof self->why);
    }
    kafka_producer_purge(self->producer);
    uv_timer_start(&self->patience, on_impatient, PURGE_MS, 0);
}

/* Certificates and secrets that changed are read by another producer, between two batches. */
static void kafka_tick(struct sink *sink, uint64_t now_ms)
{
    struct kafka_sink *self = of(sink);

    (void)now_ms;
    if (!kafka_config_has_changed(self->config))
        return;
    if (self->batch == NULL)
        retire(self);
    else
        self->is_worn = true;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct kafka_sink *self = handle->data;

    self->has_timer = false;
    free_if_gone(self);
}

static void kafka_close(struct sink *sink, sink_closed *closed, void *context)
{
    struct kafka_sink *self = of(sink);

    self->is_closing = true;
    self->closed = closed;
    self->closed_context = context;
    retire(self);
    uv_close((uv_handle_t *)&self->patience, on_timer_closed);
}

static void kafka_count(const struct sink *sink, struct sink_counts *counts)
{
    const struct kafka_sink *self = (const struct kafka_sink *)sink;

    counts->connections += self->made;
    counts->failures += self->failures;
}

static const struct sink_class class = {
    .send = kafka_send,
    .cancel = kafka_cancel,
    .tick = kafka_tick,
    .close = kafka_close,
    .count = kafka_count,
};

struct sink *kafka_sink_open(const void *given, const struct sink_host *host, struct error *err)
{
    const struct kafka_settings *settings = given;
    struct kafka_config *config = kafka_config_new(settings, host->connect_timeout_s, err);

    if (config == NULL)
        return NULL;

    struct kafka_sink *self = calloc(1, sizeof *self);

    if (self == NULL)
        abort();
    self->sink = (struct sink){ &class, *host };
    self->config = config;
    self->topic_from = settings->topic_from;
    self->key = settings->key;
    buffer_append(&self->topic, settings->topic);
    topic_append_host(&self->host);
    uv_timer_init(host->loop, &self->patience);
    self->patience.data = self;
    self->has_timer = true;
    return &self->sink;
}
