/* ledger_text.c - the ledger for people. */
#include <inttypes.h>
#include <math.h>

#include "control/ledger.h"

/* Of one output; what is zero is not said. */
struct detail {
    const char *name;
    uint64_t value;
};

static const char *write_details(const struct detail *details, size_t count, const char *between,
                                 struct buffer *out)
{
    for (size_t i = 0; i < count; i++) {
        if (details[i].value == 0)
            continue;
        buffer_printf(out, "%s%s %" PRIu64, between, details[i].name, details[i].value);
        between = ", ";
    }
    return between;
}

static void write_within(const char *part, double seconds, struct buffer *out)
{
    double most = histogram_bound(HISTOGRAM_BUCKETS - 2);

    if (isinf(seconds))
        buffer_printf(out, "%s in more than %g s", part, most);
    else
        buffer_printf(out, "%s within %g %s", part, seconds < 1 ? seconds * 1000 : seconds,
                      seconds < 1 ? "ms" : "s");
}

static void write_latency(const struct histogram *latency, struct buffer *out)
{
    double half = histogram_quantile(latency, 0.5), most = histogram_quantile(latency, 0.99);

    if (half == 0)
        return;
    buffer_append(out, SPAN("  delivered: "));
    write_within("half", half, out);
    write_within(", 99 %", most, out);
    buffer_byte(out, '\n');
}

/* A second and third line, where there is something to say. */
static void write_output_details(const struct output_stats *stats, struct buffer *out)
{
    const struct sink_counts *sink = &stats->sink;
    const struct detail details[] = {
        { "batches", stats->batches },
        { "retried", stats->retried },
        { "arrived again perhaps", stats->again },
        { "found in the spool", stats->found },
        { "in the spool", stats->spool_messages },
        { "bytes of the spool", stats->spool_bytes },
        { "torn bytes of the spool", stats->spool_torn },
        { "damaged frames of the spool", stats->spool_damaged },
        { "breaker opened", stats->opened },
        { "connections", sink->connections },
        { "failed connections", sink->failures },
        { "repeated to a program", sink->repeated },
        { "readers", sink->readers },
        { "readers lost", sink->readers_lost },
        { "rotations", sink->rotations },
        { "torn lines", sink->torn },
        { "cut messages", sink->cut },
        { "dead letters", sink->dead_letters },
    };
    const char *between = "  ";

    if (stats->peak > 0) {
        buffer_printf(out, "  at most %" PRIu64 " queued (%" PRIu64 " bytes)", stats->peak,
                      stats->peak_bytes);
        between = ", ";
    }
    between = write_details(details, sizeof details / sizeof details[0], between, out);
    if (stats->is_open) {
        buffer_printf(out, "%sbreaker open now", between);
        between = ", ";
    }
    if (between[0] == ',')
        buffer_byte(out, '\n');
    write_latency(&stats->latency, out);
}

static void write_output(const struct ledger_output *output, struct buffer *out)
{
    const struct output_stats *stats = &output->stats;
    const char *between = " (";

    buffer_printf(out,
                  "output %.*s%s: accepted %" PRIu64 " = delivered %" PRIu64 " + dropped %" PRIu64,
                  SPAN_ARG(output->name), output->is_gone ? " (gone)" : "", stats->accepted,
                  stats->delivered, ledger_dropped(stats));
    for (int reason = 0; reason < DROP_REASONS; reason++) {
        if (stats->dropped[reason] == 0)
            continue;
        buffer_printf(out, "%s%s %" PRIu64, between, drop_reason_name((enum drop_reason)reason),
                      stats->dropped[reason]);
        between = ", ";
    }
    if (ledger_dropped(stats) > 0)
        buffer_byte(out, ')');
    buffer_printf(out, " + queued %" PRIu64 "; %" PRIu64 " bytes", stats->queued, stats->bytes);
    if (stats->skipped > 0)
        buffer_printf(out, "; skipped %" PRIu64, stats->skipped);
    if (stats->failures[0] + stats->failures[1] > 0)
        buffer_printf(out, "; failed tries: %" PRIu64 " no space, %" PRIu64 " other",
                      stats->failures[0], stats->failures[1]);
    buffer_byte(out, '\n');
    write_output_details(stats, out);
}

