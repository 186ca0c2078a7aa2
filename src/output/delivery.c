/* delivery.c - from the queue to the sink, and what becomes of a try. */
#include <errno.h>
#include <stdlib.h>

#include "output/dead_letter.h"
#include "output/output_parts.h"

enum { REFUSED_REST_MS = 5 }; /* until a pipe that was full is tried again */

uint64_t delivery_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

void delivery_drop(struct output *output, size_t messages, size_t bytes, enum drop_reason reason)
{
    output->stats.dropped[reason] += messages;
    output->stats.queued -= messages;
    output->stats.queued_bytes -= bytes;
    output->lost += messages;
}

void delivery_drop_all(struct output *output, enum drop_reason reason)
{
    struct batch *batch;

    delivery_close_batch(output);
    while ((batch = queue_pop(&output->waiting)) != NULL) {
        delivery_drop(output, batch->count, batch->bytes.len, reason);
        batch_free(batch);
    }
}

/* An empty batch. */
static struct batch *fresh_batch(struct output *output)
{
    struct batch *batch = output->spare;

    output->spare = NULL;
    return batch != NULL ? batch : batch_new();
}

/* Keeps one batch of ordinary size, so that a warm output allocates nothing. */
static void recycle(struct output *output, struct batch *batch)
{
    if (output->spare != NULL || batch->bytes.room > 4 * output->settings.batch_bytes) {
        batch_free(batch);
        return;
    }
    batch_clear(batch);
    output->spare = batch;
}

static void spool_batch(struct output *output, struct batch *batch)
{
    uint64_t messages, bytes;

    disk_queue_behind(output->disk, &messages, &bytes);
    if (messages == 0)
        output->spooled_ms = delivery_now_ms();
    disk_queue_put(output->disk, batch);
}

void delivery_close_batch(struct output *output)
{
    struct batch *batch = output->filling;

    if (batch->count == 0 || !batch_is_whole(batch))
        return;
    output->filling = fresh_batch(output);
    if (output->disk != NULL && output->predecessor == NULL)
        spool_batch(output, batch);
    else /* behind what a predecessor gives back */
        queue_push(&output->waiting, batch);
}

static void note_failure(struct output *output, const struct outcome *outcome)
{
    int code = outcome->code < 0 ? -outcome->code : EIO;

    output->stats.failures[code == ENOSPC ? 0 : 1]++;
    if (output->failure != code && code != EPIPE)
        log_write(output->log, LOG_LEVEL_WARNING, "output '%.*s': %s",
                  SPAN_ARG(output->settings.name),
                  outcome->why != NULL ? outcome->why : strerror(code));
    output->failure = code;
}

static void note_success(struct output *output)
{
    if (output->failure == 0)
        return;
    log_write(output->log, LOG_LEVEL_WARNING,
              "output '%.*s': works again; %llu messages were dropped meanwhile",
              SPAN_ARG(output->settings.name), (unsigned long long)output->lost);
    output->failure = 0;
    output->lost = 0;
}

static size_t bytes_of_fate(const struct batch *batch, enum fate fate)
{
    size_t bytes = 0;

    for (size_t i = 0; i < batch->count; i++)
        bytes += batch->messages[i].fate == fate ? batch->messages[i].len : 0;
    return bytes;
}

/* Counts what has its fate and takes it out of the batch; true when that was something. */
static bool account(struct output *output, struct batch *batch)
{
    size_t count = batch->count;
    size_t delivered = batch_count_fate(batch, FATE_DELIVERED);
    size_t rejected = batch_count_fate(batch, FATE_REJECTED);
    size_t too_long = batch_count_fate(batch, FATE_TOO_LONG);
    size_t unread = batch_count_fate(batch, FATE_UNREAD);
    size_t before = batch->bytes.len, dropped_bytes = 0;

    if (unread > 0) {
        dropped_bytes = bytes_of_fate(batch, FATE_UNREAD);
        delivery_drop(output, unread, 0, DROP_UNREAD);
    }
    if (rejected + too_long > 0) {
        dropped_bytes += bytes_of_fate(batch, FATE_REJECTED) + bytes_of_fate(batch, FATE_TOO_LONG);
        delivery_drop(output, rejected, 0, DROP_REJECTED);
        delivery_drop(output, too_long, 0, DROP_TOO_LONG);
    }
    batch_keep_waiting(batch);
    output->stats.delivered += delivered;
    output->stats.queued -= delivered;
    output->stats.bytes += before - batch->bytes.len - dropped_bytes;
    output->stats.queued_bytes -= before - batch->bytes.len;
    if (delivered > 0)
        histogram_add(&output->stats.latency, uv_hrtime() - batch->began_ns, delivered);
    return batch->count < count;
}

/* A try failed for good or for now. True when what still waits has had its last attempt. */
static bool is_given_up(struct output *output, const struct outcome *outcome)
{
    bool may_go_on = breaker_failed(&output->breaker, delivery_now_ms(), outcome->wait_s);

    output->stats.opened = output->breaker.opened;
    return !may_go_on;
}

static void put_back(struct output *output, struct batch *batch)
{
    if (output->disk != NULL) {
        disk_queue_done(output->disk, batch);
    } else if (batch->count > 0) {
        queue_push_front(&output->waiting, batch);
    } else {
        recycle(output, batch);
    }
}

void delivery_done(void *context, const struct outcome *outcome)
{
    struct output *output = context;

    if (output->settings.loop != NULL)
        uv_timer_stop(&output->watch);
    if (!dead_letter_write(output, outcome))
        delivery_settle(output, outcome);
}

