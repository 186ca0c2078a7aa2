#include "control/ledger.h"

#include <inttypes.h>
#include <stdlib.h>

void ledger_free(struct ledger *ledger)
{
    free(ledger->policies);
    free(ledger->outputs);
    *ledger = (struct ledger){ 0 };
}

uint64_t ledger_dropped(const struct output_stats *stats)
{
    uint64_t sum = 0;

    for (int reason = 0; reason < DROP_REASONS; reason++)
        sum += stats->dropped[reason];
    return sum;
}

/* Adds a sentence when what came in is not what went out. */
static bool check_page(const char *page, struct span name, uint64_t in, uint64_t out,
                       struct buffer *sentences)
{
    if (in == out)
        return true;
    buffer_printf(sentences,
                  "the ledger does not close: %s%.*s: %" PRIu64 " in, %" PRIu64 " accounted for\n",
                  page, SPAN_ARG(name), in, out);
    return false;
}

bool ledger_closes(const struct ledger *ledger, struct buffer *out)
{
    const struct assembler_stats *records = &ledger->records;
    const struct engine_stats *events = &ledger->events;
    bool closes = true;

    closes &= check_page("records", SPAN(""), records->seen,
                         records->assembled + records->malformed + records->eoe + records->cut +
                             records->in_flight,
                         out);
    closes &= check_page("events", SPAN(""), records->events, events->in, out);
    closes &= check_page("events", SPAN(""), events->in,
                         events->routed + events->dropped + events->held, out);
    for (size_t i = 0; i < ledger->output_count; i++) {
        const struct output_stats *stats = &ledger->outputs[i].stats;

        closes &= check_page("output ", ledger->outputs[i].name, stats->accepted,
                             stats->delivered + ledger_dropped(stats) + stats->queued, out);
    }
    return closes;
}
