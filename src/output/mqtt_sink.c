#include "output/mqtt.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "output/lookup.h"
#include "output/mqtt_link.h"
#include "output/mqtt_window.h"
#include "output/topic.h"

struct mqtt_sink {
    struct sink sink;
    struct arena arena; /* what the settings point to */
    struct mqtt_settings settings;
    const char *host, *port, *client_id;
    const char *name;          /* that the broker's certificate has to bear */
    struct buffer node, topic; /* this machine; the topic of the message being sent */
    struct tls_stamp stamp;

    struct lookup *lookup;                /* under way */
    struct addrinfo *addresses, *address; /* while it connects: all, and the next to be tried */
    struct mqtt_link *link;
    bool is_open, is_worn; /* worn: another link is wanted for the next batch */
    uv_timer_t patience;   /* for the connection */
    unsigned pending;      /* things that have to go before the sink can be freed */

    struct batch *batch; /* under way; NULL: none */
    size_t next;         /* the first message that was not published */
    struct mqtt_window window;
    int code; /* of the first message that was refused for now */
    char why[256];

    uint64_t made, failures;
    sink_closed *closed;
    void *closed_context;
    bool is_closing;
};

static struct mqtt_sink *of(struct sink *sink)
{
    return (struct mqtt_sink *)sink;
}

static void let_go(void *context)
{
    struct mqtt_sink *self = context;

    if (--self->pending > 0 || !self->is_closing)
        return;

    sink_closed *closed = self->closed;
    void *closed_context = self->closed_context;

    mqtt_window_free(&self->window);
    buffer_free(&self->node);
    buffer_free(&self->topic);
    arena_free(&self->arena);
    free(self);
    if (closed != NULL)
        closed(closed_context);
}

/* Ends the connection, or the attempt to make one. */
static void disconnect(struct mqtt_sink *self, bool is_orderly)
{
    uv_timer_stop(&self->patience);
    if (self->lookup != NULL)
        lookup_forget(self->lookup);
    self->lookup = NULL;
    if (self->addresses != NULL)
        uv_freeaddrinfo(self->addresses);
    self->addresses = self->address = NULL;
    if (self->link != NULL)
        mqtt_link_retire(self->link, is_orderly, let_go, self);
    self->link = NULL;
    self->is_open = self->is_worn = false;
}

/* Gives the batch back; the next one may come during the call. */
static void finish(struct mqtt_sink *self, int code, const char *why)
{
    struct batch *batch = self->batch;
    bool is_whole = batch_count_fate(batch, FATE_WAITING) == 0;
    struct outcome outcome = {
        .code = is_whole ? 0 : code,
        .why = is_whole ? NULL : why,
        .is_unknown = self->window.waiting > 0,
    };

    mqtt_window_clear(&self->window);
    self->batch = NULL;
    self->sink.host.done(self->sink.host.context, &outcome);
}

/* The connection failed or is lost. */
static void fail(struct mqtt_sink *self, int code, const char *why)
{
    struct error err; /* a copy: `why` may be the link's */

    self->failures++;
    error_set(&err, code, "%s", why);
    disconnect(self, false);
    if (self->batch != NULL)
        finish(self, code, err.text);
}

static enum fate fate_of(int reason)
{
    switch (reason) {
    case MQTT_RC_SUCCESS:
    case MQTT_RC_NO_MATCHING_SUBSCRIBERS:
        return FATE_DELIVERED;
    case MQTT_RC_PACKET_TOO_LARGE:
        return FATE_TOO_LONG;
    case MQTT_RC_NOT_AUTHORIZED:
    case MQTT_RC_TOPIC_NAME_INVALID:
    case MQTT_RC_PAYLOAD_FORMAT_INVALID:
        return FATE_REJECTED;
    default:
        return FATE_WAITING;
    }
}

static void on_acknowledged(void *context, int id, int reason)
{
    struct mqtt_sink *self = context;
    size_t index;

    if (self->batch == NULL || !mqtt_window_take(&self->window, id, &index))
        return;

    enum fate fate = fate_of(reason);

    self->batch->messages[index].fate = fate;
    if (fate == FATE_WAITING && self->code == 0) {
        self->code = -EAGAIN;
        snprintf(self->why, sizeof self->why, "%s", mosquitto_reason_string(reason));
    }
}

