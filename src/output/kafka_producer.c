#include "output/kafka_producer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { TOPICS_MOST = 256 /* kept at hand; a message of any other looks its topic up by name */ };

struct topic {
    struct span name;
    rd_kafka_topic_t *handle;
};

struct kafka_producer {
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    int event; /* readable when the queue has something */
    uv_poll_t poll;
    uv_work_t ending;
    const struct kafka_user *user; /* NULL once retired */
    void *context;
    void (*gone)(void *context);
    void *gone_context;
    unsigned pending; /* of the two things that a retired producer waits for */
    struct topic topics[TOPICS_MOST];
    size_t topic_count;
};

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    struct kafka_producer *producer = opaque;

    (void)rk;
    if (producer->user == NULL)
        return;

    bool may_be_there = rd_kafka_message_status(message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED;

    producer->user->reported(producer->context, (size_t)(uintptr_t)message->_private, message->err,
                             may_be_there);
}

static void on_error(rd_kafka_t *rk, int code, const char *why, void *opaque)
{
    struct kafka_producer *producer = opaque;
    char fatal[512];

    if (producer->user == NULL)
        return;

    bool is_fatal = code == RD_KAFKA_RESP_ERR__FATAL;

    if (is_fatal) {
        code = rd_kafka_fatal_error(rk, fatal, sizeof fatal);
        why = fatal;
    }
    producer->user->complained(producer->context, (rd_kafka_resp_err_t)code, why, is_fatal);
}

static void on_event(uv_poll_t *poll, int status, int events)
{
    struct kafka_producer *producer = poll->data;
    uint64_t count;

    (void)status, (void)events;
    /* First the mark, then the queue: what comes in between marks it again. */
    if (read(producer->event, &count, sizeof count) < 0 && errno != EAGAIN)
        return;
    while (rd_kafka_poll(producer->rk, 0) > 0)
        continue;
    producer->user->rests(producer->context);
}

struct kafka_producer *kafka_producer_new(uv_loop_t *loop, rd_kafka_conf_t *conf,
                                          const struct kafka_user *user, void *context,
                                          struct error *err)
{
    static const uint64_t one = 1;
    struct kafka_producer *producer = calloc(1, sizeof *producer);
    char why[512];

    if (producer == NULL)
        abort();
    rd_kafka_conf_set_opaque(conf, producer);
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    rd_kafka_conf_set_error_cb(conf, on_error);
    producer->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (producer->event < 0)
        error_set(err, -errno, "eventfd: %s", strerror(errno));
    else if ((producer->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why)) == NULL)
        error_set(err, -EINVAL, "%s", why);
    if (producer->rk == NULL) {
        rd_kafka_conf_destroy(conf);
        if (producer->event >= 0)
            close(producer->event);
        free(producer);
        return NULL;
    }
    producer->user = user;
    producer->context = context;
    producer->queue = rd_kafka_queue_get_main(producer->rk);
    uv_poll_init(loop, &producer->poll, producer->event);
    producer->poll.data = producer;
    uv_poll_start(&producer->poll, UV_READABLE, on_event);
    rd_kafka_queue_io_event_enable(producer->queue, producer->event, &one, sizeof one);
    /* librdkafka marks only a queue that was empty; something may have come before. */
    (void)!write(producer->event, &one, sizeof one);
    return producer;
}

/* NULL when it is not at hand and there is no more room. */
static rd_kafka_topic_t *find_topic(struct kafka_producer *producer, struct span name)
{
    for (size_t i = 0; i < producer->topic_count; i++) {
        struct topic *each = &producer->topics[i];

        if (span_equal(each->name, name))
            return each->handle;
    }
    if (producer->topic_count == TOPICS_MOST)
        return NULL;

    char *text = strndup(name.data, name.len);

    if (text == NULL)
        abort();

    rd_kafka_topic_t *handle = rd_kafka_topic_new(producer->rk, text, NULL);

    if (handle == NULL) {
        free(text);
        return NULL;
    }
    producer->topics[producer->topic_count++] =
        (struct topic){ { rd_kafka_topic_name(handle), name.len }, handle };
    free(text);
    return handle;
}