static void write_policy(const struct policy_stats *policy, struct buffer *out)
{
    buffer_printf(out,
                  "policy %.*s: skipped %" PRIu64 ", called %" PRIu64 ", alerts %" PRIu64
                  ", drops %" PRIu64 ", errors %" PRIu64,
                  SPAN_ARG(policy->name), policy->skipped, policy->calls, policy->alerts,
                  policy->drops, policy->errors);
    if (policy->over_budget + policy->over_memory > 0)
        buffer_printf(out, " (%" PRIu64 " over budget, %" PRIu64 " over memory)",
                      policy->over_budget, policy->over_memory);
    if (policy->quarantines > 0)
        buffer_printf(out, ", quarantined %" PRIu64 " times%s", policy->quarantines,
                      policy->is_quarantined ? ", now too" : "");
    if (policy->errors > 0 && policy->last_error != NULL && policy->last_error[0] != '\0')
        buffer_printf(out, "\n  last error: %s", policy->last_error);
    buffer_byte(out, '\n');
}

/* What should not come at all on the audit socket, and what went on around it. */
static void write_datagrams(const struct ledger_source *source, struct buffer *out)
{
    if (source->malformed + source->strange + source->foreign > 0)
        buffer_printf(out,
                      "; datagrams malformed %" PRIu64 ", unknown %" PRIu64
                      ", of other processes %" PRIu64,
                      source->malformed, source->strange, source->foreign);
    if (source->rivals + source->retaken > 0)
        buffer_printf(out, "; attempts on our place %" PRIu64 ", registered again %" PRIu64,
                      source->rivals, source->retaken);
}

static void write_beside(const struct ledger *ledger, struct buffer *out)
{
    const struct ledger_source *source = &ledger->source;
    const struct assembler_stats *records = &ledger->records;

    buffer_printf(out, "beside: serial gaps %" PRIu64, records->gaps);
    if (source->has_kernel)
        buffer_printf(out,
                      ", lost by the kernel %" PRIu64 ", ENOBUFS %" PRIu64 ", truncated %" PRIu64,
                      source->kernel_lost, source->enobufs, source->truncated);
    write_datagrams(source, out);
    if (source->has_files)
        buffer_printf(out,
                      ", lines that are no records %" PRIu64 ", too long %" PRIu64
                      ", truncated %" PRIu64,
                      source->garbage, source->overlong, source->truncated);
    if (records->late + records->timed_out + records->evicted > 0)
        buffer_printf(out,
                      "; events late %" PRIu64 ", ended by the timer %" PRIu64 ", evicted %" PRIu64,
                      records->late, records->timed_out, records->evicted);
    if (ledger->reloads + ledger->refused_reloads > 0)
        buffer_printf(out, "; reloads %" PRIu64 ", refused %" PRIu64, ledger->reloads,
                      ledger->refused_reloads);
    buffer_byte(out, '\n');
}

void ledger_write_text(const struct ledger *ledger, struct buffer *out)
{
    const struct assembler_stats *records = &ledger->records;
    const struct engine_stats *events = &ledger->events;

    buffer_printf(out,
                  "records: seen %" PRIu64 " = assembled %" PRIu64 " + malformed %" PRIu64
                  " + EOE %" PRIu64 " + cut %" PRIu64 " + in flight %" PRIu64 "\n",
                  records->seen, records->assembled, records->malformed, records->eoe, records->cut,
                  records->in_flight);
    buffer_printf(out,
                  "events: in %" PRIu64 " = routed %" PRIu64 " + dropped by policy %" PRIu64
                  " + in flight %" PRIu64 "; alerts %" PRIu64 "\n",
                  events->in, events->routed, events->dropped, events->held, events->alerts);
    if (ledger->output_count == 0)
        buffer_append(out, SPAN("outputs: none\n"));
    for (size_t i = 0; i < ledger->output_count; i++)
        write_output(&ledger->outputs[i], out);
    write_beside(ledger, out);
    for (size_t i = 0; i < ledger->policy_count; i++)
        write_policy(&ledger->policies[i], out);
    ledger_closes(ledger, out);
}
