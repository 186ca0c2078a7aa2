#include "control/metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/metrics_page.h"
#include "control/prometheus.h"
#include "control/statsd.h"
#include "control/udp_target.h"

const struct metrics_settings metrics_default = { .prefix = { "laudit.{host}.", 14 },
                                                  .interval_s = 10 };

/* One of the two ways out; NULL members where it is not wanted. */
struct teller {
    struct buffer key; /* the settings in one text: what two tellers compare by */
    struct statsd *statsd;
    struct udp_target *target;
    double interval_s;
};

struct server {
    struct buffer key;
    struct metrics_page *page;
};

struct metrics {
    uv_loop_t *loop;
    uv_timer_t timer; /* of statsd */
    metrics_reader *read;
    void *context;
    struct teller teller, next_teller;
    struct server server, next_server;
    bool is_prepared, keeps_teller, keeps_server;
};

static bool refuse(struct error *err, struct span text)
{
    error_set(err, -EINVAL, "expected HOST:PORT, such as '127.0.0.1:8125', found '%.*s'",
              SPAN_ARG(text));
    return false;
}

bool metrics_statsd_parse(struct span text, struct span *host, uint16_t *port, struct error *err)
{
    const char *colon = text.len > 0 ? memrchr(text.data, ':', text.len) : NULL;
    uint64_t number;

    if (colon == NULL || memchr(text.data, '\0', text.len) != NULL)
        return refuse(err, text);
    *host = (struct span){ text.data, (size_t)(colon - text.data) };
    if (!span_decimal(span_skip(text, host->len + 1), &number) || number == 0 ||
        number > UINT16_MAX)
        return refuse(err, text);
    if (host->len > 2 && host->data[0] == '[' && host->data[host->len - 1] == ']')
        *host = (struct span){ host->data + 1, host->len - 2 };
    else if (host->len == 0 || host->data[0] == '[' || memchr(host->data, ':', host->len) != NULL)
        return refuse(err, text);
    *port = (uint16_t)number;
    return true;
}

static void write_page(void *context, struct buffer *out)
{
    struct metrics *metrics = context;
    struct ledger ledger;

    metrics->read(metrics->context, &ledger);
    prometheus_write(&ledger, out);
    ledger_free(&ledger);
}

static bool send_datagram(void *context, struct span datagram)
{
    return udp_target_send(context, datagram);
}

/* What was counted before is another's business. */
static bool send_nowhere(void *context, struct span datagram)
{
    (void)context;
    (void)datagram;
    return true;
}

static void tell(struct metrics *metrics, statsd_send *send)
{
    struct ledger ledger;

    metrics->read(metrics->context, &ledger);
    statsd_write(metrics->teller.statsd, &ledger, send, metrics->teller.target);
    ledger_free(&ledger);
}

static void on_timer(uv_timer_t *timer)
{
    tell(timer->data, send_datagram);
}

static void close_teller(struct teller *teller)
{
    if (teller->statsd != NULL)
        statsd_free(teller->statsd);
    if (teller->target != NULL)
        udp_target_close(teller->target);
    buffer_free(&teller->key);
    *teller = (struct teller){ 0 };
}

static void close_server(struct server *server)
{
    if (server->page != NULL)
        metrics_page_close(server->page);
    buffer_free(&server->key);
    *server = (struct server){ 0 };
}

static bool open_teller(struct metrics *metrics, const struct metrics_settings *settings,
                        struct error *err)
{
    struct teller *teller = &metrics->next_teller;
    struct buffer prefix = { 0 };
    char name[256] = "";
    struct span host;
    uint16_t port;

    if (settings->statsd.len == 0)
        return true;
    gethostname(name, sizeof name - 1);
    if (!metrics_statsd_parse(settings->statsd, &host, &port, err) ||
        !statsd_prefix(settings->prefix, span_of(name), &prefix, err)) {
        buffer_free(&prefix);
        return false;
    }
    teller->statsd = statsd_new(buffer_span(&prefix));
    teller->target = udp_target_new(metrics->loop, host, port);
    teller->interval_s = settings->interval_s;
    buffer_free(&prefix);
    return true;
}

