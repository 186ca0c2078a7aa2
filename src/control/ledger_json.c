#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/utf8.h"
#include "control/ledger.h"

/* Writes `"name": ` with what belongs before it. */
static void write_key(struct buffer *out, const char *name)
{
    if (out->len > 0 && out->data[out->len - 1] != '{' && out->data[out->len - 1] != '[')
        buffer_byte(out, ',');
    buffer_printf(out, "\"%s\":", name);
}

static void write_number(struct buffer *out, const char *name, uint64_t value)
{
    write_key(out, name);
    buffer_decimal(out, value);
}

/* Text of a person's configuration as a JSON string; what is not UTF-8 becomes U+FFFD. */
static void write_string(struct buffer *out, const char *name, struct span text)
{
    write_key(out, name);
    buffer_byte(out, '"');
    while (text.len > 0) {
        size_t len = utf8_len(text);
        char c = text.data[0];

        if (len == 0)
            buffer_append(out, SPAN("\xEF\xBF\xBD"));
        else if (c == '"' || c == '\\')
            buffer_printf(out, "\\%c", c);
        else if ((unsigned char)c < 0x20)
            buffer_printf(out, "\\u%04x", (unsigned)(unsigned char)c);
        else
            buffer_append(out, (struct span){ text.data, len });
        text = span_skip(text, len > 0 ? len : 1);
    }
    buffer_byte(out, '"');
}

static void write_bool(struct buffer *out, const char *name, bool value)
{
    write_key(out, name);
    buffer_append(out, value ? SPAN("true") : SPAN("false"));
}

static void open_object(struct buffer *out, const char *name)
{
    write_key(out, name);
    buffer_byte(out, '{');
}

static void open_element(struct buffer *out)
{
    if (out->data[out->len - 1] != '[')
        buffer_byte(out, ',');
    buffer_byte(out, '{');
}

static void write_records(const struct assembler_stats *records, struct buffer *out)
{
    open_object(out, "records");
    write_number(out, "seen", records->seen);
    write_number(out, "assembled", records->assembled);
    write_number(out, "malformed", records->malformed);
    write_number(out, "eoe", records->eoe);
    write_number(out, "cut", records->cut);
    write_number(out, "in_flight", records->in_flight);
    buffer_byte(out, '}');
}

static void write_events(const struct ledger *ledger, struct buffer *out)
{
    open_object(out, "events");
    write_number(out, "in", ledger->events.in);
    write_number(out, "routed", ledger->events.routed);
    write_number(out, "dropped", ledger->events.dropped);
    write_number(out, "in_flight", ledger->events.held);
    write_number(out, "alerts", ledger->events.alerts);
    write_number(out, "late", ledger->records.late);
    write_number(out, "timed_out", ledger->records.timed_out);
    write_number(out, "evicted", ledger->records.evicted);
    buffer_byte(out, '}');
}

/* How long deliveries took: messages by upper bound in seconds, each bucket by itself. */
static void write_latency(const struct histogram *latency, struct buffer *out)
{
    char name[32];

    open_object(out, "latency");
    write_key(out, "sum_seconds");
    buffer_printf(out, "%.9g", latency->sum_s);
    open_object(out, "buckets");
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        double bound = histogram_bound(i);

        snprintf(name, sizeof name, isinf(bound) ? "+Inf" : "%g", bound);
        write_number(out, name, latency->counts[i]);
    }
    buffer_append(out, SPAN("}}"));
}

static void write_spool(const struct output_stats *stats, struct buffer *out)
{
    open_object(out, "spool");
    write_number(out, "messages", stats->spool_messages);
    write_number(out, "bytes", stats->spool_bytes);
    write_number(out, "torn_bytes", stats->spool_torn);
    write_number(out, "damaged_frames", stats->spool_damaged);
    buffer_byte(out, '}');
}

static void write_sink(const struct sink_counts *sink, struct buffer *out)
{
    write_number(out, "connections", sink->connections);
    write_number(out, "connection_failures", sink->failures);
    write_number(out, "repeated", sink->repeated);
    write_number(out, "readers", sink->readers);
    write_number(out, "readers_lost", sink->readers_lost);
    write_number(out, "rotations", sink->rotations);
    write_number(out, "torn_lines", sink->torn);
    write_number(out, "cut", sink->cut);
    write_number(out, "dead_letters", sink->dead_letters);
}

