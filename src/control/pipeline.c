#include "control/pipeline.h"

#include <stdlib.h>

#include "control/past.h"

enum { DRAIN_TURN_MS = 50 };

/* An output that the loop still holds, with its counts as they were when it began to close. */
struct closing {
    struct closing *next;
    struct pipeline *pipeline;
    struct past *past; /* where its last counts go */
    const char *kind;
    struct output_stats stats;
    bool starts_programs;
    char name[];
};

/* An output that a reload took away and that still sends what waits. */
struct leaving {
    struct leaving *next;
    struct output *output;
    uint64_t until_ms; /* 0: not known yet */
    double drain_s;
};

struct pipeline {
    struct pipeline_settings settings;
    struct config *config;
    struct routing *routing;
    struct engine *engine;
    struct assembler *assembler;
    struct past *past;
    struct leaving *leaving;
    struct closing *closing;
    uint64_t reloads, refused_reloads;
};

static void on_event(void *context, struct event *event)
{
    struct pipeline *pipeline = context;

    engine_take(pipeline->engine, event);
}

/* What is in the spools that are read now is counted by those who find it. */
static void hand_over(struct pipeline *pipeline)
{
    if (pipeline->routing == NULL)
        return;
    for (size_t i = 0; i < routing_count(pipeline->routing); i++)
        past_hand_over(pipeline->past, output_spool(routing_output(pipeline->routing, i)));
}

/* The output is gone; its counts stay. */
static void on_closed(void *context, struct span name, const struct output_stats *last)
{
    struct closing *closing = context;
    struct closing **link = &closing->pipeline->closing;

    (void)name;
    output_stats_add(&closing->past->stats, last);
    hand_over(closing->pipeline);
    while (*link != closing)
        link = &(*link)->next;
    *link = closing->next;
    free(closing);
}

/* Closes an output for good. */
static void retire(struct pipeline *pipeline, struct output *output, enum drop_reason reason)
{
    struct span name = output_name(output);
    struct closing *closing = calloc(1, sizeof *closing + name.len + 1);

    if (closing == NULL)
        abort();
    closing->pipeline = pipeline;
    closing->past = past_of(&pipeline->past, name, output_spool(output));
    closing->kind = closing->past->kind = output_type(output);
    closing->stats = *output_stats(output);
    closing->starts_programs = output_starts_programs(output);
    memcpy(closing->name, name.data, name.len);
    closing->next = pipeline->closing;
    pipeline->closing = closing;
    output_close(output, reason, on_closed, closing);
}

/* A reload took the output away: it may send what waits for a while. */
static void on_left(void *context, struct output *output, double drain_s)
{
    struct pipeline *pipeline = context;
    struct leaving *leaving;

    output_retry(output);
    if (output_is_idle(output) || drain_s <= 0) {
        retire(pipeline, output, DROP_RELOAD);
        return;
    }
    leaving = calloc(1, sizeof *leaving);
    if (leaving == NULL)
        abort();
    leaving->output = output;
    leaving->drain_s = drain_s;
    leaving->next = pipeline->leaving;
    pipeline->leaving = leaving;
}

static void on_end(void *context, struct output *output, double drain_s)
{
    (void)drain_s;
    retire(context, output, DROP_ERROR);
}

static struct engine *make_engine(const struct pipeline *pipeline, const struct config *config,
                                  struct routing *routing, bool is_check, struct mistakes *mistakes,
                                  struct mistakes *notes)
{
    struct engine_settings settings = {
        .paths = config->policies,
        .path_count = config->policy_count,
        .outputs = routing_names(routing),
        .output_count = routing_count(routing),
        .has_any_output = pipeline->settings.has_any_output,
        .is_check = is_check,
        .defaults = config->defaults,
        .resolver = pipeline->settings.routing.resolver,
        .log = pipeline->settings.routing.log,
        .on_event = routing_event,
        .on_alert = routing_alert,
        .context = routing,
    };

