/* output_stats.c - what an output counts. */
#include "output/output_parts.h"

/* Asks sink and spool. */
static void look(struct output *output)
{
    struct sink_counts counts = output->before.sink;

    counts.dead_letters = output->stats.sink.dead_letters;
    counts.readers = 0;
    if (output->sink->class->count != NULL)
        output->sink->class->count(output->sink, &counts);
    output->stats.sink = counts;
    output->stats.is_open = output->breaker.state == BREAKER_OPEN;
    if (output->disk != NULL) {
        struct spool_stats spool = disk_queue_stats(output->disk);

        output_weigh(output);
        output->stats.spool_messages = spool.messages;
        output->stats.spool_bytes = spool.bytes;
        output->stats.spool_torn = output->before.spool_torn + spool.torn_bytes;
        output->stats.spool_damaged = output->before.spool_damaged + spool.damaged_frames;
    }
}

const struct output_stats *output_stats(struct output *output)
{
    if (output->sink != NULL) /* else it is over, and was looked at before */
        look(output);
    if (output->predecessor == NULL)
        return &output->stats;
    output->shown = output->stats;
    output_stats_add(&output->shown, output_stats(output->predecessor));
    return &output->shown;
}

static void add_counts(struct sink_counts *sum, const struct sink_counts *more)
{
    sum->connections += more->connections;
    sum->failures += more->failures;
    sum->repeated += more->repeated;
    sum->readers += more->readers;
    sum->readers_lost += more->readers_lost;
    sum->rotations += more->rotations;
    sum->torn += more->torn;
    sum->cut += more->cut;
    sum->dead_letters += more->dead_letters;
}

void output_stats_add(struct output_stats *sum, const struct output_stats *more)
{
    sum->accepted += more->accepted;
    sum->delivered += more->delivered;
    sum->queued += more->queued;
    for (int reason = 0; reason < DROP_REASONS; reason++)
        sum->dropped[reason] += more->dropped[reason];
    sum->bytes += more->bytes;
    sum->queued_bytes += more->queued_bytes;
    sum->peak = more->peak > sum->peak ? more->peak : sum->peak;
    sum->peak_bytes = more->peak_bytes > sum->peak_bytes ? more->peak_bytes : sum->peak_bytes;
    sum->retried += more->retried;
    sum->again += more->again;
    sum->skipped += more->skipped;
    sum->found += more->found;
    sum->spool_messages += more->spool_messages;
    sum->spool_bytes += more->spool_bytes;
    sum->spool_torn += more->spool_torn;
    sum->spool_damaged += more->spool_damaged;
    for (int kind = 0; kind < 2; kind++)
        sum->failures[kind] += more->failures[kind];
    sum->batches += more->batches;
    sum->opened += more->opened;
    sum->is_open |= more->is_open;
    histogram_merge(&sum->latency, &more->latency);
    add_counts(&sum->sink, &more->sink);
}

const char *drop_reason_name(enum drop_reason reason)
{
    static const char *const names[DROP_REASONS] = { "full",   "spool",    "error",    "reload",
                                                     "closed", "attempts", "rejected", "too_long",
                                                     "unread", "transform" };

    return names[reason];
}
