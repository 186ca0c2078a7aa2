#include "policy/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mistakes.h"
#include "policy/definition.h"
#include "policy/index.h"
#include "policy/policy.h"
#include "policy/quarantine.h"
#include "policy/turn.h"

/* A policy's place in the order, and what belongs to the configuration rather than to its files. */
struct seat {
    struct policy *policy;     /* NULL until adopted from the engine before */
    struct policy *taken_from; /* of the engine before: whose it still is */
    struct selector *selector; /* compiled anew for a policy that is taken over */
};

struct engine {
    struct surroundings surroundings;
    struct span *outputs; /* owned, each span too */
    struct route defaults;
    routed_event_sink *on_event;
    routed_alert_sink *on_alert;
    void *context;

    struct seat *seats;
    size_t count;
    struct index *index;
    bool is_outdated; /* the index: a policy was rebuilt */
    struct facts *facts;
    struct engine_stats stats;
    struct error illness; /* of a critical policy; code 0 when well */
};

static void *must_calloc(size_t count, size_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size);

    if (memory == NULL)
        abort();
    return memory;
}

static void copy_outputs(struct engine *engine, const struct engine_settings *settings)
{
    engine->outputs = must_calloc(settings->output_count, sizeof *engine->outputs);
    for (size_t i = 0; i < settings->output_count; i++) {
        struct span name = settings->outputs[i];
        char *copy = must_calloc(name.len + 1, 1);

        memcpy(copy, name.data, name.len);
        engine->outputs[i] = (struct span){ copy, name.len };
    }
    engine->surroundings =
        (struct surroundings){ engine->outputs, settings->output_count, settings->has_any_output,
                               settings->resolver, settings->log };
}

/* The policy of that path in the engine before, when its files are still the same. */
static struct policy *find_unchanged(const struct engine *previous, const struct engine *engine,
                                     const char *path)
{
    for (size_t i = 0; previous != NULL && i < previous->count; i++) {
        struct policy *policy = previous->seats[i].policy;
        bool is_taken = false;

        for (size_t j = 0; j < engine->count; j++)
            is_taken = is_taken || engine->seats[j].taken_from == policy;
        if (!is_taken && strcmp(policy->path, path) == 0)
            return sources_are_unchanged(&policy->sources) ? policy : NULL;
    }
    return NULL;
}

static const struct policy *seat_policy(const struct seat *seat)
{
    return seat->policy != NULL ? seat->policy : seat->taken_from;
}

static void check_name(const struct engine *engine, const struct policy *policy,
                       struct mistakes *mistakes)
{
    for (size_t i = 0; i < engine->count; i++) {
        const struct policy *other = seat_policy(&engine->seats[i]);

        if (other != NULL && strcmp(other->definition.name, policy->definition.name) == 0 &&
            policy->definition.name[0] != '\0')
            mistakes_add(mistakes, "%s:%u: name '%s' is taken by %s", policy->path,
                         definition_line(policy, "name"), policy->definition.name, other->path);
    }
}

/* Fills the next seat, if the file is a policy. */
static void seat_policy_file(struct engine *engine, struct engine *previous, struct span name,
                             struct mistakes *mistakes, struct mistakes *notes)
{
    struct seat *seat = &engine->seats[engine->count];
    char *path = must_calloc(name.len + 1, 1);

    memcpy(path, name.data, name.len);
    seat->taken_from = find_unchanged(previous, engine, path);
    if (seat->taken_from != NULL)
        seat->selector = policy_check(seat->taken_from, &engine->surroundings, mistakes, notes);
    else
        seat->policy = policy_load(path, &engine->surroundings, mistakes, notes);
    free(path);
    if (seat_policy(seat) == NULL)
        return;
    check_name(engine, seat_policy(seat), mistakes);
    engine->count++;
}

/* Events that policies were asked about. */
static uint64_t asked(const struct engine_stats *stats)
{
    return stats->in - stats->held;
}