void delivery_settle(struct output *output, const struct outcome *outcome)
{
    struct batch *batch = output->sending;
    bool has_moved = account(output, batch);

    output->sending = NULL;
    if (batch->count > 0)
        output->spooled_ms = 0;
    output->resent = outcome->code == 0 ? 0 : batch->count;
    if (outcome->is_unknown)
        output->stats.again += batch->count;
    if (outcome->code == -ECANCELED) { /* a pipe is full, or somebody asked: nobody's fault */
        output->is_refused = true;
        output->resent = 0;
        if (!output->settings.waits) /* else it was a signal, and what is read next has to go */
            output->breaker.next_ms = delivery_now_ms() + REFUSED_REST_MS;
    } else if (outcome->code == 0 && (batch->count == 0 || has_moved)) {
        output->stats.batches += batch->count == 0;
        breaker_succeeded(&output->breaker, delivery_now_ms());
        note_success(output);
    } else {
        output->is_refused = true;
        note_failure(output, outcome);
        if (is_given_up(output, outcome) && !outcome->is_closed) {
            delivery_drop(output, batch->count, batch->bytes.len, DROP_ATTEMPTS);
            batch_settle(batch, FATE_REJECTED);
            batch_keep_waiting(batch);
            output->resent = 0;
        }
    }
    put_back(output, batch);
    if (outcome->is_closed) {
        output->is_closed = true;
        delivery_drop_all(output, outcome->code == -EPIPE ? DROP_CLOSED : DROP_ERROR);
    }
    if (output->is_ending)
        output_end_step(output);
    else if (!output->is_pumping && outcome->code != -ECANCELED)
        output_flush(output);
}

static void on_watch(uv_timer_t *timer)
{
    struct output *output = timer->data;

    if (output->sending != NULL && output->sink->class->cancel != NULL)
        output->sink->class->cancel(output->sink);
}

static void on_wake(uv_timer_t *timer)
{
    struct output *output = timer->data;

    output_flush(output);
}

/* Comes back at `at_ms`, or when it was going to anyway if that is earlier. */
static void wake_at(struct output *output, uint64_t at_ms)
{
    uint64_t now = delivery_now_ms();
    uint64_t wait = at_ms > now ? at_ms - now : 1;

    if (output->settings.loop == NULL || output->is_ending)
        return;
    if (!uv_is_active((const uv_handle_t *)&output->wake) ||
        uv_timer_get_due_in(&output->wake) > wait)
        uv_timer_start(&output->wake, on_wake, wait, 0);
}

static struct batch *take_next(struct output *output)
{
    return output->disk != NULL ? disk_queue_take(output->disk) : queue_pop(&output->waiting);
}

static void send_batch(struct output *output, struct batch *batch)
{
    output->sending = batch;
    output->is_refused = false;
    output->sent_ns = uv_hrtime();
    output->stats.retried += output->resent < batch->count ? output->resent : batch->count;
    output->resent = 0;
    if (output->settings.loop != NULL && output->settings.send_timeout_s > 0)
        uv_timer_start(&output->watch, on_watch, (uint64_t)(output->settings.send_timeout_s * 1000),
                       0);
    output->sink->class->send(output->sink, batch);
}

/* True when something could be sent if it were allowed. */
static bool has_waiting(const struct output *output)
{
    return output->disk != NULL ? !disk_queue_is_empty(output->disk)
                                : output->waiting.first != NULL;
}

/* Frames of a spool gather as messages in memory do. When their time is not over, it is at *at_ms.
 */
static bool is_spool_due(const struct output *output, uint64_t *at_ms)
{
    const struct output_settings *settings = &output->settings;

    uint64_t messages, bytes;

    if (output->disk == NULL || output->spooled_ms == 0)
        return true;
    disk_queue_behind(output->disk, &messages, &bytes);
    *at_ms = output->spooled_ms + (uint64_t)(settings->batch_s * 1000);
    return messages >= settings->batch_events || bytes >= settings->batch_bytes ||
           *at_ms <= delivery_now_ms();
}

void delivery_pump(struct output *output)
{
    uint64_t at_ms;

    if (output->is_pumping || output->predecessor != NULL || output->is_ending)
        return;
    output->is_pumping = true;
    while (output->sending == NULL && !output->is_closed) {
        struct batch *batch;

        if (!breaker_allows(&output->breaker, delivery_now_ms())) {
            if (has_waiting(output))
                wake_at(output, breaker_next(&output->breaker));
            break;
        }
        if (!is_spool_due(output, &at_ms)) {
            wake_at(output, at_ms);
            break;
        }
        batch = take_next(output);
        if (batch == NULL)
            break;
        if (output->spooled_ms != 0)
            output->spooled_ms = delivery_now_ms(); /* what is left came later */
        send_batch(output, batch);
        if (output->is_refused) { /* once a call */
            if (has_waiting(output))
                wake_at(output, breaker_next(&output->breaker));
            break;
        }
    }
    output->is_pumping = false;
}

/* Is what is gathered due? When not, it will be at *at_ms. */
static bool is_due(const struct output *output, uint64_t *at_ms)
{
    const struct batch *batch = output->filling;
    double wait_s = output->settings.batch_s;

    *at_ms = batch->began_ns / 1000000 + (uint64_t)(wait_s * 1000);
    return output->is_impatient || wait_s <= 0 || batch->count >= output->settings.batch_events ||
           batch->bytes.len >= output->settings.batch_bytes || *at_ms <= delivery_now_ms();
}

void output_flush(struct output *output)
{
    uint64_t at_ms;

    if (output->is_closed)
        return;
    if (output->filling->count > 0) {
        /* what waits anyway gathers until it can go */
        bool can_gather = output->disk == NULL && (output->sending != NULL || has_waiting(output));

        if (output->disk != NULL || (!can_gather && is_due(output, &at_ms)))
            delivery_close_batch(output);
        else if (!can_gather)
            wake_at(output, at_ms);
    }
    delivery_pump(output);
}
