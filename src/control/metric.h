/*
 * metric.h - the one list of all metrics: what the ledger counts, with names, types and meanings.
 *
 * Prometheus' text, statsd's datagrams and docs/metrics.md are all written from it. Label sets are
 * bounded: outputs of the configuration (at most 64), as many that are gone (what is beyond is
 * added up under an empty name), policies of the configuration, and words of this list.
 */
#pragma once

#include "control/ledger.h"

enum metric_type {
    METRIC_COUNTER,
    METRIC_GAUGE,
    METRIC_HISTOGRAM,
    METRIC_INFO /* always 1: what counts is its label */
};

/* What there is one of each for. */
enum metric_scope {
    METRIC_OF_ALL,
    METRIC_OF_KERNEL, /* all, where the source is the kernel */
    METRIC_OF_FILES,  /* all, where the source is files */
    METRIC_OF_OUTPUT,
    METRIC_OF_POLICY
};

enum { METRIC_GONE_MOST = 64 /* outputs that a reload took away and that keep their label */ };

struct metric {
    const char *name;   /* Prometheus': a counter ends in _total */
    const char *statsd; /* of an output or policy: behind "output.NAME."; NULL: not told */
    const char *help;   /* one sentence without a full stop */
    enum metric_type type;
    enum metric_scope scope;
    size_t offset; /* in the ledger, its output or its policy: uint64_t, bool, histogram; a
                      const char * of METRIC_INFO */
    bool is_bool;
    const char *label;            /* "reason": a value for each word; NULL: one value */
    const char *(*words)(size_t); /* of the array at `offset`; NULL: the text there is the word */
    size_t word_count;
};

/* One value of a metric, borrowed for the call. */
struct sample {
    const struct metric *metric;
    struct span instance; /* the output's or policy's name; absent for METRIC_OF_ALL */
    const char *word;     /* the label's value; NULL: no label */
    uint64_t value;
    const struct histogram *histogram; /* METRIC_HISTOGRAM: instead of the value */
};

extern const struct metric metrics_list[];
extern const size_t metrics_count;

/* Visits every value of the ledger, all of one metric together, in the list's order. */
typedef void sample_visit(void *context, const struct sample *);

void metrics_visit(const struct ledger *, sample_visit *, void *context);
