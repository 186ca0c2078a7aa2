/*
 * metrics.h - the ledger for those who watch: served to Prometheus, told to statsd.
 *
 * What the word `metrics` of the configuration asks for, swapped by a reload like everything else:
 * metrics_prepare opens what is new beside what runs, metrics_swap puts it in its place. What is
 * unchanged goes on. Works on the caller's loop and never blocks it.
 */
#pragma once

#include <uv.h>

#include "control/ledger.h"

/* As the configuration says it; checked. An absent text: not wanted. */
struct metrics_settings {
    struct span statsd; /* "HOST:PORT" */
    struct span prefix;
    double interval_s;
    struct span prometheus; /* see metrics_page.h */
};

extern const struct metrics_settings metrics_default;

/* "HOST:PORT" or "[ADDRESS]:PORT", of any host; false with what was expected. */
bool metrics_statsd_parse(struct span text, struct span *host, uint16_t *port, struct error *);

struct metrics;

/* Reads the account so far; metrics frees it with ledger_free. */
typedef void metrics_reader(void *context, struct ledger *);

struct metrics *metrics_new(uv_loop_t *, metrics_reader *, void *context);

/* Opens beside what runs; false with a sentence, then nothing is prepared. Keeps copies. */
bool metrics_prepare(struct metrics *, const struct metrics_settings *, struct error *);

/* What was prepared runs now; without that nothing happens. */
void metrics_swap(struct metrics *);

/* What was prepared is closed again. */
void metrics_abandon(struct metrics *);

/* Tells statsd the rest, closes everything, and frees when the loop has let go. */
void metrics_close(struct metrics *);