/* What the index is told: nothing for a policy of rules alone, everything for one without `on`. */
static const struct selector *seat_selector(const struct seat *seat)
{
    static const struct selector everything = { .count = 0 };
    const struct selector *selector =
        seat->policy != NULL ? seat->policy->selector : seat->selector;

    if (!seat_policy(seat)->definition.has_check)
        return NULL;
    return selector != NULL ? selector : &everything;
}

static void build_index(struct engine *engine)
{
    const struct selector **selectors = must_calloc(engine->count, sizeof(void *));

    for (size_t i = 0; i < engine->count; i++)
        selectors[i] = seat_selector(&engine->seats[i]);
    index_free(engine->index);
    engine->index = index_new(selectors, engine->count);
    engine->is_outdated = false;
    free(selectors);
}

struct engine *engine_new(const struct engine_settings *settings, struct engine *previous,
                          struct mistakes *mistakes, struct mistakes *notes)
{
    struct engine *engine = must_calloc(1, sizeof *engine);
    unsigned before = mistakes->found;

    engine->defaults = settings->defaults;
    engine->on_event = settings->on_event;
    engine->on_alert = settings->on_alert;
    engine->context = settings->context;
    engine->facts = must_calloc(1, sizeof *engine->facts);
    engine->seats = must_calloc(settings->path_count, sizeof *engine->seats);
    copy_outputs(engine, settings);
    if (settings->output_count > ROUTE_OUTPUTS_MOST)
        mistakes_add(mistakes, "%zu outputs, at most %d are possible", settings->output_count,
                     ROUTE_OUTPUTS_MOST);
    for (size_t i = 0; i < settings->path_count; i++)
        seat_policy_file(engine, previous, settings->paths[i], mistakes, notes);
    if (mistakes->found == before) {
        build_index(engine);
    } else if (!settings->is_check) {
        engine_free(engine);
        return NULL;
    }
    return engine;
}

void engine_adopt(struct engine *engine, struct engine *previous)
{
    for (size_t i = 0; i < engine->count; i++) {
        struct seat *seat = &engine->seats[i];

        if (seat->taken_from == NULL) {
            seat->policy->first_in = asked(&previous->stats);
            continue;
        }
        for (size_t j = 0; j < previous->count; j++)
            if (previous->seats[j].policy == seat->taken_from)
                previous->seats[j].policy = NULL;
        seat->policy = seat->taken_from;
        seat->taken_from = NULL;
        selector_free(seat->policy->selector);
        seat->policy->selector = seat->selector;
        seat->policy->log = engine->surroundings.log;
        seat->selector = NULL;
    }
    engine->stats = previous->stats;
    if (engine->illness.code == 0)
        engine->illness = previous->illness;
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    index_free(engine->index);
    for (size_t i = 0; i < engine->count; i++) {
        policy_free(engine->seats[i].policy);
        selector_free(engine->seats[i].selector);
    }
    for (size_t i = 0; i < engine->surroundings.output_count; i++)
        free((void *)(uintptr_t)engine->outputs[i].data);
    free(engine->seats);
    free(engine->outputs);
    free(engine->facts);
    free(engine);
}

static void judge(struct engine *engine, struct policy *policy, bool is_success, uint64_t now_ms)
{
    quarantine_judge(policy, is_success, now_ms);
    if (!is_success && policy->definition.is_critical && engine->illness.code == 0)
        error_set(&engine->illness, -EINVAL, "critical policy %s failed: %s",
                  policy->definition.name, policy->last_error);
}

/* One policy's part in a turn, after its alternatives were asked. */
static void visit(struct engine *engine, struct policy *policy, int wants, struct turn *turn)
{
    uint64_t now_ms = turn->event->now_ms;
    unsigned rebuilds = policy->rebuilds;

    if (wants > 0) {
        judge(engine, policy, policy_run(policy, turn), now_ms);
        engine->is_outdated = engine->is_outdated || policy->rebuilds != rebuilds;
    } else if (wants < 0) {
        policy->passed_over++;
        policy_fail(policy, "on: takes too many steps for this event", now_ms);
        judge(engine, policy, false, now_ms);
    }
}

