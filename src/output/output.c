#include "output/output.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "output/output_parts.h"

enum { WAIT_MS = 100 /* until an interrupt is looked for again */ };

static struct span place_of(const struct output_settings *settings)
{
    return settings->kind->place != NULL ? settings->kind->place(settings->options)
                                         : (struct span){ NULL, 0 };
}

/* Copies what the settings point to, so that their owner may go. */
static void keep_settings(struct output *output, const struct output_settings *settings)
{
    struct span *kept[] = { &output->settings.name, &output->settings.text,
                            &output->settings.spool.path, &output->settings.dead_letter,
                            &output->place };
    size_t size = 0;
    char *next;

    output->settings = *settings;
    output->place = place_of(settings);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        size += kept[i]->len + 1;
    next = output->texts = malloc(size);
    if (next == NULL)
        abort();
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (kept[i]->data == NULL)
            continue;
        memcpy(next, kept[i]->data, kept[i]->len);
        next[kept[i]->len] = '\0';
        kept[i]->data = next;
        next += kept[i]->len + 1;
    }
    output->settings.options = NULL; /* the sink has copied what it needs */
}

void output_settings_default(struct output_settings *settings, const struct output_kind *kind)
{
    *settings = (struct output_settings){
        .kind = kind,
        .options = kind->settings,
        .queue_events = 65536,
        .queue_bytes = 8 << 20,
        .when_full = FULL_DROP_NEWEST,
        .spool = { .bytes = 1 << 30 },
        .batch_events = kind->defaults.batch_events,
        .batch_bytes = kind->defaults.batch_bytes,
        .batch_s = kind->defaults.batch_s,
        .breaker = breaker_default,
        .connect_timeout_s = 10,
        .send_timeout_s = 30,
        .interrupt = -1,
    };
}

static bool open_sink(struct output *output, const struct output_settings *settings,
                      struct error *err)
{
    struct sink_host host = {
        .loop = settings->loop,
        .log = output->log,
        .name = output->settings.name,
        .connect_timeout_s = settings->connect_timeout_s,
        .is_patient = settings->waits,
        .interrupt = settings->interrupt,
        .done = delivery_done,
        .context = output,
    };

    output->sink = settings->kind->open(settings->options, &host, err);
    return output->sink != NULL;
}

/* What the spool says that was not counted yet. */
static void count_spooled(struct output *output)
{
    struct spool_stats spool = disk_queue_stats(output->disk);
    uint64_t found = spool.found - output->counted.found;
    uint64_t lost = spool.lost - output->counted.lost;

    output->stats.found += found;
    output->stats.accepted += found;
    output->stats.queued += found;
    output->stats.again += spool.again - output->counted.again;
    if (lost > 0)
        delivery_drop(output, lost, 0, DROP_SPOOL);
    output->counted = spool;
}

static void on_disk_changed(void *context)
{
    struct output *output = context;

    count_spooled(output);
    if (output->is_ending)
        output_end_step(output);
    else
        delivery_pump(output);
}

static void on_disk_lost(void *context, size_t messages, size_t bytes, const struct error *why)
{
    (void)why; /* the disk queue says it */
    delivery_drop(context, messages, bytes, DROP_SPOOL);
}

static void open_disk(struct output *output)
{
    struct spool_settings settings = { .path = output->settings.spool.path,
                                       .bytes = output->settings.spool.bytes,
                                       .syncs = output->settings.spool.syncs,
                                       .read_messages = output->settings.batch_events,
                                       .read_bytes = output->settings.batch_bytes };
    struct disk_queue_host host = { .loop = output->settings.loop,
                                    .log = output->log,
                                    .name = output->settings.name,
                                    .changed = on_disk_changed,
                                    .lost = on_disk_lost,
                                    .context = output };

    output->disk = disk_queue_new(&settings, &host);
}

struct output *output_open(const struct output_settings *settings, const struct log *log,
                           struct error *err)
{
    struct output *output = calloc(1, sizeof *output);

    if (output == NULL)
        abort();
    keep_settings(output, settings);
    output->log = log;
    if (!open_sink(output, settings, err)) {
        free(output->texts);
        free(output);
        return NULL;
    }
    output->filling = batch_new();
    breaker_init(&output->breaker, &settings->breaker, uv_hrtime());
    if (settings->loop != NULL) {
        uv_timer_init(settings->loop, &output->wake);
        uv_timer_init(settings->loop, &output->watch);
        output->wake.data = output->watch.data = output;
        uv_unref((uv_handle_t *)&output->wake);
        uv_unref((uv_handle_t *)&output->watch);
    }
    return output;
}

