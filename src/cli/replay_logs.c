/* replay_logs.c - laudit replay: the loop over the logs. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/replay.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "control/metrics.h"
#include "control/reload.h"
#include "enrich/users.h"
#include "kernel/logfile.h"
#include "record/scan.h"
#include "tables/record_types.h"

enum { TICK_NS = 1000000000 };

struct loop {
    struct replay *replay;
    struct log log;
    struct users *users; /* NULL: names are in the log or nowhere */
    struct resolver resolver;
    struct signals signals;
    struct logfile *logs;
    uv_loop_t outputs; /* turned while they are waited for */
    struct pipeline *pipeline;
    struct metrics *metrics;
    struct mistakes nameless; /* policies that name users, while nobody knows the names */
    struct progress progress;
    uint64_t ticked_ns;
    bool has_failed;
};

/* The account so far, that of the logs with it; free it with ledger_free. */
static void read_ledger(void *context, struct ledger *ledger)
{
    struct loop *loop = context;
    const struct logfile_stats *stats = logfile_stats(loop->logs);

    pipeline_ledger(loop->pipeline, ledger);
    ledger->source.has_files = true;
    ledger->source.garbage = stats->garbage;
    ledger->source.overlong = stats->overlong;
    ledger->source.truncated = stats->truncated;
}

/* A pipeline_ready: metrics can be had. */
static bool on_ready(void *context, const struct config *config, const struct engine *engine,
                     struct mistakes *mistakes, struct mistakes *notes)
{
    struct loop *loop = context;
    struct error err;

    (void)engine;
    (void)notes;
    if (metrics_prepare(loop->metrics, &config->metrics, &err))
        return true;
    mistakes_add(mistakes, "%.*s: metrics: %s", SPAN_ARG(config->path), err.text);
    return false;
}

static bool open_pipeline(struct loop *loop)
{
    const struct setup *setup = &loop->replay->setup;
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct config *config = setup_config(&loop->replay->setup, &mistakes, &notes);
    struct pipeline_settings settings = {
        .routing = { .resolver = &loop->resolver,
                     .log = &loop->log,
                     .loop = &loop->outputs,
                     .waits = true,
                     .interrupt = loop->signals.fd,
                     .alerts_only = setup->alerts_only,
                     .color = setup->color },
        .ready = on_ready,
        .ready_context = loop,
        .mode = ASSEMBLE_FILE,
        .has_any_output = setup_has_any_output(setup),
    };

    loop->pipeline =
        pipeline_new(&settings, config, &mistakes, loop->users != NULL ? &notes : &loop->nameless);
    log_mistakes(&loop->log, LOG_LEVEL_WARNING, &notes);
    log_mistakes(&loop->log, LOG_LEVEL_ERROR, &mistakes);
    mistakes_free(&notes);
    mistakes_free(&mistakes);
    return loop->pipeline != NULL;
}

static void draw(struct loop *loop)
{
    struct ledger ledger;
    const struct logfile_stats *stats = logfile_stats(loop->logs);

    if (!progress_is_due(&loop->progress))
        return;
    progress_erase(&loop->progress); /* where events may go to the same terminal */
    pipeline_flush(loop->pipeline);
    pipeline_ledger(loop->pipeline, &ledger);
    progress_draw(&loop->progress, stats->read, stats->total, ledger.events.in);
    ledger_free(&ledger);
}

static void write_ledger(struct loop *loop, const struct ledger *ledger)
{
    struct work work = { .seconds = (double)(progress_clock() - loop->progress.began_ns) / 1e9,
                         .bytes = logfile_stats(loop->logs)->text };

    summary_write(ledger, &work, loop->replay->summary == SUMMARY_JSON, stderr);
}

static void give_ledger(struct loop *loop)
{
    struct ledger ledger;

    progress_erase(&loop->progress);
    read_ledger(loop, &ledger);
    write_ledger(loop, &ledger);
    ledger_free(&ledger);
}

static void act_on_signals(struct loop *loop)
{
    struct signals *signals = &loop->signals;

    signals_read(signals);
    if (signals->reload && reload(loop->pipeline, setup_config, &loop->replay->setup, &loop->log))
        metrics_swap(loop->metrics);
    metrics_abandon(loop->metrics);
    if (signals->reopen)
        pipeline_reopen(loop->pipeline);
    if (signals->ledger)
        give_ledger(loop);
    signals->reload = signals->reopen = signals->ledger = false;
}

