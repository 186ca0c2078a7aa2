#include "control/statsd.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "control/metric.h"

/* What was told of one metric of one output or policy. */
struct entry {
    char *name;
    uint64_t told, now;
    struct histogram *told_times, *now_times; /* NULL: a number */
    struct entry *pending;                    /* the next one in the same datagram */
};

struct statsd {
    struct buffer prefix;
    struct entry **entries; /* in the order of the last visit */
    size_t count;
};

/* One statsd_write. */
struct round {
    struct statsd *statsd;
    struct entry **entries;
    size_t count;
    size_t hint; /* where in the old list the next entry probably is */
    struct buffer name, datagram;
    struct entry *pending;
    statsd_send *send;
    void *context;
};

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

static void append_safe(struct buffer *out, struct span text)
{
    bool is_same = true;

    for (size_t i = 0; i < text.len; i++) {
        is_same &= is_name_byte(text.data[i]);
        buffer_byte(out, is_name_byte(text.data[i]) ? text.data[i] : '_');
    }
    if (!is_same)
        buffer_printf(out, "_%04x", (unsigned)(span_hash(text) & 0xFFFF));
}

static void append_host(struct buffer *out, struct span host)
{
    for (size_t i = 0; i < host.len && i < STATSD_HOST_MOST && host.data[i] != '.'; i++)
        buffer_byte(out, is_name_byte(host.data[i]) ? host.data[i] : '_');
}

bool statsd_prefix(struct span prefix, struct span host, struct buffer *out, struct error *err)
{
    const struct span place = SPAN("{host}");

    if (prefix.len > STATSD_PREFIX_MOST) {
        error_set(err, -EINVAL, "expected at most %d bytes, found %zu", STATSD_PREFIX_MOST,
                  prefix.len);
        return false;
    }
    while (prefix.len > 0) {
        if (span_starts(prefix, place)) {
            append_host(out, host);
            prefix = span_skip(prefix, place.len);
            continue;
        }
        if (!is_name_byte(prefix.data[0]) && prefix.data[0] != '.') {
            error_set(err, -EINVAL,
                      "expected letters, digits, '.', '-', '_' and {host}, found '%.*s'",
                      SPAN_ARG(prefix));
            return false;
        }
        buffer_byte(out, prefix.data[0]);
        prefix = span_skip(prefix, 1);
    }
    return true;
}

static void free_entry(struct entry *entry)
{
    if (entry == NULL)
        return;
    free(entry->told_times);
    free(entry->now_times);
    free(entry->name);
    free(entry);
}

static void *zeroed(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL)
        abort();
    return memory;
}

static struct entry *new_entry(struct span name, bool has_times)
{
    struct entry *entry = zeroed(sizeof *entry);

    entry->name = zeroed(name.len + 1);
    memcpy(entry->name, name.data, name.len);
    if (has_times) {
        entry->told_times = zeroed(sizeof *entry->told_times);
        entry->now_times = zeroed(sizeof *entry->now_times);
    }
    return entry;
}

struct statsd *statsd_new(struct span prefix)
{
    struct statsd *statsd = zeroed(sizeof *statsd);

    buffer_append(&statsd->prefix, prefix);
    return statsd;
}

void statsd_free(struct statsd *statsd)
{
    for (size_t i = 0; i < statsd->count; i++)
        free_entry(statsd->entries[i]);
    free(statsd->entries);
    buffer_free(&statsd->prefix);
    free(statsd);
}

/* Moves the entry of the round's name from the old list to the new one; made if it is new. */
static struct entry *take_entry(struct round *round, bool has_times)
{
    struct statsd *statsd = round->statsd;
    struct entry *entry = NULL;

    for (size_t i = 0; i < statsd->count && entry == NULL; i++) {
        size_t at = (round->hint + i) % statsd->count;
        struct entry *old = statsd->entries[at];

        if (old == NULL || !span_equal(span_of(old->name), buffer_span(&round->name)))
            continue;
        entry = old;
        statsd->entries[at] = NULL;
        round->hint = at + 1;
    }
    if (entry == NULL)
        entry = new_entry(buffer_span(&round->name), has_times);
    round->entries = array_grow(round->entries, round->count, sizeof(struct entry *));
    round->entries[round->count++] = entry;
    return entry;
}

static void send_datagram(struct round *round)
{
    bool is_sent =
        round->datagram.len > 0 && round->send(round->context, buffer_span(&round->datagram));

    for (struct entry *entry = round->pending, *next; entry != NULL; entry = next) {
        next = entry->pending;
        entry->pending = NULL;
        if (!is_sent)
            continue;
        entry->told = entry->now;
        if (entry->now_times != NULL)
            *entry->told_times = *entry->now_times;
    }
    round->pending = NULL;
    buffer_clear(&round->datagram);
}