int output_settle(struct output *output, struct error *err)
{
    const struct sink_class *class = output->sink->class;
    int status = class->settle != NULL ? class->settle(output->sink, err) : 0;

    if (status == 0 && output->settings.when_full == FULL_SPOOL)
        open_disk(output);
    return status;
}

bool output_wants_envelope(const struct output *output)
{
    return output->settings.kind->wants_envelope;
}

struct buffer *output_begin(struct output *output)
{
    return &output->filling->bytes;
}

void output_revert(struct output *output)
{
    batch_revert(output->filling);
}

void output_skip(struct output *output)
{
    output->stats.skipped++;
}

void output_miss(struct output *output)
{
    output->stats.accepted++;
    output->stats.dropped[DROP_TRANSFORM]++;
}

/* What waits in memory, with what is being appended. */
static void in_memory(const struct output *output, size_t *messages, size_t *bytes)
{
    *messages = output->waiting.messages + output->filling->count;
    *bytes = output->waiting.bytes + output->filling->bytes.len;
    if (output->disk != NULL) {
        size_t more, more_bytes;

        disk_queue_in_memory(output->disk, &more, &more_bytes);
        *messages += more;
        *bytes += more_bytes;
    } else if (output->sending != NULL) {
        *messages += output->sending->count;
        *bytes += output->sending->bytes.len;
    }
}

static bool is_full(const struct output *output)
{
    size_t messages, bytes;

    in_memory(output, &messages, &bytes);
    return messages >= output->settings.queue_events || bytes > output->settings.queue_bytes;
}

/* Something is in the way: it would be full for long. */
static bool is_stuck(const struct output *output)
{
    return output->sending != NULL || output->failure != 0 || output->is_refused ||
           output->disk != NULL || output->predecessor != NULL;
}

/* True when somebody wants the wait to end. */
static bool is_interrupted(const struct output *output)
{
    struct pollfd poller = { .fd = output->settings.interrupt, .events = POLLIN };

    return output->settings.interrupt >= 0 && poll(&poller, 1, 0) > 0;
}

/* Is it worth waiting? A disk that is full stays so; a server comes back. */
static bool may_get_room(const struct output *output)
{
    return output->sending != NULL || (output->disk != NULL && disk_queue_is_busy(output->disk)) ||
           (output->failure != 0 && !output->settings.kind->is_on_machine);
}

static void on_waited(uv_timer_t *timer)
{
    (void)timer;
}

/* Turns the loop until there is room, or nobody is going to make any. */
static void wait_for_room(struct output *output)
{
    /* a timer that wakes the loop, so that an interrupt is seen; `watch` may be stopped */
    while (is_full(output) && may_get_room(output) && !output->is_closed &&
           !is_interrupted(output)) {
        uv_timer_t look;

        uv_timer_init(output->settings.loop, &look);
        uv_timer_start(&look, on_waited, WAIT_MS, 0);
        uv_run(output->settings.loop, UV_RUN_ONCE);
        uv_close((uv_handle_t *)&look, NULL);
        uv_run(output->settings.loop, UV_RUN_NOWAIT);
    }
}

/* The oldest batch makes room for the message that is being appended. False when there is none. */
static bool drop_oldest(struct output *output)
{
    struct batch *batch = queue_pop(&output->waiting);

    if (batch == NULL)
        return false;
    delivery_drop(output, batch->count, batch->bytes.len, DROP_FULL);
    batch_free(batch);
    return true;
}

/* Makes room, or says that there is none for the message at the end of `filling`. */
static bool has_room(struct output *output)
{
    if (!is_full(output) || !is_stuck(output))
        return true;
    if (output->settings.waits && output->settings.loop != NULL)
        wait_for_room(output);
    switch (output->settings.when_full) {
    case FULL_HOLD:
        return true;
    case FULL_DROP_OLDEST:
        while (is_full(output) && drop_oldest(output))
            ;
        return !is_full(output);
    default:
        return !is_full(output) || !is_stuck(output);
    }
}

/* The message is not taken. */
static void refuse(struct output *output, enum drop_reason reason)
{
    batch_revert(output->filling);
    output->stats.accepted++;
    output->stats.dropped[reason]++;
    output->lost++;
}

