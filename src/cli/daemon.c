#include "cli/daemon.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <uv.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "control/kernel_settings.h"
#include "control/metrics.h"
#include "control/notices.h"
#include "control/reload.h"
#include "control/rule_keeper.h"
#include "enrich/users.h"
#include "kernel/live.h"
#include "tables/record_types.h"

enum { TICK_MS = 1000 };

struct daemon {
    struct daemon_options *options;
    struct log log;
    uv_loop_t loop;
    struct signals signals;
    uv_poll_t signalled;
    uv_timer_t tick;
    uv_prepare_t before_sleep;
    struct users *users;
    struct resolver resolver;
    struct pipeline *pipeline;
    struct rule_keeper *keeper;
    struct metrics *metrics; /* NULL once they are closed */
    struct notices notices;
    struct config_kernel kernel; /* what the configuration that runs asks for */
    struct kernel_settings kernel_settings;
    struct live *live;
    struct live_options live_options;
    uint64_t began_ns;
    uint64_t records_at_tick;
    bool has_failed;
    bool is_held; /* an output is full and holds: the kernel's queue waits */
    bool is_ill;  /* a critical policy failed: nothing more is handed out */
};

static uint64_t wall_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The account so far, the kernel's side with it; free it with ledger_free. */
static void read_ledger(struct daemon *daemon, struct ledger *ledger)
{
    const struct live_stats *stats = live_stats(daemon->live);

    pipeline_ledger(daemon->pipeline, ledger);
    ledger->source = (struct ledger_source){ .has_kernel = true,
                                             .kernel_lost = stats->kernel_lost,
                                             .enobufs = stats->enobufs,
                                             .truncated = stats->truncated,
                                             .malformed = stats->malformed,
                                             .strange = stats->strange,
                                             .foreign = stats->foreign,
                                             .rivals = stats->rivals,
                                             .rival_pid = stats->rival_pid,
                                             .retaken = stats->retaken };
}

/* A metrics_reader. */
static void on_read(void *context, struct ledger *ledger)
{
    read_ledger(context, ledger);
}

/* Says what went wrong meanwhile, as events of our own. */
static void give_notices(struct daemon *daemon)
{
    struct ledger ledger;

    read_ledger(daemon, &ledger);
    notice_loss(&daemon->notices, wall_clock_ms(), &ledger.source);
    notice_rival(&daemon->notices, wall_clock_ms(), &ledger.source);
    notice_quarantines(&daemon->notices, wall_clock_ms(), &ledger);
    ledger_free(&ledger);
}

/* Lines that nobody wanted to lose, in one sentence. */
static void say_dropped(const struct log *log, const struct ledger *ledger)
{
    uint64_t dropped = summary_dropped(ledger);

    if (dropped > 0)
        log_write(log, LOG_LEVEL_ERROR, "outputs dropped %" PRIu64 " line%s", dropped,
                  dropped == 1 ? "" : "s");
}

static void write_ledger(const struct daemon *daemon, const struct ledger *ledger)
{
    struct work work = { .seconds = (double)(progress_clock() - daemon->began_ns) / 1e9 };

    summary_write(ledger, &work, daemon->options->has_json_summary, stderr);
}

static void give_ledger(struct daemon *daemon)
{
    struct ledger ledger;

    read_ledger(daemon, &ledger);
    write_ledger(daemon, &ledger);
    ledger_free(&ledger);
}

static void give_summary(struct daemon *daemon)
{
    struct ledger ledger;

    read_ledger(daemon, &ledger);
    say_dropped(&daemon->log, &ledger);
    daemon->has_failed |= !summary_is_good(&ledger);
    write_ledger(daemon, &ledger);
    ledger_free(&ledger);
}

static bool is_listener(const struct daemon *daemon)
{
    return daemon->live_options.mode == LIVE_MULTICAST;
}

/* Sets the kernel as the configuration asks for: once we are its audit daemon. */
static void set_kernel(struct daemon *daemon)
{
    if (!is_listener(daemon))
        kernel_settings_apply(&daemon->kernel_settings, &daemon->kernel, &daemon->log);
    else if (config_sets_kernel(&daemon->kernel))
        log_write(&daemon->log, LOG_LEVEL_WARNING,
                  "kernel { } changes nothing of the kernel while laudit only listens");
}

/* Nothing can be changed any more behind this. */
static void lock_kernel(struct daemon *daemon)
{
    if (!is_listener(daemon))
        kernel_settings_lock(&daemon->kernel_settings, &daemon->kernel, &daemon->log);
}

/* Leaves the loop, to drain everything behind it. */
static void end(struct daemon *daemon)
{
    uv_poll_stop(&daemon->signalled);
    uv_timer_stop(&daemon->tick);
    uv_prepare_stop(&daemon->before_sleep);
    uv_stop(&daemon->loop);
}

static void close_metrics(struct daemon *daemon)
{
    if (daemon->metrics != NULL)
        metrics_close(daemon->metrics);
    daemon->metrics = NULL;
}

