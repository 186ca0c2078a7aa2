/* config_metrics.c - checks the options of `metrics`. */
#include "control/config_values.h"
#include "control/metrics_page.h"
#include "control/statsd.h"

enum { INTERVAL_LEAST = 1, INTERVAL_MOST = 3600 /* seconds */ };

#define METRICS(member) offsetof(struct metrics_settings, member)

static const struct reading readings[] = {
    { "prometheus", read_text, METRICS(prometheus) },
    { "statsd", read_text, METRICS(statsd) },
    { "prefix", read_text, METRICS(prefix) },
    { "interval", read_seconds, METRICS(interval_s) },
};

/* Sees the path of a unix socket from the configuration's folder. */
static void find_socket(struct config *config, struct span *prometheus)
{
    const struct span prefix = SPAN("unix:");
    struct buffer joined = { 0 };

    if (!span_starts(*prometheus, prefix) || prometheus->len == prefix.len)
        return;
    buffer_append(&joined, prefix);
    buffer_append(&joined, config_path(config, span_skip(*prometheus, prefix.len)));
    *prometheus = arena_copy(&config->arena, buffer_span(&joined));
    buffer_free(&joined);
}

static void check_prometheus(struct reader *reader, const struct place *place,
                             struct metrics_settings *settings)
{
    struct page_address address;
    struct error err;

    find_socket(reader->config, &settings->prometheus);
    if (!page_address_parse(settings->prometheus, &address, &err))
        complain_option(reader, place, "prometheus", "%s", err.text);
}

static void check_statsd(struct reader *reader, const struct place *place,
                         const struct metrics_settings *settings)
{
    struct span host;
    struct error err;
    uint16_t port;

    if (!metrics_statsd_parse(settings->statsd, &host, &port, &err))
        complain_option(reader, place, "statsd", "%s", err.text);
}

/* What is of the right type and wrong all the same; the options are at `index`. */
static void check(struct reader *reader, int index, const struct place *place,
                  struct metrics_settings *settings)
{
    struct buffer prefix = { 0 };
    struct error err;

    if (settings->prometheus.len > 0)
        check_prometheus(reader, place, settings);
    if (settings->statsd.len > 0)
        check_statsd(reader, place, settings);
    if (!statsd_prefix(settings->prefix, SPAN("host"), &prefix, &err))
        complain_option(reader, place, "prefix", "%s", err.text);
    buffer_free(&prefix);
    if (settings->interval_s < INTERVAL_LEAST || settings->interval_s > INTERVAL_MOST)
        complain_option(reader, place, "interval", "expected %d to %d seconds, found %g",
                        INTERVAL_LEAST, INTERVAL_MOST, settings->interval_s);
    if (!has_option(reader->L, index, "prometheus") && !has_option(reader->L, index, "statsd"))
        complain(reader, place->line,
                 "metrics: expected prometheus, statsd or both, found neither");
}

void read_metrics(struct reader *reader, int index, struct place place)
{
    struct config *config = reader->config;
    lua_State *L = reader->L;
    char room[128];

    if (config->has_metrics)
        complain(reader, place.line, "metrics: was given before");
    config->has_metrics = true;
    config->metrics = metrics_default;
    lua_rawgeti(L, index, 1); /* [options] */
    if (lua_type(L, -1) == LUA_TTABLE) {
        int table = lua_gettop(L);

        read_options(reader, table, &place, READINGS(readings), &config->metrics);
        check(reader, table, &place, &config->metrics);
    } else if (!is_stranger(L)) {
        complain(reader, place.line, "metrics: expected a table of options, found %s",
                 describe_value(L, room, sizeof room));
    }
    lua_pop(L, 1);
}