void output_weigh(struct output *output)
{
    size_t messages, bytes;

    if (output->disk == NULL)
        return;
    in_memory(output, &messages, &bytes);
    output->stats.queued_bytes = bytes + disk_queue_stats(output->disk).bytes;
}

static void count_queued(struct output *output, size_t bytes)
{
    struct output_stats *stats = &output->stats;

    stats->accepted++;
    stats->queued++;
    stats->queued_bytes += bytes;
    output_weigh(output);
    if (stats->queued > stats->peak)
        stats->peak = stats->queued;
    if (stats->queued_bytes > stats->peak_bytes)
        stats->peak_bytes = stats->queued_bytes;
}

void output_commit(struct output *output, const struct envelope *envelope)
{
    struct batch *batch = output->filling;

    if (output->is_closed) {
        refuse(output, output->failure == EPIPE ? DROP_CLOSED : DROP_ERROR);
        return;
    }
    if (!has_room(output)) {
        refuse(output, DROP_FULL);
        return;
    }
    if (batch->count == 0)
        batch->began_ns = uv_hrtime();
    batch_commit(batch, envelope);
    count_queued(output, batch->messages[batch->count - 1].len);
    if (batch->count >= output->settings.batch_events ||
        batch->bytes.len >= output->settings.batch_bytes || is_full(output)) {
        delivery_close_batch(output);
        delivery_pump(output);
    }
}

void output_take(struct output *output, struct span text, const struct envelope *envelope)
{
    buffer_append(&output->filling->bytes, text);
    output_commit(output, envelope);
}

void output_tick(struct output *output, uint64_t now_ms)
{
    const struct sink_class *class = output->sink->class;

    if (output->disk != NULL)
        disk_queue_tick(output->disk);
    if (class->tick != NULL)
        class->tick(output->sink, now_ms);
    output_flush(output);
}

void output_retry(struct output *output)
{
    if (output->is_closed)
        return;
    output->breaker.next_ms = 0;
    output->is_impatient = true;
    if (output->disk != NULL)
        disk_queue_tick(output->disk);
    delivery_close_batch(output);
    output->spooled_ms = 0;
    delivery_pump(output);
    output->is_impatient = false;
}

int output_reopen(struct output *output, struct error *err)
{
    const struct sink_class *class = output->sink->class;

    output_retry(output);
    if (class->reopen == NULL)
        return 0;
    if (class->reopen(output->sink, err) != 0)
        return error_within(err, "output '%.*s'", SPAN_ARG(output->settings.name));
    output_retry(output);
    return 0;
}

void output_reloaded(struct output *output)
{
    const struct sink_class *class = output->sink->class;

    if (class->reloaded != NULL)
        class->reloaded(output->sink);
}

bool output_starts_programs(const struct output *output)
{
    return output->settings.kind->starts_programs;
}

bool output_is_closed(const struct output *output)
{
    return output->is_closed;
}

bool output_holds(const struct output *output)
{
    return output->settings.when_full == FULL_HOLD && is_full(output) && is_stuck(output);
}

bool output_is_idle(const struct output *output)
{
    return output->sending == NULL && output->stats.queued == 0 && output->predecessor == NULL &&
           (output->disk == NULL || !disk_queue_is_opening(output->disk));
}

int output_failure(const struct output *output)
{
    return output->failure;
}

bool output_is_as(const struct output *output, const struct output_settings *other)
{
    const struct output_settings *own = &output->settings;

    return own->kind == other->kind && span_equal(own->name, other->name) &&
           span_equal(own->text, other->text) && own->waits == other->waits;
}

bool output_shares_place(const struct output *output, const struct output_settings *other)
{
    struct span place = place_of(other);
    bool has_spool = output->settings.when_full == FULL_SPOOL && other->when_full == FULL_SPOOL;

    return (place.data != NULL && output->place.data != NULL && span_equal(place, output->place)) ||
           (output->settings.kind == &kind_stdout && other->kind == &kind_stdout) ||
           (has_spool && span_equal(output->settings.spool.path, other->spool.path));
}

bool output_may_inherit(const struct output *output)
{
    return output->predecessor == NULL && !output->is_ending;
}

struct span output_name(const struct output *output)
{
    return output->settings.name;
}

struct span output_spool(const struct output *output)
{
    return output->settings.when_full == FULL_SPOOL ? output->settings.spool.path
                                                    : (struct span){ NULL, 0 };
}

const char *output_type(const struct output *output)
{
    return output->settings.kind->name;
}
