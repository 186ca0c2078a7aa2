/*
 * turn.h - one event's way through the policies: what they decided so far.
 *
 * Owned by the engine, for the length of one engine_take. Everything it holds lives in the event's
 * arena.
 */
#pragma once

#include "event/alert.h"
#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/route.h"

enum {
    TURN_ALERTS_MOST = 16,         /* of one policy for one event */
    TURN_NOTES_MOST = 256,         /* attributes, and as many tags, of one event */
    TURN_NOTE_BYTES_MOST = 1 << 20 /* that policies may write into one event */
};

/* An alert that waits until the route of its event is known. */
struct raised {
    struct raised *next;
    struct alert alert;
    struct route named;
    bool names_outputs;
};

/* What verbs decided about where the event goes. */
struct decision {
    struct route routed, sent;
    bool is_routed;  /* route was called */
    bool is_dropped; /* what verbs say afterwards is void */
};

struct turn {
    const struct surroundings *surroundings;
    struct event *event;
    struct facts *facts;
    struct decision decision;
    struct raised *first, **last;
    size_t noted; /* bytes written by set and tag */
    bool is_over; /* policies are done: an output looks at the event, and no verb is left */
};

/* The route of the event, or of an alert that names no output. */
static inline struct route decision_route(const struct decision *decision, struct route defaults)
{
    struct route route = decision->is_routed ? decision->routed : defaults;

    route.bits |= decision->sent.bits;
    return route;
}