/* Adds `lines` (without a newline at the end), told once the datagram with them was sent. */
static void add_lines(struct round *round, struct entry *entry, struct span lines)
{
    if (round->datagram.len > 0 && round->datagram.len + 1 + lines.len > STATSD_DATAGRAM)
        send_datagram(round);
    if (round->datagram.len > 0)
        buffer_byte(&round->datagram, '\n');
    buffer_append(&round->datagram, lines);
    entry->pending = round->pending;
    round->pending = entry;
}

static void begin_name(struct round *round)
{
    buffer_clear(&round->name);
    buffer_append(&round->name, buffer_span(&round->statsd->prefix));
}

static void tell_number(struct round *round, uint64_t value, char type)
{
    struct entry *entry = take_entry(round, false);
    uint64_t told = type == 'c' && value >= entry->told ? entry->told : 0;

    entry->now = value;
    if (type == 'c' && value == told)
        return;
    buffer_printf(&round->name, ":%" PRIu64 "|%c", value - told, type);
    add_lines(round, entry, buffer_span(&round->name));
}

static double quantile_ms(const struct histogram *times, double ratio)
{
    double bound = histogram_quantile(times, ratio);

    return (isinf(bound) ? histogram_bound(HISTOGRAM_BUCKETS - 2) : bound) * 1000;
}

/* The mean of what was delivered since it was told last, and within which bounds. */
static void tell_times(struct round *round, const struct histogram *times)
{
    struct entry *entry = take_entry(round, true);
    struct histogram since = *times;
    struct buffer lines = { 0 };
    uint64_t count = 0;

    *entry->now_times = *times;
    since.sum_s -= entry->told_times->sum_s;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        since.counts[i] -= entry->told_times->counts[i];
        count += since.counts[i];
    }
    if (count == 0)
        return;
    buffer_printf(&lines, "%s:%.3f|ms\n%s_p50:%.0f|g\n%s_p99:%.0f|g", entry->name,
                  since.sum_s * 1000 / (double)count, entry->name, quantile_ms(&since, 0.5),
                  entry->name, quantile_ms(&since, 0.99));
    add_lines(round, entry, buffer_span(&lines));
    buffer_free(&lines);
}

static void tell_sample(void *context, const struct sample *sample)
{
    struct round *round = context;
    const struct metric *metric = sample->metric;
    bool is_output = metric->scope == METRIC_OF_OUTPUT;
    bool has_instance = is_output || metric->scope == METRIC_OF_POLICY;

    if (metric->statsd == NULL || (has_instance && sample->instance.len == 0))
        return;
    begin_name(round);
    if (has_instance) {
        buffer_append(&round->name, is_output ? SPAN("output.") : SPAN("policy."));
        append_safe(&round->name, sample->instance);
        buffer_byte(&round->name, '.');
    }
    buffer_append(&round->name, span_of(metric->statsd));
    if (sample->word != NULL)
        buffer_printf(&round->name, ".%s", sample->word);
    if (sample->histogram != NULL)
        tell_times(round, sample->histogram);
    else
        tell_number(round, sample->value, metric->type == METRIC_COUNTER ? 'c' : 'g');
}

static void tell_total(struct round *round, const char *name, uint64_t value)
{
    begin_name(round);
    buffer_append(&round->name, span_of(name));
    tell_number(round, value, 'c');
}

/* pauditd's names for its only output of that kind: all http outputs together. */
static void tell_http(struct round *round, const struct ledger *ledger)
{
    struct output_stats sum = { 0 };
    uint64_t dropped = 0;
    bool is_any = false;

    for (size_t i = 0; i < ledger->output_count; i++) {
        const struct ledger_output *output = &ledger->outputs[i];

        if (!span_equal(span_of(output->kind), SPAN("http")))
            continue;
        output_stats_add(&sum, &output->stats);
        is_any = true;
    }
    if (!is_any)
        return;
    for (size_t reason = 0; reason < DROP_REASONS; reason++)
        dropped += sum.dropped[reason];
    tell_total(round, "http_writer.total_messages", sum.accepted);
    tell_total(round, "http_writer.dropped_messages", dropped);
    tell_total(round, "http_writer.request_error.count", sum.failures[0] + sum.failures[1]);
    begin_name(round);
    buffer_append(&round->name, SPAN("http_writer.latency"));
    tell_times(round, &sum.latency);
}

void statsd_write(struct statsd *statsd, const struct ledger *ledger, statsd_send *send,
                  void *context)
{
    struct round round = { .statsd = statsd, .send = send, .context = context };

    metrics_visit(ledger, tell_sample, &round);
    tell_http(&round, ledger);
    send_datagram(&round);
    for (size_t i = 0; i < statsd->count; i++)
        free_entry(statsd->entries[i]);
    free(statsd->entries);
    statsd->entries = round.entries;
    statsd->count = round.count;
    buffer_free(&round.name);
    buffer_free(&round.datagram);
}