/* NULL without headers. */
static rd_kafka_headers_t *read_headers(struct span text)
{
    rd_kafka_headers_t *headers = NULL;

    while (text.len > 0) {
        const char *end = memchr(text.data, '\r', text.len);
        size_t len = end != NULL ? (size_t)(end - text.data) : text.len;
        const char *colon = memchr(text.data, ':', len);

        if (colon != NULL) {
            size_t name_len = (size_t)(colon - text.data), at = name_len + 1;

            while (at < len && text.data[at] == ' ')
                at++;
            if (headers == NULL)
                headers = rd_kafka_headers_new(8);
            rd_kafka_header_add(headers, text.data, (ssize_t)name_len, text.data + at,
                                (ssize_t)(len - at));
        }
        text = span_skip(text, len + 2 < text.len ? len + 2 : text.len);
    }
    return headers;
}

rd_kafka_resp_err_t kafka_producer_send(struct kafka_producer *producer,
                                        const struct kafka_message *message)
{
    rd_kafka_topic_t *topic = find_topic(producer, message->topic);
    char name[256];

    if (topic == NULL) {
        if (message->topic.len >= sizeof name)
            return RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
        memcpy(name, message->topic.data, message->topic.len);
        name[message->topic.len] = '\0';
    }

    rd_kafka_headers_t *headers = read_headers(message->headers);
    rd_kafka_vu_t parts[6] = {
        { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_VALUE,
          .u.mem = { (void *)(uintptr_t)message->body.data, message->body.len } },
        { .vtype = RD_KAFKA_VTYPE_KEY,
          .u.mem = { (void *)(uintptr_t)message->key.data, message->key.len } },
        { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)(uintptr_t)message->index },
        { .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers },
    };

    if (topic == NULL)
        parts[0] = (rd_kafka_vu_t){ .vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = name };

    rd_kafka_error_t *error = rd_kafka_produceva(producer->rk, parts, headers != NULL ? 6 : 5);

    if (error == NULL)
        return RD_KAFKA_RESP_ERR_NO_ERROR;

    rd_kafka_resp_err_t code = rd_kafka_error_code(error);

    rd_kafka_error_destroy(error);
    if (headers != NULL)
        rd_kafka_headers_destroy(headers);
    return code;
}

void kafka_producer_purge(struct kafka_producer *producer)
{
    rd_kafka_purge(producer->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                     RD_KAFKA_PURGE_F_NON_BLOCKING);
}

static void let_go(struct kafka_producer *producer)
{
    if (--producer->pending > 0)
        return;
    close(producer->event);

    void (*gone)(void *context) = producer->gone;
    void *context = producer->gone_context;

    free(producer);
    gone(context);
}

static void on_poll_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

/* In a thread of the pool: waits for librdkafka's own threads. */
static void destroy(uv_work_t *work)
{
    struct kafka_producer *producer = work->data;

    for (size_t i = 0; i < producer->topic_count; i++)
        rd_kafka_topic_destroy(producer->topics[i].handle);
    rd_kafka_queue_destroy(producer->queue);
    rd_kafka_destroy(producer->rk);
}

static void on_destroyed(uv_work_t *work, int status)
{
    (void)status;
    let_go(work->data);
}

void kafka_producer_retire(struct kafka_producer *producer, void (*gone)(void *context),
                           void *context)
{
    producer->user = NULL;
    producer->gone = gone;
    producer->gone_context = context;
    producer->pending = 2;
    rd_kafka_queue_io_event_enable(producer->queue, -1, NULL, 0);
    uv_close((uv_handle_t *)&producer->poll, on_poll_closed);
    producer->ending.data = producer;
    uv_queue_work(producer->poll.loop, &producer->ending, destroy, on_destroyed);
}