/* A policy has another machine: what the index knew of its selector is gone. Those before it had
 * their turn. */
static bool start_again_behind(struct engine *engine, struct event *event, size_t at, size_t *next)
{
    bool has_next;

    build_index(engine);
    has_next = index_find(engine->index, event) && index_next(engine->index, next);
    while (has_next && *next <= at)
        has_next = index_next(engine->index, next);
    return has_next;
}

static void run_policies(struct engine *engine, struct turn *turn)
{
    uint64_t now_ms = turn->event->now_ms;
    size_t at, next;
    bool has_next = index_next(engine->index, &next);

    while (has_next) {
        struct policy *policy = engine->seats[at = next].policy;
        bool is_passed_over = turn->decision.is_dropped || quarantine_holds(policy, now_ms);
        int wants = 0;

        patience_begin(&turn->facts->patience);
        do {
            if (!is_passed_over && wants == 0)
                wants = index_wants(engine->index, turn->facts);
            has_next = index_next(engine->index, &next);
        } while (has_next && next == at);
        if (is_passed_over)
            policy->passed_over++;
        else
            visit(engine, policy, wants, turn);
        if (engine->is_outdated)
            has_next = start_again_behind(engine, turn->event, at, &next);
    }
}

static void hand_on(struct engine *engine, struct turn *turn)
{
    struct event *event = turn->event;
    struct route route = decision_route(&turn->decision, engine->defaults);

    for (struct raised *raised = turn->first; raised != NULL; raised = raised->next) {
        const struct route *own = raised->names_outputs ? &raised->named : &route;

        notes_alert(&event->notes, &event->arena, raised->alert.id);
        engine->stats.alerts++;
        engine->on_alert(engine->context, &raised->alert, own);
    }
    if (turn->decision.is_dropped) {
        engine->stats.dropped++;
        return;
    }
    engine->stats.routed++;
    engine->on_event(engine->context, event, &route);
}

void engine_take(void *context, struct event *event)
{
    struct engine *engine = context;

    engine->stats.in++;
    if (engine->illness.code != 0) {
        engine->stats.held++;
        return;
    }
    if (!index_find(engine->index, event)) {
        engine->stats.routed++;
        engine->on_event(engine->context, event, &engine->defaults);
        return;
    }

    struct turn turn = { .surroundings = &engine->surroundings,
                         .event = event,
                         .facts = engine->facts,
                         .last = &turn.first };

    facts_begin(engine->facts, event, engine->surroundings.resolver);
    run_policies(engine, &turn);
    hand_on(engine, &turn);
}

const struct engine_stats *engine_stats(const struct engine *engine)
{
    return &engine->stats;
}

size_t engine_policy_count(const struct engine *engine)
{
    return engine->count;
}

void engine_policy_stats(const struct engine *engine, size_t index, struct policy_stats *stats)
{
    const struct policy *policy = seat_policy(&engine->seats[index]);

    *stats = (struct policy_stats){
        .name = span_of(policy->definition.name),
        .path = span_of(policy->path),
        .skipped = asked(&engine->stats) - policy->first_in - policy->calls - policy->passed_over,
        .calls = policy->calls,
        .alerts = policy->alerts,
        .drops = policy->drops,
        .errors = policy->errors,
        .over_budget = policy->over_budget,
        .over_memory = policy->over_memory,
        .quarantines = policy->quarantines,
        .is_quarantined = policy->rests_until != 0,
        .last_error = policy->last_error,
    };
}

void engine_policy_rules(const struct engine *engine, size_t index, struct policy_rules *rules)
{
    const struct policy *policy = seat_policy(&engine->seats[index]);

    *rules = (struct policy_rules){ .policy = span_of(policy->definition.name),
                                    .path = policy->path,
                                    .text = span_of(policy->definition.rules),
                                    .lines = policy->definition.rule_lines,
                                    .line_count = policy->definition.rule_line_count };
}

bool engine_is_well(const struct engine *engine, struct error *err)
{
    if (engine->illness.code == 0)
        return true;
    *err = engine->illness;
    return false;
}