static void write_queue(const struct output_stats *stats, struct buffer *out)
{
    write_number(out, "queued", stats->queued);
    write_number(out, "queued_bytes", stats->queued_bytes);
    write_number(out, "queued_peak", stats->peak);
    write_number(out, "queued_bytes_peak", stats->peak_bytes);
    write_spool(stats, out);
}

static void write_output(const struct ledger_output *output, struct buffer *out)
{
    const struct output_stats *stats = &output->stats;

    open_element(out);
    write_string(out, "name", output->name);
    write_string(out, "kind", span_of(output->kind));
    write_number(out, "accepted", stats->accepted);
    write_number(out, "delivered", stats->delivered);
    open_object(out, "dropped");
    for (int reason = 0; reason < DROP_REASONS; reason++)
        write_number(out, drop_reason_name((enum drop_reason)reason), stats->dropped[reason]);
    buffer_byte(out, '}');
    write_queue(stats, out);
    write_number(out, "bytes", stats->bytes);
    write_number(out, "retried", stats->retried);
    write_number(out, "again", stats->again);
    write_number(out, "skipped", stats->skipped);
    write_number(out, "found", stats->found);
    write_number(out, "no_space", stats->failures[0]);
    write_number(out, "other_failures", stats->failures[1]);
    write_number(out, "batches", stats->batches);
    write_number(out, "breaker_opened", stats->opened);
    write_bool(out, "breaker_open", stats->is_open);
    write_latency(&stats->latency, out);
    write_sink(&stats->sink, out);
    write_bool(out, "gone", output->is_gone);
    buffer_byte(out, '}');
}

static void write_policy(const struct policy_stats *policy, struct buffer *out)
{
    open_element(out);
    write_string(out, "name", policy->name);
    write_string(out, "path", policy->path);
    write_number(out, "skipped", policy->skipped);
    write_number(out, "calls", policy->calls);
    write_number(out, "alerts", policy->alerts);
    write_number(out, "drops", policy->drops);
    write_number(out, "errors", policy->errors);
    write_number(out, "over_budget", policy->over_budget);
    write_number(out, "over_memory", policy->over_memory);
    write_number(out, "quarantines", policy->quarantines);
    write_bool(out, "quarantined", policy->is_quarantined);
    if (policy->last_error != NULL && policy->last_error[0] != '\0')
        write_string(out, "last_error", span_of(policy->last_error));
    buffer_byte(out, '}');
}

static void write_source(const struct ledger *ledger, struct buffer *out)
{
    const struct ledger_source *source = &ledger->source;

    open_object(out, "beside");
    write_number(out, "gaps", ledger->records.gaps);
    if (source->has_kernel) {
        write_number(out, "kernel_lost", source->kernel_lost);
        write_number(out, "enobufs", source->enobufs);
        write_number(out, "truncated", source->truncated);
        write_number(out, "malformed_datagrams", source->malformed);
        write_number(out, "unknown_datagrams", source->strange);
        write_number(out, "foreign_datagrams", source->foreign);
        write_number(out, "rivals", source->rivals);
        write_number(out, "registered_again", source->retaken);
    }
    if (source->has_files) {
        write_number(out, "garbage", source->garbage);
        write_number(out, "overlong", source->overlong);
        write_number(out, "truncated", source->truncated);
    }
    write_number(out, "reloads", ledger->reloads);
    write_number(out, "refused_reloads", ledger->refused_reloads);
    buffer_byte(out, '}');
}

void ledger_write_json(const struct ledger *ledger, struct buffer *out)
{
    struct buffer sentences = { 0 };

    buffer_byte(out, '{');
    write_records(&ledger->records, out);
    write_events(ledger, out);
    write_key(out, "outputs");
    buffer_byte(out, '[');
    for (size_t i = 0; i < ledger->output_count; i++)
        write_output(&ledger->outputs[i], out);
    buffer_byte(out, ']');
    write_source(ledger, out);
    write_key(out, "policies");
    buffer_byte(out, '[');
    for (size_t i = 0; i < ledger->policy_count; i++)
        write_policy(&ledger->policies[i], out);
    buffer_byte(out, ']');
    write_bool(out, "closes", ledger_closes(ledger, &sentences));
    buffer_append(out, SPAN("}\n"));
    buffer_free(&sentences);
}