    return engine_new(&settings, pipeline->engine, mistakes, notes);
}

static bool is_ready(const struct pipeline *pipeline, const struct config *config,
                     const struct engine *engine, struct mistakes *mistakes, struct mistakes *notes)
{
    const struct pipeline_settings *settings = &pipeline->settings;

    return settings->ready == NULL ||
           settings->ready(settings->ready_context, config, engine, mistakes, notes);
}

/* Builds outputs and engine for `config` beside what runs; false when anything is wrong. */
static bool build(struct pipeline *pipeline, const struct config *config, struct routing **routing,
                  struct engine **engine, struct mistakes *mistakes, struct mistakes *notes)
{
    *routing = routing_new(config, &pipeline->settings.routing);
    routing_prepare(*routing, mistakes, notes);
    *engine = make_engine(pipeline, config, *routing, false, mistakes, notes);
    if (*engine != NULL && mistakes->found == 0 &&
        routing_open(*routing, pipeline->routing, mistakes) &&
        is_ready(pipeline, config, *engine, mistakes, notes))
        return true;
    if (*engine != NULL)
        engine_free(*engine);
    routing_abandon(*routing);
    return false;
}

struct pipeline *pipeline_new(const struct pipeline_settings *settings, struct config *config,
                              struct mistakes *mistakes, struct mistakes *notes)
{
    struct pipeline *pipeline = calloc(1, sizeof *pipeline);

    if (pipeline == NULL)
        abort();
    pipeline->settings = *settings;
    if (!build(pipeline, config, &pipeline->routing, &pipeline->engine, mistakes, notes)) {
        config_free(config);
        free(pipeline);
        return NULL;
    }
    pipeline->config = config;
    pipeline->assembler =
        assembler_new(settings->mode, &assembler_default_limits, on_event, pipeline);
    return pipeline;
}

void pipeline_check(const struct pipeline_settings *settings, const struct config *config,
                    struct mistakes *mistakes, struct mistakes *notes)
{
    struct pipeline pipeline = { .settings = *settings };
    struct routing *routing = routing_new(config, &settings->routing);
    struct engine *engine;

    routing_prepare(routing, mistakes, notes);
    engine = make_engine(&pipeline, config, routing, true, mistakes, notes);
    is_ready(&pipeline, config, engine, mistakes, notes);
    engine_free(engine);
    routing_abandon(routing);
}

/* What earlier reloads took away goes on in what this one brings to the same place. */
static void take_back(struct pipeline *pipeline)
{
    for (struct leaving **link = &pipeline->leaving; *link != NULL;) {
        struct leaving *leaving = *link;

        if (!routing_take_back(pipeline->routing, leaving->output)) {
            link = &leaving->next;
            continue;
        }
        *link = leaving->next;
        free(leaving);
    }
    hand_over(pipeline);
}

bool pipeline_reload(struct pipeline *pipeline, struct config *config, struct mistakes *mistakes,
                     struct mistakes *notes)
{
    struct routing *routing, *former = pipeline->routing;
    struct engine *engine;

    if (!build(pipeline, config, &routing, &engine, mistakes, notes)) {
        config_free(config);
        pipeline->refused_reloads++;
        return false;
    }
    engine_adopt(engine, pipeline->engine);
    routing_adopt(routing, former);

    engine_free(pipeline->engine);
    pipeline->engine = engine;
    pipeline->routing = routing;
    routing_free(former, on_left, pipeline);
    config_free(pipeline->config);
    pipeline->config = config;
    take_back(pipeline);
    pipeline->reloads++;
    return true;
}

int pipeline_take(void *context, const struct record_text *record)
{
    struct pipeline *pipeline = context;

    return assembler_take(pipeline->assembler, record);
}

void pipeline_new_file(struct pipeline *pipeline)
{
    assembler_new_file(pipeline->assembler);
}

