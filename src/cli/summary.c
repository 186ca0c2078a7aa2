#include "cli/summary.h"

#include <inttypes.h>

/* Not a log of this kind at all: there was text, and no record in it. */
static bool has_only_garbage(const struct ledger *ledger)
{
    const struct assembler_stats *records = &ledger->records;

    return records->seen == records->malformed &&
           records->malformed + ledger->source.garbage + ledger->source.overlong > 0;
}

/* Read or received, and gone before any policy or output saw it. */
static bool has_missing(const struct ledger *ledger)
{
    return ledger->records.cut + ledger->source.overlong > 0;
}

uint64_t summary_dropped(const struct ledger *ledger)
{
    uint64_t dropped = 0;

    for (size_t i = 0; i < ledger->output_count; i++) {
        const struct output_stats *stats = &ledger->outputs[i].stats;

        dropped +=
            stats->dropped[DROP_FULL] + stats->dropped[DROP_ERROR] + stats->dropped[DROP_TRANSFORM];
    }
    return dropped;
}

bool summary_is_good(const struct ledger *ledger)
{
    struct buffer sentences = { 0 };
    bool is_good = ledger_closes(ledger, &sentences) && summary_dropped(ledger) == 0 &&
                   !has_only_garbage(ledger) && !has_missing(ledger);

    buffer_free(&sentences);
    return is_good;
}

bool summary_has_policy_errors(const struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->policy_count; i++)
        if (ledger->policies[i].errors > 0)
            return true;
    return false;
}

static void write_garbage(const struct ledger *ledger, struct buffer *out)
{
    if (has_only_garbage(ledger))
        buffer_printf(out, "no line of the logs is an audit record\n");
}

/* The lines that were too long are in the log, each for itself. */
static void write_missing(const struct ledger *ledger, struct buffer *out)
{
    const struct assembler_limits *limits = &assembler_default_limits;
    uint64_t cut = ledger->records.cut;

    if (cut > 0)
        buffer_printf(out,
                      "%" PRIu64 " record%s missing: an event holds %" PRIu32
                      " MiB of text and %" PRIu32 " records\n",
                      cut, cut == 1 ? " is" : "s are", limits->bytes >> 20, limits->records);
}

/* Most of the failures were not logged, each for itself. */
static void write_failures(const struct ledger *ledger, struct buffer *out)
{
    for (size_t i = 0; i < ledger->policy_count; i++) {
        const struct policy_stats *policy = &ledger->policies[i];

        if (policy->errors > 1)
            buffer_printf(out, "policy %.*s: %" PRIu64 " failures; the last: %s\n",
                          SPAN_ARG(policy->name), policy->errors, policy->last_error);
    }
}

void summary_write(const struct ledger *ledger, const struct work *work, bool as_json, FILE *out)
{
    struct buffer text = { 0 };

    if (as_json) {
        ledger_write_json(ledger, &text);
    } else {
        buffer_printf(&text, "%" PRIu64 " events from %" PRIu64 " records in %.2f s",
                      ledger->events.in, ledger->records.seen, work->seconds);
        if (work->bytes > 0 && work->seconds > 0)
            buffer_printf(&text, " (%.0f MB/s)", (double)work->bytes / 1e6 / work->seconds);
        buffer_byte(&text, '\n');
        ledger_write_text(ledger, &text);
        write_garbage(ledger, &text);
        write_missing(ledger, &text);
    }
    fwrite(text.data, 1, text.len, out);
    fflush(out);
    buffer_free(&text);
}

void summary_write_faults(const struct ledger *ledger, FILE *out)
{
    struct buffer sentences = { 0 };

    ledger_closes(ledger, &sentences);
    write_garbage(ledger, &sentences);
    write_missing(ledger, &sentences);
    write_failures(ledger, &sentences);
    if (sentences.len > 0)
        fwrite(sentences.data, 1, sentences.len, out);
    buffer_free(&sentences);
}
