#include <inttypes.h>
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

static void write_output(const struct ledger_output *output, struct buffer *out)
{
    open_element(out);
    write_string(out, "name", output->name);
    write_number(out, "accepted", output->stats.accepted);
    write_number(out, "delivered", output->stats.delivered);
    open_object(out, "dropped");
    for (int reason = 0; reason < DROP_REASONS; reason++)
        write_number(out, drop_reason_name((enum drop_reason)reason),
                     output->stats.dropped[reason]);
    buffer_byte(out, '}');
    write_number(out, "skipped", output->stats.skipped);
    write_number(out, "queued", output->stats.queued);
    write_number(out, "bytes", output->stats.bytes);
    write_number(out, "no_space", output->stats.failures[0]);
    write_number(out, "other_failures", output->stats.failures[1]);
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