/* Between two blocks: what signals, clocks and outputs want. False when it is time to end. */
static bool look_around(struct loop *loop)
{
    uint64_t now = progress_clock();
    struct error err;

    pipeline_flush(loop->pipeline);
    act_on_signals(loop);
    if (now - loop->ticked_ns >= TICK_NS) {
        loop->ticked_ns = now;
        pipeline_tick(loop->pipeline, now / 1000000);
        if (loop->users != NULL)
            users_tick(loop->users, now / 1000000);
    }
    draw(loop);
    if (!pipeline_is_well(loop->pipeline, &err)) {
        log_write(&loop->log, LOG_LEVEL_ERROR, "%s", err.text);
        loop->has_failed = true;
        return false;
    }
    return !loop->signals.end && !pipeline_is_closed(loop->pipeline);
}

/* Records in which auditd's ENRICHED format always has names. */
static bool may_have_names(uint16_t type)
{
    return type == TYPE_SYSCALL || (type >= 1100 && type < 1200);
}

/* A record_sink before the pipeline's: says once that a policy waits for names in vain. */
static int take_nameless(void *context, const struct record_text *record)
{
    struct loop *loop = context;
    struct span text = record->text;

    if (loop->nameless.found > 0 && may_have_names(record->type) &&
        memchr(text.data, TAIL_MARK, text.len) == NULL) {
        char more[32] = "";

        if (loop->nameless.found > 1)
            snprintf(more, sizeof more, " (and %u more)", loop->nameless.found - 1);
        progress_erase(&loop->progress);
        log_write(&loop->log, LOG_LEVEL_WARNING, "%s%s", loop->nameless.sentences[0], more);
        mistakes_free(&loop->nameless);
    }
    return pipeline_take(loop->pipeline, record);
}

static int read_some(struct loop *loop, struct error *err)
{
    if (loop->nameless.found > 0)
        return logfile_read(loop->logs, take_nameless, loop, err);
    return logfile_read(loop->logs, pipeline_take, loop->pipeline, err);
}

static void read_logs(struct loop *loop)
{
    struct error err;
    int status;

    do {
        status = read_some(loop, &err);
        if (status < 0) {
            progress_erase(&loop->progress);
            log_write(&loop->log, LOG_LEVEL_ERROR, "%s", err.text);
            loop->has_failed = true;
        }
        if (status < 0 || status == LOGFILE_NEW_FILE)
            pipeline_new_file(loop->pipeline);
    } while (look_around(loop) && status != LOGFILE_END);

    if (loop->signals.end) {
        log_write(&loop->log, LOG_LEVEL_WARNING, "stopped by a signal before the end of the logs");
        loop->has_failed = true;
    }
}

static void give_summary(struct loop *loop)
{
    struct ledger ledger;

    read_ledger(loop, &ledger);
    loop->has_failed |= !summary_is_good(&ledger) || summary_has_policy_errors(&ledger);
    if (loop->replay->summary != SUMMARY_NONE)
        write_ledger(loop, &ledger);
    else
        summary_write_faults(&ledger, stderr);
    ledger_free(&ledger);
}

static void run_loop(struct loop *loop)
{
    /* A progress line and events on the same terminal disturb each other; a few alerts do not. */
    progress_begin(&loop->progress,
                   loop->replay->has_progress &&
                       (isatty(STDOUT_FILENO) != 1 || loop->replay->setup.alerts_only));
    loop->ticked_ns = loop->progress.began_ns;
    metrics_swap(loop->metrics);
    read_logs(loop);
    progress_erase(&loop->progress);
    pipeline_drain(loop->pipeline);
    pipeline_close(loop->pipeline);
    give_summary(loop);
}

int replay_logs(struct replay *replay)
{
    struct loop loop = { .replay = replay, .log = { stderr, LOG_LEVEL_INFO } };
    struct error err;

    loop.logs = logfile_open(replay->logs, replay->log_count, &loop.log, &err);
    if (loop.logs == NULL) {
        log_write(&loop.log, LOG_LEVEL_ERROR, "%s", err.text);
        return EXIT_FAILED;
    }
    loop.users = replay->resolves ? users_new(NULL, &loop.log) : NULL;
    loop.resolver = replay->resolves ? users_resolver(loop.users) : resolver_none;
    signals_open(&loop.signals);
    uv_loop_init(&loop.outputs);
    loop.metrics = metrics_new(&loop.outputs, read_ledger, &loop);
    loop.has_failed = !open_pipeline(&loop);
    if (!loop.has_failed)
        run_loop(&loop);
    metrics_close(loop.metrics);
    if (loop.pipeline != NULL)
        pipeline_free(loop.pipeline);
    uv_run(&loop.outputs, UV_RUN_DEFAULT);
    uv_loop_close(&loop.outputs);
    signals_close(&loop.signals);
    if (loop.users != NULL)
        users_close(loop.users);
    logfile_close(loop.logs);
    mistakes_free(&loop.nameless);
    return loop.has_failed ? EXIT_FAILED : EXIT_DONE;
}