/* Drains everything, from the source down. */
static void drain(struct daemon *daemon)
{
    struct error err;
    int status;

    kernel_settings_leave(&daemon->kernel_settings, &daemon->log);
    status = daemon->is_ill ? live_leave(daemon->live, &err) : live_drain(daemon->live, &err);
    if (status != 0) {
        log_write(&daemon->log, LOG_LEVEL_ERROR, "%s", err.text);
        daemon->has_failed = true;
    }
    give_notices(daemon);
    notice_end(&daemon->notices, wall_clock_ms());
    pipeline_drain(daemon->pipeline);
    pipeline_close(daemon->pipeline);
    give_summary(daemon);
    close_metrics(daemon);
}

/* The audit socket is gone: nobody would notice a daemon that hears nothing. */
static void on_deaf(void *context, const struct error *why)
{
    struct daemon *daemon = context;

    log_write(&daemon->log, LOG_LEVEL_ERROR, "%s", why->text);
    daemon->has_failed = true;
    end(daemon);
}

/* A reload on its way. */
struct renewal {
    struct daemon *daemon;
    struct config_kernel kernel;
};

static struct config *make_config(void *context, struct mistakes *mistakes, struct mistakes *notes)
{
    struct renewal *renewal = context;
    struct config *config = setup_config(&renewal->daemon->options->setup, mistakes, notes);

    renewal->kernel = config->kernel;
    return config;
}

static void reload_all(struct daemon *daemon)
{
    struct renewal renewal = { .daemon = daemon };
    bool is_swapped = reload(daemon->pipeline, make_config, &renewal, &daemon->log);

    if (is_swapped) {
        daemon->kernel = renewal.kernel;
        set_kernel(daemon);
        if (pipeline_starts_programs(daemon->pipeline)) /* before the first of them */
            rule_keeper_exclude_children(daemon->keeper, true);
        lock_kernel(daemon);
        metrics_swap(daemon->metrics);
    } else {
        metrics_abandon(daemon->metrics);
    }
    notice_reload(&daemon->notices, wall_clock_ms(), is_swapped);
}

static void on_signalled(uv_poll_t *poll, int status, int events)
{
    struct daemon *daemon = poll->data;
    struct signals *signals = &daemon->signals;

    (void)status;
    (void)events;
    signals_read(signals);
    if (signals->reload)
        reload_all(daemon);
    if (signals->reopen)
        pipeline_reopen(daemon->pipeline);
    if (signals->ledger)
        give_ledger(daemon);
    signals->reload = signals->reopen = signals->ledger = false;
    if (signals->end)
        end(daemon);
}

/* A critical policy failed: whoever relies on it would not notice a daemon that goes on. */
static void on_ill(struct daemon *daemon, const struct error *why)
{
    log_write(&daemon->log, LOG_LEVEL_ERROR, "%s", why->text);
    daemon->has_failed = daemon->is_ill = true;
    end(daemon);
}

/* Once a loop turn, with all records of the turn through the pipeline. */
static void on_before_sleep(uv_prepare_t *prepare)
{
    struct daemon *daemon = prepare->data;
    struct error err;

    if (!pipeline_is_well(daemon->pipeline, &err)) {
        on_ill(daemon, &err);
        return;
    }
    pipeline_flush(daemon->pipeline);
    if (pipeline_holds(daemon->pipeline) == daemon->is_held)
        return;
    daemon->is_held = !daemon->is_held;
    live_hold(daemon->live, daemon->is_held);
}

/* Are the kernel's rules still those wanted? */
static void look_at_rules(struct daemon *daemon, uint64_t now_ms)
{
    struct rule_drift drift;

    rule_keeper_exclude_children(daemon->keeper, pipeline_starts_programs(daemon->pipeline));
    if (rule_keeper_tick(daemon->keeper, now_ms, &drift))
        notice_drift(&daemon->notices, now_ms, &drift);
}

static void on_tick(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    uint64_t records = live_stats(daemon->live)->records;
    uint64_t now_ms = wall_clock_ms();

    users_tick(daemon->users, now_ms);
    if (records == daemon->records_at_tick && !daemon->is_held)
        pipeline_idle(daemon->pipeline, now_ms);
    daemon->records_at_tick = records;
    pipeline_tick(daemon->pipeline, now_ms);
    give_notices(daemon);
    look_at_rules(daemon, now_ms);
}

/* A pipeline_ready: metrics can be had, and the kernel takes the rules. */
static bool on_ready(void *context, const struct config *config, const struct engine *engine,
                     struct mistakes *mistakes, struct mistakes *notes)
{
    struct daemon *daemon = context;
    struct error err;

    if (!metrics_prepare(daemon->metrics, &config->metrics, &err)) {
        mistakes_add(mistakes, "%.*s: metrics: %s", SPAN_ARG(config->path), err.text);
        return false;
    }
    return rule_keeper_take(daemon->keeper, config, engine, mistakes, notes);
}