void pipeline_flush(struct pipeline *pipeline)
{
    uv_loop_t *loop = pipeline->settings.routing.loop;

    for (size_t i = 0; i < routing_count(pipeline->routing); i++)
        output_flush(routing_output(pipeline->routing, i));
    if (loop != NULL && pipeline->settings.routing.waits)
        uv_run(loop, UV_RUN_NOWAIT); /* whoever waits turns no loop himself */
}

static void tick_leaving(struct pipeline *pipeline, uint64_t now_ms)
{
    for (struct leaving **link = &pipeline->leaving; *link != NULL;) {
        struct leaving *leaving = *link;

        output_tick(leaving->output, now_ms);
        if (leaving->until_ms == 0)
            leaving->until_ms = now_ms + (uint64_t)(leaving->drain_s * 1000);
        if (!output_is_idle(leaving->output) && now_ms < leaving->until_ms) {
            link = &leaving->next;
            continue;
        }
        *link = leaving->next;
        retire(pipeline, leaving->output, DROP_RELOAD);
        free(leaving);
    }
}

void pipeline_tick(struct pipeline *pipeline, uint64_t now_ms)
{
    for (size_t i = 0; i < routing_count(pipeline->routing); i++)
        output_tick(routing_output(pipeline->routing, i), now_ms);
    tick_leaving(pipeline, now_ms);
}

void pipeline_idle(struct pipeline *pipeline, uint64_t now_ms)
{
    assembler_tick(pipeline->assembler, now_ms);
}

void pipeline_reopen(struct pipeline *pipeline)
{
    struct error err;

    for (size_t i = 0; i < routing_count(pipeline->routing); i++) {
        if (output_reopen(routing_output(pipeline->routing, i), &err) != 0)
            log_write(pipeline->settings.routing.log, LOG_LEVEL_ERROR, "%s", err.text);
    }
}

bool pipeline_is_closed(const struct pipeline *pipeline)
{
    for (size_t i = 0; i < routing_count(pipeline->routing); i++) {
        if (output_is_closed(routing_output(pipeline->routing, i)))
            return true;
    }
    return false;
}

bool pipeline_holds(const struct pipeline *pipeline)
{
    return routing_holds(pipeline->routing);
}

bool pipeline_starts_programs(const struct pipeline *pipeline)
{
    bool starts = routing_starts_programs(pipeline->routing);

    for (const struct leaving *each = pipeline->leaving; each != NULL; each = each->next)
        starts |= output_starts_programs(each->output);
    for (const struct closing *each = pipeline->closing; each != NULL; each = each->next)
        starts |= each->starts_programs;
    return starts;
}

bool pipeline_is_well(const struct pipeline *pipeline, struct error *err)
{
    return engine_is_well(pipeline->engine, err);
}

static void on_turn(uv_timer_t *timer)
{
    (void)timer;
}

/* How far an output is, and since when. */
struct progress {
    uint64_t delivered;
    uint64_t since_ns;
};

/* Is it worth to wait for this output? For one that delivers; else for as long as it may take. */
static bool worth_waiting(struct output *output, double drain_s, struct progress *progress)
{
    uint64_t delivered = output_stats(output)->delivered, now_ns = uv_hrtime();

    if (output_is_idle(output) || output_is_closed(output))
        return false;
    if (delivered != progress->delivered)
        *progress = (struct progress){ delivered, now_ns };
    return now_ns - progress->since_ns <= (uint64_t)(drain_s * 1e9);
}

static bool any_worth_waiting(const struct pipeline *pipeline, struct progress *progress)
{
    bool is_any = false;

    for (size_t i = 0; i < routing_count(pipeline->routing); i++)
        is_any |= worth_waiting(routing_output(pipeline->routing, i),
                                pipeline->config->outputs[i].drain_s, &progress[i]);
    return is_any;
}

