/*
 * engine.h - the policies of one configuration, in order, each in a Lua VM of its own.
 *
 * Takes events (an event_sink), runs the policies whose selectors match, and hands event and route
 * on. Alerts are handed on before the event that raised them.
 */
#pragma once

#include "base/log.h"
#include "event/alert.h"
#include "interpret/resolver.h"
#include "policy/route.h"

/* Receives an event that was not dropped, with its route. Borrowed for the call. */
typedef void routed_event_sink(void *context, struct event *event, const struct route *route);

/* Receives an alert, with its own route. Borrowed for the call. */
typedef void routed_alert_sink(void *context, const struct alert *alert, const struct route *route);

/* The ledger's second page: in = routed + dropped + held. */
struct engine_stats {
    uint64_t in, routed, dropped, alerts;
    uint64_t held; /* came after a critical policy failed */
};

struct policy_stats {
    struct span name; /* lives as long as the engine */
    struct span path;
    uint64_t skipped; /* selector said no */
    uint64_t calls;
    uint64_t alerts, drops;
    uint64_t errors;                   /* Lua errors of any kind */
    uint64_t over_budget, over_memory; /* of those */
    uint64_t quarantines;
    bool is_quarantined;
    const char *last_error; /* "" when none */
};

struct engine_settings {
    const struct span *paths; /* policy files, in order */
    size_t path_count;
    const struct span *outputs; /* names that route and send may use; index = bit in the route */
    size_t output_count;
    bool has_any_output; /* replay without a config: a name not in the list means output 0 */
    bool is_check;       /* nothing will run: an engine with mistakes is wanted, too */
    struct route defaults;
    const struct resolver *resolver;
    const struct log *log;
    routed_event_sink *on_event;
    routed_alert_sink *on_alert;
    void *context;
};

struct engine;
struct mistakes; /* base/mistakes.h */

/*
 * Loads and checks every policy; on any mistake adds all of them to `mistakes` and returns NULL
 * (with `is_check` an engine that takes no events, but knows the rules of all policies).
 * `notes` gets what is odd without being wrong: names of users that the resolver does not know.
 * Policies whose file and modules are byte-equal to those of `previous` (may be NULL) keep their
 * VM: they are moved when engine_adopt is called, so that a failed reload leaves `previous` whole.
 */
struct engine *engine_new(const struct engine_settings *, struct engine *previous,
                          struct mistakes *, struct mistakes *notes);

/* Takes over the VMs of unchanged policies and all counts; call between two events, then free
 * `previous`. */
void engine_adopt(struct engine *, struct engine *previous);

void engine_free(struct engine *);

/* An event_sink. Once a policy with `critical = true` failed, events are held back: counted only.
 */
void engine_take(void *engine, struct event *event);

const struct engine_stats *engine_stats(const struct engine *);
size_t engine_policy_count(const struct engine *);
void engine_policy_stats(const struct engine *, size_t index, struct policy_stats *);

/* What a policy says of the kernel's rules; borrowed until the engine changes. */
struct policy_rules {
    struct span policy;    /* its name */
    const char *path;      /* of its file */
    struct span text;      /* its rules in auditctl's language, absent when it has none */
    const unsigned *lines; /* of the file, for each line of the text */
    size_t line_count;
};

void engine_policy_rules(const struct engine *, size_t index, struct policy_rules *);

/* False once a policy with `critical = true` failed; `err` says which and why. */
bool engine_is_well(const struct engine *, struct error *);
