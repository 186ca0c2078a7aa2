#include "cli/daemon.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <uv.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "control/notices.h"
#include "control/reload.h"
#include "enrich/users.h"
#include "kernel/live.h"

enum {
    TICK_MS = 1000,
    BLOCKED_MS = 10 /* until a slow reader is asked again */
};

struct daemon {
    struct daemon_options *options;
    struct log log;
    uv_loop_t loop;
    struct signals signals;
    uv_poll_t signalled;
    uv_timer_t tick, blocked;
    uv_prepare_t before_sleep;
    struct users *users;
    struct resolver resolver;
    struct pipeline *pipeline;
    struct notices notices;
    struct live *live;
    struct live_options live_options;
    uint64_t began_ns;
    uint64_t records_at_tick;
    bool has_failed;
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

static void give_summary(struct daemon *daemon)
{
    struct work work = { .seconds = (double)(progress_clock() - daemon->began_ns) / 1e9 };
    struct ledger ledger;

    read_ledger(daemon, &ledger);
    say_dropped(&daemon->log, &ledger);
    daemon->has_failed |= !summary_is_good(&ledger);
    summary_write(&ledger, &work, daemon->options->has_json_summary, stderr);
    ledger_free(&ledger);
}

/* Drains everything, from the source down, and leaves the loop. */
static void end(struct daemon *daemon)
{
    struct error err;

    uv_poll_stop(&daemon->signalled);
    uv_timer_stop(&daemon->tick);
    uv_timer_stop(&daemon->blocked);
    uv_prepare_stop(&daemon->before_sleep);
    if (live_drain(daemon->live, &err) != 0) {
        log_write(&daemon->log, LOG_LEVEL_ERROR, "%s", err.text);
        daemon->has_failed = true;
    }
    give_notices(daemon);
    notice_end(&daemon->notices, wall_clock_ms());
    pipeline_drain(daemon->pipeline);
    pipeline_close(daemon->pipeline);
    give_summary(daemon);
    uv_stop(&daemon->loop);
}

/* The audit socket is gone: nobody would notice a daemon that hears nothing. */
static void on_deaf(void *context, const struct error *why)
{
    struct daemon *daemon = context;

    log_write(&daemon->log, LOG_LEVEL_ERROR, "%s", why->text);
    daemon->has_failed = true;
    end(daemon);
}

static void reload_all(struct daemon *daemon)
{
    bool is_swapped = reload(daemon->pipeline, setup_config, &daemon->options->setup, &daemon->log);

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
    signals->reload = signals->reopen = false;
    if (signals->end)
        end(daemon);
}

/* Asks a slow reader again. */
static void on_blocked(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;

    pipeline_flush(daemon->pipeline);
    if (!pipeline_is_blocked(daemon->pipeline))
        uv_timer_stop(timer);
}

/* Once a loop turn, with all records of the turn through the pipeline. */
static void on_before_sleep(uv_prepare_t *prepare)
{
    struct daemon *daemon = prepare->data;

    pipeline_flush(daemon->pipeline);
    if (pipeline_is_blocked(daemon->pipeline) &&
        !uv_is_active((const uv_handle_t *)&daemon->blocked))
        uv_timer_start(&daemon->blocked, on_blocked, BLOCKED_MS, BLOCKED_MS);
}

static void on_tick(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    uint64_t records = live_stats(daemon->live)->records;
    uint64_t now_ms = wall_clock_ms();
    struct error err;

    users_tick(daemon->users, now_ms);
    if (records == daemon->records_at_tick)
        pipeline_idle(daemon->pipeline, now_ms);
    daemon->records_at_tick = records;
    pipeline_tick(daemon->pipeline, now_ms);
    give_notices(daemon);
    if (pipeline_is_well(daemon->pipeline, &err))
        return;
    log_write(&daemon->log, LOG_LEVEL_ERROR, "%s", err.text);
    daemon->has_failed = true;
    end(daemon);
}

/* What the configuration asks for and this version does not do, said once. */
static void say_limits(const struct log *log, bool has_rules, bool sets_kernel)
{
    if (has_rules)
        log_write(log, LOG_LEVEL_WARNING,
                  "kernel rules are not installed by laudit yet; load them with auditctl");
    if (sets_kernel)
        log_write(log, LOG_LEVEL_WARNING,
                  "of kernel { } only receive_buffer and multicast act; the rest is only checked");
}

static bool open_pipeline(struct daemon *daemon)
{
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct config *config = setup_config(&daemon->options->setup, &mistakes, &notes);
    struct pipeline_settings settings = {
        .routing = { .resolver = &daemon->resolver,
                     .log = &daemon->log,
                     .is_live = true,
                     .interrupt = -1,
                     .color = daemon->options->setup.color },
        .mode = ASSEMBLE_LIVE,
    };

    daemon->live_options.mode =
        config->kernel.multicast || daemon->options->is_multicast ? LIVE_MULTICAST : LIVE_UNICAST;
    daemon->live_options.receive_buffer = config->kernel.receive_buffer > UINT32_MAX
                                              ? UINT32_MAX
                                              : (uint32_t)config->kernel.receive_buffer;

    bool sets_kernel = config->kernel.sets_kernel;

    daemon->pipeline = pipeline_new(&settings, config, &mistakes);
    if (daemon->pipeline != NULL)
        say_limits(&daemon->log, pipeline_has_rules(daemon->pipeline), sets_kernel);
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
    uv_timer_init(&daemon->loop, &daemon->blocked);
    uv_prepare_init(&daemon->loop, &daemon->before_sleep);
    daemon->tick.data = daemon->blocked.data = daemon->before_sleep.data = daemon;
    uv_timer_start(&daemon->tick, on_tick, TICK_MS, TICK_MS);
    uv_prepare_start(&daemon->before_sleep, on_before_sleep);
}

static void close_handles(struct daemon *daemon)
{
    uv_close((uv_handle_t *)&daemon->signalled, NULL);
    uv_close((uv_handle_t *)&daemon->tick, NULL);
    uv_close((uv_handle_t *)&daemon->blocked, NULL);
    uv_close((uv_handle_t *)&daemon->before_sleep, NULL);
}

/* From the open socket to the ledger. */
static void serve(struct daemon *daemon)
{
    struct error err;

    start_handles(daemon);
    daemon->live_options.failed = on_deaf;
    daemon->live_options.failed_context = daemon;
    daemon->live = live_open(&daemon->loop, &daemon->live_options, pipeline_take, daemon->pipeline,
                             &daemon->log, &err);
    if (daemon->live == NULL) {
        log_write(&daemon->log, LOG_LEVEL_ERROR, "%s", err.text);
        daemon->has_failed = true;
    } else {
        notices_begin(&daemon->notices, daemon->pipeline, wall_clock_ms());
        notice_start(&daemon->notices, wall_clock_ms());
        uv_run(&daemon->loop, UV_RUN_DEFAULT);
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
    daemon.has_failed = !open_pipeline(&daemon);
    if (!daemon.has_failed)
        serve(&daemon);
    users_close(daemon.users);
    uv_run(&daemon.loop, UV_RUN_DEFAULT);
    uv_loop_close(&daemon.loop);
    if (daemon.pipeline != NULL)
        pipeline_free(daemon.pipeline);
    signals_close(&daemon.signals);
    return daemon.has_failed ? EXIT_FAILED : EXIT_DONE;
}