/* Turns the loop as long as something is being delivered. */
static void drain_outputs(struct pipeline *pipeline, uv_loop_t *loop)
{
    size_t count = routing_count(pipeline->routing);
    struct progress *progress = calloc(count + 1, sizeof *progress);
    uv_timer_t turn; /* so that no turn lasts long */

    if (progress == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        progress[i].since_ns = uv_hrtime();
    uv_timer_init(loop, &turn);
    uv_timer_start(&turn, on_turn, DRAIN_TURN_MS, DRAIN_TURN_MS);
    while (any_worth_waiting(pipeline, progress))
        uv_run(loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&turn, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
    free(progress);
}

void pipeline_drain(struct pipeline *pipeline)
{
    assembler_flush(pipeline->assembler);
    for (size_t i = 0; i < routing_count(pipeline->routing); i++)
        output_retry(routing_output(pipeline->routing, i));
    if (pipeline->settings.routing.loop != NULL)
        drain_outputs(pipeline, pipeline->settings.routing.loop);
}

void pipeline_close(struct pipeline *pipeline)
{
    struct routing *routing = pipeline->routing;

    pipeline->routing = NULL;
    routing_free(routing, on_end, pipeline);
    tick_leaving(pipeline, UINT64_MAX);
    while (pipeline->closing != NULL)
        uv_run(pipeline->settings.routing.loop, UV_RUN_ONCE);
}

static void add_output(struct ledger *ledger, struct span name, const char *kind,
                       const struct output_stats *stats, bool is_gone)
{
    for (size_t i = 0; i < ledger->output_count; i++) {
        if (!span_equal(ledger->outputs[i].name, name))
            continue;
        output_stats_add(&ledger->outputs[i].stats, stats);
        ledger->outputs[i].is_gone &= is_gone;
        return;
    }
    ledger->outputs =
        realloc(ledger->outputs, (ledger->output_count + 1) * sizeof *ledger->outputs);
    if (ledger->outputs == NULL)
        abort();
    ledger->outputs[ledger->output_count++] = (struct ledger_output){ name, kind, *stats, is_gone };
}

void pipeline_ledger(const struct pipeline *pipeline, struct ledger *ledger)
{
    *ledger = (struct ledger){ .records = *assembler_stats(pipeline->assembler),
                               .events = *engine_stats(pipeline->engine),
                               .reloads = pipeline->reloads,
                               .refused_reloads = pipeline->refused_reloads };
    ledger->policy_count = engine_policy_count(pipeline->engine);
    ledger->policies = calloc(ledger->policy_count + 1, sizeof *ledger->policies);
    if (ledger->policies == NULL)
        abort();
    for (size_t i = 0; i < ledger->policy_count; i++)
        engine_policy_stats(pipeline->engine, i, &ledger->policies[i]);
    for (size_t i = 0; i < pipeline->config->output_count && i < ROUTE_OUTPUTS_MOST; i++) {
        struct output *output =
            pipeline->routing != NULL ? routing_output(pipeline->routing, i) : NULL;
        static const struct output_stats nothing = { 0 };

        add_output(ledger, pipeline->config->outputs[i].settings.name,
                   pipeline->config->outputs[i].settings.kind->name,
                   output != NULL ? output_stats(output) : &nothing, false);
    }
    for (const struct leaving *each = pipeline->leaving; each != NULL; each = each->next)
        add_output(ledger, output_name(each->output), output_type(each->output),
                   output_stats(each->output), true);
    for (const struct closing *each = pipeline->closing; each != NULL; each = each->next)
        add_output(ledger, span_of(each->name), each->kind, &each->stats, true);
    for (const struct past *each = pipeline->past; each != NULL; each = each->next)
        add_output(ledger, span_of(each->name), each->kind, &each->stats, true);
}

void pipeline_free(struct pipeline *pipeline)
{
    if (pipeline->routing != NULL)
        pipeline_close(pipeline);
    assembler_free(pipeline->assembler);
    engine_free(pipeline->engine);
    config_free(pipeline->config);
    past_free(pipeline->past);
    free(pipeline);
}
