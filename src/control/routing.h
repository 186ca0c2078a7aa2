/*
 * routing.h - the outputs of one configuration, and how events and alerts get there.
 *
 * Formats an event once for each format, however many outputs want it. Built from a config, which
 * it borrows; a reload builds the next one beside it (routing_open) and then moves over what is
 * unchanged (routing_adopt).
 */
#pragma once

#include "control/config.h"
#include "policy/engine.h"

struct routing_settings {
    const struct resolver *resolver;
    const struct log *log;
    uv_loop_t *loop;  /* for outputs; NULL: everything is done at once */
    bool is_live;     /* for formats: records come from the kernel, not from a file */
    bool waits;       /* for outputs: see output_settings */
    int interrupt;    /* for outputs: see output_settings */
    bool alerts_only; /* events are not written */
    bool color;       /* on standard output */
};

struct routing;

/* The outputs' names are known from here on; nothing is opened yet. */
struct routing *routing_new(const struct config *, const struct routing_settings *);

/*
 * Reads the `on` and `transform` of outputs. Adds what is wrong to `mistakes`, and to `notes` what
 * is odd without being wrong. Comes before routing_open.
 */
void routing_prepare(struct routing *, struct mistakes *, struct mistakes *notes);

/*
 * Opens the outputs that `previous` (may be NULL) does not have in the same way. Adds a sentence
 * for each that cannot be had; false when there was any. Then routing_abandon follows: files change
 * only when all can be opened.
 */
bool routing_open(struct routing *, const struct routing *previous, struct mistakes *);

/* Frees a routing that came to nothing; what it did to files is undone. */
void routing_abandon(struct routing *);

/* What becomes of an output that is left over: it is the callee's. */
typedef void routing_left(void *context, struct output *, double drain_s);

/* Takes over the outputs that stay; then free `previous`. */
void routing_adopt(struct routing *, struct routing *previous);

/* `left` was taken away by an earlier reload and still sends: an output at the same place goes on
 * with its queue and counts. False when there is none. */
bool routing_take_back(struct routing *, struct output *left);

/* Gives the outputs that are left to `left`. */
void routing_free(struct routing *, routing_left *left, void *context);

/* True while the source should not be read: an output's queue is full and it holds. */
bool routing_holds(const struct routing *);

/* True when some output may start programs. */
bool routing_starts_programs(const struct routing *);

/* A routed_event_sink and a routed_alert_sink. */
void routing_event(void *routing, struct event *, const struct route *);
void routing_alert(void *routing, const struct alert *, const struct route *);

size_t routing_count(const struct routing *);
struct output *routing_output(const struct routing *, size_t index);
const struct span *routing_names(const struct routing *);