/* Publishes one message. 0, or a negative errno: the link is at its end. */
static int publish(struct mqtt_sink *self, size_t index)
{
    struct envelope envelope;
    int id = 0;

    batch_envelope(self->batch, index, &envelope);
    buffer_clear(&self->topic);
    mqtt_topic_write(self->settings.topic, &envelope, buffer_span(&self->node), &self->topic);
    buffer_byte(&self->topic, '\0');

    int code = mqtt_link_publish(self->link, self->topic.data, batch_body(self->batch, index), &id);

    if (code == 0)
        mqtt_window_add(&self->window, id, index);
    else if (code == -EMSGSIZE)
        self->batch->messages[index].fate = FATE_TOO_LONG;
    else if (code == -EINVAL)
        self->batch->messages[index].fate = FATE_REJECTED;
    else
        return code;
    return 0;
}

/* Publishes what the window has room for; ends the batch when all of it is answered. */
static void feed(struct mqtt_sink *self)
{
    struct batch *batch = self->batch;
    int code = 0;

    for (; self->next < batch->count && !mqtt_window_is_full(&self->window); self->next++) {
        if (batch->messages[self->next].fate == FATE_WAITING &&
            (code = publish(self, self->next)) != 0)
            break;
    }
    if (code != 0)
        fail(self, code, strerror(-code));
    else if (self->next == batch->count && self->window.waiting == 0)
        finish(self, self->code, self->why);
    else
        mqtt_link_push(self->link);
}

static void on_rests(void *context)
{
    struct mqtt_sink *self = context;

    if (self->batch != NULL && self->is_open)
        feed(self);
}

static void on_opened(void *context)
{
    struct mqtt_sink *self = context;

    self->is_open = true;
    uv_timer_stop(&self->patience);
    uv_freeaddrinfo(self->addresses);
    self->addresses = self->address = NULL;
    if (self->batch != NULL)
        feed(self);
}

static void try_next_address(struct mqtt_sink *self, int code, const char *why);

static void on_ended(void *context, int code, const char *why)
{
    struct mqtt_sink *self = context;

    if (self->is_open)
        fail(self, code, why);
    else
        try_next_address(self, code, why);
}

static const struct mqtt_link_user link_user = { on_opened, on_acknowledged, on_rests, on_ended };

/* `why` the last address would not do; that is the reason when there is no other. */
static void try_next_address(struct mqtt_sink *self, int code, const char *why)
{
    struct error err;

    error_set(&err, code, "%s", why);
    if (self->link != NULL)
        mqtt_link_retire(self->link, false, let_go, self);
    self->link = NULL;
    while (self->address != NULL && self->link == NULL) {
        self->link = mqtt_link_open(self->sink.host.loop, &self->settings, self->client_id,
                                    self->name, self->address->ai_addr, &link_user, self, &err);
        self->address = self->address->ai_next;
    }
    if (self->link != NULL)
        self->pending++;
    else
        fail(self, err.code, err.text);
}

static void on_found(void *context, int code, struct addrinfo *list)
{
    struct mqtt_sink *self = context;

    self->lookup = NULL;
    if (list == NULL) {
        fail(self, code < 0 ? code : -ENOENT, uv_strerror(code < 0 ? code : UV_ENOENT));
        return;
    }
    self->addresses = self->address = list;
    try_next_address(self, -EADDRNOTAVAIL, "the name has no address");
}

static const struct lookup_user lookup_user = { on_found, let_go };

static void on_impatient(uv_timer_t *timer)
{
    fail(timer->data, -ETIMEDOUT, "the broker did not answer in time");
}

static void on_cancelled(uv_timer_t *timer)
{
    struct mqtt_sink *self = timer->data;

    finish(self, -ETIMEDOUT,
           self->window.waiting > 0 ? "the broker did not acknowledge in time"
                                    : "the broker did not answer in time");
}

static void begin_connection(struct mqtt_sink *self)
{
    self->made++;
    uv_timer_start(&self->patience, on_impatient,
                   (uint64_t)(self->sink.host.connect_timeout_s * 1000), 0);
    self->lookup =
        lookup_start(self->sink.host.loop, self->host, self->port, SOCK_STREAM, &lookup_user, self);
    if (self->lookup != NULL)
        self->pending++;
    else
        fail(self, -EINVAL, "the name cannot be looked up");
}