static bool open_server(struct metrics *metrics, const struct metrics_settings *settings,
                        struct error *err)
{
    struct page_address address;

    if (settings->prometheus.len == 0)
        return true;
    if (!page_address_parse(settings->prometheus, &address, err))
        return false;
    metrics->next_server.page =
        metrics_page_open(metrics->loop, &address, write_page, metrics, err);
    if (metrics->next_server.page != NULL)
        return true;

    struct error why = *err;

    error_set(err, why.code, "prometheus = '%.*s': %s", SPAN_ARG(settings->prometheus), why.text);
    return false;
}

struct metrics *metrics_new(uv_loop_t *loop, metrics_reader *read, void *context)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);

    if (metrics == NULL)
        abort();
    metrics->loop = loop;
    metrics->read = read;
    metrics->context = context;
    uv_timer_init(loop, &metrics->timer);
    metrics->timer.data = metrics;
    return metrics;
}

bool metrics_prepare(struct metrics *metrics, const struct metrics_settings *settings,
                     struct error *err)
{
    struct teller *teller = &metrics->next_teller;
    struct server *server = &metrics->next_server;

    metrics_abandon(metrics);
    buffer_printf(&teller->key, "%.*s\n%.*s\n%g", SPAN_ARG(settings->statsd),
                  SPAN_ARG(settings->prefix), settings->interval_s);
    buffer_append(&server->key, settings->prometheus);
    metrics->keeps_teller =
        metrics->teller.statsd != NULL &&
        span_equal(buffer_span(&teller->key), buffer_span(&metrics->teller.key));
    metrics->keeps_server =
        metrics->server.page != NULL &&
        span_equal(buffer_span(&server->key), buffer_span(&metrics->server.key));
    metrics->is_prepared = (metrics->keeps_teller || open_teller(metrics, settings, err)) &&
                           (metrics->keeps_server || open_server(metrics, settings, err));
    if (!metrics->is_prepared)
        metrics_abandon(metrics);
    return metrics->is_prepared;
}

void metrics_abandon(struct metrics *metrics)
{
    close_teller(&metrics->next_teller);
    close_server(&metrics->next_server);
    metrics->is_prepared = false;
}

/* The next teller begins at what was counted until now, unless it is the first. */
static void swap_teller(struct metrics *metrics)
{
    bool is_first = metrics->teller.key.len == 0;
    uint64_t interval_ms;

    uv_timer_stop(&metrics->timer);
    if (metrics->teller.statsd != NULL)
        tell(metrics, send_datagram);
    close_teller(&metrics->teller);
    metrics->teller = metrics->next_teller;
    metrics->next_teller = (struct teller){ 0 };
    if (metrics->teller.statsd == NULL)
        return;
    if (!is_first)
        tell(metrics, send_nowhere);
    interval_ms = (uint64_t)(metrics->teller.interval_s * 1000);
    uv_timer_start(&metrics->timer, on_timer, interval_ms, interval_ms);
}

void metrics_swap(struct metrics *metrics)
{
    if (!metrics->is_prepared)
        return;
    if (!metrics->keeps_teller)
        swap_teller(metrics);
    if (!metrics->keeps_server) {
        close_server(&metrics->server);
        metrics->server = metrics->next_server;
        metrics->next_server = (struct server){ 0 };
        if (metrics->server.page != NULL)
            metrics_page_start(metrics->server.page);
    }
    metrics_abandon(metrics);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void metrics_close(struct metrics *metrics)
{
    metrics_abandon(metrics);
    if (metrics->teller.statsd != NULL)
        tell(metrics, send_datagram);
    close_teller(&metrics->teller);
    close_server(&metrics->server);
    uv_close((uv_handle_t *)&metrics->timer, on_closed);
}
