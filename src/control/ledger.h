/*
 * ledger.h - the account of every record, event and delivery (docs/architecture.md,
 * "Ledger").
 *
 * Three pages, each closing by itself. Beside them, never added: what the kernel lost, ENOBUFS,
 * gaps in the serials.
 */
#pragma once

#include "event/assembler.h"
#include "output/output.h"
#include "policy/engine.h"

/* An output's counts over all reloads; `name` lives as long as the ledger's pipeline. */
struct ledger_output {
    struct span name;
    const char *kind; /* "file"; static */
    struct output_stats stats;
    bool is_gone; /* a reload took it away */
};

/* What the source observed. */
struct ledger_source {
    bool has_kernel;
    uint64_t kernel_lost, enobufs, truncated;
    uint64_t malformed, strange, foreign; /* datagrams, see kernel/live.h */
    uint64_t rivals, retaken;
    uint32_t rival_pid; /* who tried last to become the audit daemon */
    bool has_files;
    uint64_t garbage, overlong; /* lines that are no records, or too long */
};

struct ledger {
    struct assembler_stats records;
    struct engine_stats events;
    struct policy_stats *policies;
    size_t policy_count;
    struct ledger_output *outputs;
    size_t output_count;
    struct ledger_source source;
    uint64_t reloads, refused_reloads;
};

void ledger_free(struct ledger *);

/* Dropped messages of all reasons. */
uint64_t ledger_dropped(const struct output_stats *);

/* True when every page closes; else `out` gets a sentence (a line each) for those that do not. */
bool ledger_closes(const struct ledger *, struct buffer *out);

/* For people, several lines; and as one JSON object. */
void ledger_write_text(const struct ledger *, struct buffer *out);
void ledger_write_json(const struct ledger *, struct buffer *out);