static void mqtt_send(struct sink *sink, struct batch *batch)
{
    struct mqtt_sink *self = of(sink);

    if (self->is_worn)
        disconnect(self, true);
    self->batch = batch;
    self->next = 0;
    self->code = 0;
    self->why[0] = '\0';
    if (self->is_open)
        feed(self);
    else
        begin_connection(self);
}

static void mqtt_cancel(struct sink *sink)
{
    struct mqtt_sink *self = of(sink);

    if (self->batch == NULL)
        return;
    self->failures++;
    disconnect(self, false);
    uv_timer_start(&self->patience, on_cancelled, 0, 0);
}

static void mqtt_tick(struct sink *sink, uint64_t now_ms)
{
    struct mqtt_sink *self = of(sink);
    struct tls_stamp stamp = tls_stamp(&self->settings.tls);

    (void)now_ms;
    if (!tls_stamp_equal(stamp, self->stamp)) {
        self->stamp = stamp;
        self->is_worn = self->is_open;
        if (self->is_worn && self->batch == NULL)
            disconnect(self, true);
    }
    if (self->is_open)
        mqtt_link_tick(self->link);
}

static void on_timer_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

static void mqtt_close(struct sink *sink, sink_closed *closed, void *context)
{
    struct mqtt_sink *self = of(sink);

    self->is_closing = true;
    self->closed = closed;
    self->closed_context = context;
    disconnect(self, true);
    mosquitto_lib_cleanup();
    uv_close((uv_handle_t *)&self->patience, on_timer_closed);
}

static void mqtt_count(const struct sink *sink, struct sink_counts *counts)
{
    const struct mqtt_sink *self = (const struct mqtt_sink *)sink;

    counts->connections += self->made;
    counts->failures += self->failures;
}

static const struct sink_class class = {
    .send = mqtt_send,
    .cancel = mqtt_cancel,
    .tick = mqtt_tick,
    .close = mqtt_close,
    .count = mqtt_count,
};

static struct span keep(struct mqtt_sink *self, struct span text)
{
    return text.data != NULL ? arena_copy(&self->arena, text) : text;
}

static const char *keep_text(struct mqtt_sink *self, struct span text)
{
    char *copy = arena_alloc(&self->arena, text.len + 1);

    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return copy;
}

static void keep_settings(struct mqtt_sink *self, const struct mqtt_settings *settings)
{
    struct mqtt_settings *kept = &self->settings;

    *kept = *settings;
    kept->topic = keep(self, settings->topic);
    kept->user = keep(self, settings->user);
    kept->password.file = keep(self, settings->password.file);
    kept->password.env = keep(self, settings->password.env);
    kept->tls.ca = keep(self, settings->tls.ca);
    kept->tls.certificate = keep(self, settings->tls.certificate);
    kept->tls.key = keep(self, settings->tls.key);
    kept->address = kept->client_id = kept->tls.server_name = (struct span){ 0 };
}

static void keep_client_id(struct mqtt_sink *self, struct span given)
{
    struct buffer id = { 0 };

    if (given.data != NULL) {
        buffer_append(&id, given);
    } else {
        buffer_append(&id, SPAN("laudit-"));
        buffer_append(&id, buffer_span(&self->node));
        buffer_byte(&id, '-');
        topic_append(&id, self->sink.host.name);
    }
    self->client_id = keep_text(self, buffer_span(&id));
    buffer_free(&id);
}

struct sink *mqtt_sink_open(const void *given, const struct sink_host *host, struct error *err)
{
    const struct mqtt_settings *settings = given;
    struct mqtt_sink *self = calloc(1, sizeof *self);
    struct span name, port;

    if (self == NULL)
        abort();
    if (!mqtt_address_parse(settings->address, settings->tls.is_on, &name, &port)) {
        free(self);
        error_set(err, -EINVAL, "address: expected HOST:PORT");
        return NULL;
    }
    mosquitto_lib_init();
    self->sink = (struct sink){ &class, *host };
    arena_init(&self->arena);
    keep_settings(self, settings);
    self->host = keep_text(self, name);
    self->port = keep_text(self, port);
    self->name = settings->tls.server_name.data != NULL ? keep_text(self, settings->tls.server_name)
                                                        : self->host;
    topic_append_host(&self->node);
    keep_client_id(self, settings->client_id);
    self->stamp = tls_stamp(&settings->tls);
    mqtt_window_init(&self->window, settings->window);
    uv_timer_init(host->loop, &self->patience);
    self->patience.data = self;
    self->pending = 1; /* the timer */
    return &self->sink;
}