static bool open_pipeline(struct daemon *daemon)
{
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct config *config = setup_config(&daemon->options->setup, &mistakes, &notes);
    struct pipeline_settings settings = {
        .routing = { .resolver = &daemon->resolver,
                     .log = &daemon->log,
                     .loop = &daemon->loop,
                     .is_live = true,
                     .interrupt = -1,
                     .color = daemon->options->setup.color },
        .mode = ASSEMBLE_LIVE,
        .ready = on_ready,
        .ready_context = daemon,
    };

    daemon->live_options.mode = config->kernel.multicast ? LIVE_MULTICAST : LIVE_UNICAST;
    daemon->live_options.receive_buffer = config->kernel.receive_buffer > UINT32_MAX
                                              ? UINT32_MAX
                                              : (uint32_t)config->kernel.receive_buffer;
    daemon->kernel = config->kernel;
    daemon->live_options.is_switched_next = config->kernel.settings[SETTING_ENABLED].is_given;
    daemon->pipeline = pipeline_new(&settings, config, &mistakes, &notes);
    log_mistakes(&daemon->log, LOG_LEVEL_WARNING, &notes);
    log_mistakes(&daemon->log, LOG_LEVEL_ERROR, &mistakes);
    mistakes_free(&notes);
    mistakes_free(&mistakes);
    return daemon->pipeline != NULL;
}

static void start_handles(struct daemon *daemon)
{
    uv_poll_init(&daemon->loop, &daemon->signalled, daemon->signals.fd);
    daemon->signalled.data = daemon;
    uv_poll_start(&daemon->signalled, UV_READABLE, on_signalled);
    uv_timer_init(&daemon->loop, &daemon->tick);
    uv_prepare_init(&daemon->loop, &daemon->before_sleep);
    daemon->tick.data = daemon->before_sleep.data = daemon;
    uv_timer_start(&daemon->tick, on_tick, TICK_MS, TICK_MS);
    uv_prepare_start(&daemon->before_sleep, on_before_sleep);
}

static void close_handles(struct daemon *daemon)
{
    uv_close((uv_handle_t *)&daemon->signalled, NULL);
    uv_close((uv_handle_t *)&daemon->tick, NULL);
    uv_close((uv_handle_t *)&daemon->before_sleep, NULL);
}

/* A record_sink: the pipeline's, with an eye on changes of the rules. */
static int on_record(void *context, const struct record_text *record)
{
    struct daemon *daemon = context;

    if (record->type == TYPE_CONFIG_CHANGE)
        rule_keeper_suspect(daemon->keeper);
    return pipeline_take(daemon->pipeline, record);
}

/* The kernel's settings and rules, once we are there to hear what they record. */
static void start_kernel(struct daemon *daemon)
{
    set_kernel(daemon);
    if (is_listener(daemon))
        rule_keeper_exclude_us(daemon->keeper);
    else
        rule_keeper_start(daemon->keeper);
    rule_keeper_exclude_children(daemon->keeper, pipeline_starts_programs(daemon->pipeline));
    lock_kernel(daemon);
}

/* From the open socket to the ledger. */
static void serve(struct daemon *daemon)
{
    struct error err;

    start_handles(daemon);
    daemon->live_options.failed = on_deaf;
    daemon->live_options.failed_context = daemon;
    daemon->live =
        live_open(&daemon->loop, &daemon->live_options, on_record, daemon, &daemon->log, &err);
    if (daemon->live == NULL) {
        log_write(&daemon->log, LOG_LEVEL_ERROR, "%s", err.text);
        daemon->has_failed = true;
    } else {
        notices_begin(&daemon->notices, daemon->pipeline, wall_clock_ms());
        notice_start(&daemon->notices, wall_clock_ms());
        start_kernel(daemon);
        metrics_swap(daemon->metrics);
        uv_run(&daemon->loop, UV_RUN_DEFAULT);
        drain(daemon);
        live_close(daemon->live, NULL, NULL);
    }
    close_handles(daemon);
}

int daemon_run(struct daemon_options *options)
{
    struct daemon daemon = { .options = options,
                             .log = { stderr, LOG_LEVEL_INFO },
                             .began_ns = progress_clock() };

    signals_open(&daemon.signals);
    uv_loop_init(&daemon.loop);
    daemon.users = users_new(&daemon.loop, &daemon.log);
    daemon.resolver = users_resolver(daemon.users);
    daemon.keeper = rule_keeper_new(&daemon.log);
    daemon.metrics = metrics_new(&daemon.loop, on_read, &daemon);
    daemon.has_failed = !open_pipeline(&daemon);
    if (!daemon.has_failed)
        serve(&daemon);
    close_metrics(&daemon);
    rule_keeper_free(daemon.keeper);
    users_close(daemon.users);
    uv_run(&daemon.loop, UV_RUN_DEFAULT);
    uv_loop_close(&daemon.loop);
    if (daemon.pipeline != NULL)
        pipeline_free(daemon.pipeline);
    signals_close(&daemon.signals);
    return daemon.has_failed ? EXIT_FAILED : EXIT_DONE;
}
