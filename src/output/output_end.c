/* output_end.c - the end of an output: closed, abandoned, or followed by another. */
#include <stdlib.h>

#include "output/output_parts.h"

static void free_output(struct output *output)
{
    batch_free(output->filling);
    if (output->spare != NULL)
        batch_free(output->spare);
    free(output->texts);
    free(output);
}

/* What is in a spool: the heir finds it, or it is out of reach and waits for nobody. */
static void leave_spool(struct output *output)
{
    const struct output_settings *own = &output->settings, *heirs = &output->heir->settings;
    struct output_stats *stats = &output->stats;

    if (own->when_full != FULL_SPOOL || stats->queued == 0)
        return;
    if (heirs->when_full == FULL_SPOOL && span_equal(own->spool.path, heirs->spool.path)) {
        stats->accepted -= stats->queued;
        stats->queued = stats->queued_bytes = 0;
        return;
    }
    log_write(output->log, LOG_LEVEL_WARNING,
              "output '%.*s': %llu messages stay in the spool '%.*s', which it no longer has",
              SPAN_ARG(own->name), (unsigned long long)stats->queued, SPAN_ARG(own->spool.path));
    delivery_drop(output, stats->queued, stats->queued_bytes, DROP_RELOAD);
}

/* The heir goes on: with what could not be sent, and with the counts. */
static void hand_on(struct output *output)
{
    struct output *heir = output->heir;
    struct batch *batch;

    while ((batch = queue_pop(&output->waiting)) != NULL) /* what was under way */
        queue_push_front(&heir->waiting, batch);
    while (heir->disk != NULL && (batch = queue_pop(&heir->waiting)) != NULL)
        disk_queue_put(heir->disk, batch);
    leave_spool(output);
    output->stats.spool_messages = output->stats.spool_bytes = 0; /* now */
    output->stats.sink.readers = 0;
    output_stats_add(&heir->stats, &output->stats);
    output_stats_add(&heir->before,
                     &(struct output_stats){ .sink = output->stats.sink,
                                             .spool_torn = output->stats.spool_torn,
                                             .spool_damaged = output->stats.spool_damaged });
    heir->predecessor = NULL;
    if (heir->is_ending)
        output_end_step(heir);
    else
        output_retry(heir);
}

/* The loop has let go of one more. */
static void on_let_go(void *context)
{
    struct output *output = context;

    if (--output->held > 0)
        return;
    if (output->heir != NULL)
        hand_on(output);
    else if (output->closed != NULL)
        output->closed(output->closed_context, output->settings.name, &output->stats);
    free_output(output);
}

static void on_timer_closed(uv_handle_t *handle)
{
    on_let_go(handle->data);
}

/* Gives everything back to the loop. */
static void let_go(struct output *output)
{
    struct sink *sink = output->sink;
    struct sink *heirs = output->heir != NULL ? output->heir->sink : NULL;

    if (heirs != NULL && heirs->class == sink->class && sink->class->inherit != NULL)
        sink->class->inherit(heirs, sink);
    output->is_letting_go = true;
    output->held = 1;     /* ours, until all are on their way */
    output_stats(output); /* the last time that the sink can be asked */
    output->sink = NULL;
    if (output->settings.loop != NULL) {
        output->held += 2;
        uv_close((uv_handle_t *)&output->wake, on_timer_closed);
        uv_close((uv_handle_t *)&output->watch, on_timer_closed);
    }
    if (output->is_abandoned && sink->class->abandon != NULL) {
        sink->class->abandon(sink);
    } else {
        output->held++;
        sink->class->close(sink, on_let_go, output);
    }
    on_let_go(output);
}

static void on_disk_closed(void *context)
{
    struct output *output = context;

    output->disk = NULL;
    output_end_step(output);
}

void output_end_step(struct output *output)
{
    if (output->is_letting_go || output->sending != NULL || output->predecessor != NULL)
        return;
    if (output->disk != NULL) {
        if (!output->is_disk_closing) {
            output->is_disk_closing = true;
            disk_queue_close(output->disk, on_disk_closed, output);
        }
        return;
    }
    if (output->heir == NULL)
        delivery_drop_all(output, output->reason);
    let_go(output);
}

static void begin_end(struct output *output)
{
    output->is_ending = true;
    if (output->sending != NULL && !output->is_burying && output->sink->class->cancel != NULL)
        output->sink->class->cancel(output->sink); /* `done` goes on */
    else
        output_end_step(output);
}

void output_close(struct output *output, enum drop_reason reason, output_closed *closed,
                  void *context)
{
    if (output->settings.loop == NULL || output->settings.waits)
        output_retry(output);
    else
        delivery_close_batch(output);
    output->reason = reason;
    output->closed = closed;
    output->closed_context = context;
    begin_end(output);
}

void output_abandon(struct output *output)
{
    output->is_abandoned = true;
    output->is_ending = true;
    output_end_step(output);
}

/* What `old` holds in memory moves over, with its part of the counts. */
static void move_queue(struct output *fresh, struct output *old)
{
    size_t messages = old->waiting.messages, bytes = old->waiting.bytes;

    fresh->waiting = old->waiting;
    old->waiting = (struct queue){ 0 };
    fresh->stats.accepted += messages;
    fresh->stats.queued += messages;
    fresh->stats.queued_bytes += bytes;
    old->stats.accepted -= messages;
    old->stats.queued -= messages;
    old->stats.queued_bytes -= bytes;
}

void output_inherit(struct output *fresh, struct output *old)
{
    delivery_close_batch(old);
    fresh->predecessor = old;
    old->heir = fresh;
    if (old->disk == NULL)
        move_queue(fresh, old);
    begin_end(old);
}
