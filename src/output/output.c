#include "output/output.h"

#include <errno.h>
#include <stdlib.h>

#include "output/target.h"

enum {
    OUTPUT_GATHER = 128 << 10, /* bytes that are written at once */
    OUTPUT_KEEP = 1 << 20      /* bytes of an empty queue's memory that are kept */
};

enum state {
    STATE_WELL,
    STATE_BLOCKED, /* a reader is slow */
    STATE_FAILING, /* the last write was refused */
    STATE_CLOSED
};

struct output {
    struct output_settings settings; /* name and path point to the next two */
    char *name, *path;
    const struct log *log;
    struct target target;
    bool is_torn; /* the file ends within a line that nobody goes on with */
    enum state state;
    int failure;           /* errno, 0 when writing works */
    uint64_t lost;         /* lines dropped since writing began to fail */
    struct buffer pending; /* begins at the beginning of a line */
    size_t sent;           /* bytes of `pending` that were written */
    size_t committed;      /* bytes of `pending` that count: whole lines */
    struct output_stats stats;
};

static char *copy_text(struct span text)
{
    char *copy = malloc(text.len + 1);

    if (copy == NULL)
        abort();
    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return copy;
}

static void output_free(struct output *output)
{
    buffer_free(&output->pending);
    free(output->name);
    free(output->path);
    free(output);
}

static void look_for_tear(struct output *output)
{
    output->is_torn = !output->settings.to_stdout && target_is_torn(&output->target, output->path);
}

struct output *output_open(const struct output_settings *settings, const struct log *log,
                           struct error *err)
{
    struct output *output = calloc(1, sizeof *output);

    if (output == NULL)
        abort();
    output->settings = *settings;
    output->settings.name.data = output->name = copy_text(settings->name);
    output->settings.path.data = output->path = copy_text(settings->path);
    if (settings->queue_bytes == 0)
        output->settings.queue_bytes = OUTPUT_QUEUE;
    output->log = log;
    if (target_open(&output->target, settings, err) != 0) {
        output_free(output);
        return NULL;
    }
    look_for_tear(output);
    return output;
}

int output_settle(struct output *output, struct error *err)
{
    return target_settle(&output->target, &output->settings, err);
}

/* Says what an opening that came to nothing has left. */
static void abandon_target(const struct output *output, struct target *target)
{
    int code = target_abandon(target, output->path);

    if (code != 0)
        log_write(output->log, LOG_LEVEL_WARNING, "output '%.*s': cannot leave '%s' as it was: %s",
                  SPAN_ARG(output->settings.name), output->path, strerror(-code));
}

void output_abandon(struct output *output)
{
    abandon_target(output, &output->target);
    output_free(output);
}

static uint64_t count_lines(const char *data, size_t len)
{
    uint64_t lines = 0;

    for (size_t i = 0; i < len; i++)
        lines += data[i] == '\n';
    return lines;
}

/* Everything that waits is gone for `reason`. */
static void drop_queue(struct output *output, enum drop_reason reason)
{
    output->stats.dropped[reason] += output->stats.queued;
    output->stats.queued = 0;
    output->pending.len = output->committed = output->sent = 0;
}

static void forget_sent(struct output *output)
{
    if (output->sent == output->committed) {
        buffer_consume(&output->pending, output->committed);
        output->sent = output->committed = 0;
        if (output->pending.len == 0 && output->pending.room > OUTPUT_KEEP)
            buffer_free(&output->pending);
        return;
    }
    if (output->sent < output->committed / 2)
        return; /* not worth moving the rest */

    const char *newline = memrchr(output->pending.data, '\n', output->sent);
    size_t whole = newline != NULL ? (size_t)(newline + 1 - output->pending.data) : 0;

    buffer_consume(&output->pending, whole);
    output->sent -= whole;
    output->committed -= whole;
}

/* The bytes of the line at `sent` that were written already. */
static size_t begun(const struct output *output)
{
    const char *newline =
        output->sent > 0 ? memrchr(output->pending.data, '\n', output->sent) : NULL;

    return newline == NULL ? output->sent
                           : (size_t)(output->pending.data + output->sent - (newline + 1));
}

static void count_delivered(struct output *output, size_t written)
{
    uint64_t lines = output->sent + written == output->committed
                         ? output->stats.queued
                         : count_lines(output->pending.data + output->sent, written);

    output->sent += written;
    output->stats.bytes += written;
    output->stats.delivered += lines;
    output->stats.queued -= lines;
}

static void note_failure(struct output *output, int code)
{
    bool is_stdout = output->settings.to_stdout;

    output->stats.failures[code == ENOSPC ? 0 : 1]++;
    if (output->failure != code && code != EPIPE)
        log_write(output->log, LOG_LEVEL_WARNING, "output '%.*s': cannot write: %s",
                  SPAN_ARG(output->settings.name), strerror(code));
    output->failure = code;
    output->state = STATE_FAILING;
    if (is_stdout && (code == EPIPE || output->settings.waits)) {
        output->state = STATE_CLOSED;
        drop_queue(output, code == EPIPE ? DROP_CLOSED : DROP_ERROR);
    }
}

static void note_success(struct output *output)
{
    if (output->failure != 0) {
        log_write(output->log, LOG_LEVEL_WARNING,
                  "output '%.*s': writing works again; %llu lines were dropped meanwhile",
                  SPAN_ARG(output->settings.name), (unsigned long long)output->lost);
        output->failure = 0;
        output->lost = 0;
    }
    output->state = STATE_WELL;
}

/* Writes what is next of the queue, behind the end of a torn line. As target_write. */
static ssize_t write_next(struct output *output)
{
    if (output->is_torn) {
        ssize_t written = target_write(&output->target, SPAN("\n"));

        if (written <= 0)
            return written;
        output->is_torn = false;
    }
    return target_write(&output->target, (struct span){ output->pending.data + output->sent,
                                                        output->committed - output->sent });
}

/* Writes until nothing waits, or something is in the way. */
static void write_pending(struct output *output)
{
    while (output->sent < output->committed) {
        ssize_t written = write_next(output);

        if (written > 0) {
            count_delivered(output, (size_t)written);
        } else if (written == -EAGAIN) {
            output->state = STATE_BLOCKED;
            if (!output->settings.waits ||
                !target_wait(&output->target, output->settings.interrupt))
                break;
        } else {
            note_failure(output, written < 0 ? (int)-written : EIO);
            break;
        }
    }
    if (output->state == STATE_CLOSED)
        return;
    if (output->sent == output->committed)
        note_success(output);
    forget_sent(output);
}

struct buffer *output_begin(struct output *output)
{
    return &output->pending;
}

static bool is_full(const struct output *output)
{
    return output->pending.len - output->sent > output->settings.queue_bytes;
}

/* A full queue refuses lines, unless one more write could empty it or somebody waits for it. */
static bool refuses(const struct output *output)
{
    return output->state == STATE_FAILING ||
           (output->state == STATE_BLOCKED && !output->settings.waits);
}

void output_commit(struct output *output, unsigned lines)
{
    output->stats.accepted += lines;
    if (output->state == STATE_CLOSED) {
        output->pending.len = 0;
        output->stats.dropped[output->failure == EPIPE ? DROP_CLOSED : DROP_ERROR] += lines;
        return;
    }
    if (refuses(output) && is_full(output)) {
        output->pending.len = output->committed;
        output->stats.dropped[DROP_FULL] += lines;
        output->lost += lines;
        return;
    }
    output->committed = output->pending.len;
    output->stats.queued += lines;
    if (output->state == STATE_WELL && (output->committed >= OUTPUT_GATHER || is_full(output)))
        write_pending(output);
}

void output_take(struct output *output, struct span text, unsigned lines)
{
    buffer_append(&output->pending, text);
    output_commit(output, lines);
}

void output_flush(struct output *output)
{
    if (output->state == STATE_WELL || output->state == STATE_BLOCKED)
        write_pending(output);
}

void output_retry(struct output *output)
{
    if (output->state != STATE_CLOSED)
        write_pending(output);
}

/* Takes the beginning of a line off the file that is left; it will be written whole elsewhere. */
static void rewind_line(struct output *output)
{
    size_t part = begun(output);

    if (part == 0)
        return;
    if (!target_cut(&output->target, part))
        target_write(&output->target, SPAN("\n"));
    output->sent -= part;
}

int output_reopen(struct output *output, struct error *err)
{
    struct target fresh;

    if (output->settings.to_stdout)
        return 0;
    output_retry(output);
    if (target_open(&fresh, &output->settings, err) != 0)
        return error_within(err, "output '%.*s'", SPAN_ARG(output->settings.name));
    if (target_settle(&fresh, &output->settings, err) != 0) {
        abandon_target(output, &fresh);
        return error_within(err, "output '%.*s'", SPAN_ARG(output->settings.name));
    }
    rewind_line(output);
    target_close(&output->target);
    output->target = fresh;
    look_for_tear(output);
    output_retry(output);
    return 0;
}

bool output_is_closed(const struct output *output)
{
    return output->state == STATE_CLOSED;
}

bool output_is_blocked(const struct output *output)
{
    return output->state == STATE_BLOCKED;
}

int output_failure(const struct output *output)
{
    return output->failure;
}

bool output_is_as(const struct output *output, const struct output_settings *other, bool exactly)
{
    const struct output_settings *own = &output->settings;
    size_t queue_bytes = other->queue_bytes != 0 ? other->queue_bytes : OUTPUT_QUEUE;

    if (own->to_stdout != other->to_stdout || !span_equal(own->path, other->path))
        return false;
    return !exactly || (span_equal(own->name, other->name) && own->mode == other->mode &&
                        own->has_mode == other->has_mode && own->has_owner == other->has_owner &&
                        own->uid == other->uid && own->has_group == other->has_group &&
                        own->gid == other->gid && own->queue_bytes == queue_bytes);
}

void output_inherit(struct output *fresh, struct output *old)
{
    rewind_line(old);
    target_close(&old->target);
    look_for_tear(fresh);
    buffer_free(&fresh->pending);
    fresh->pending = old->pending;
    fresh->sent = old->sent;
    fresh->committed = old->committed;
    fresh->stats = old->stats;
    fresh->state = old->state;
    fresh->failure = old->failure;
    fresh->lost = old->lost;
    old->pending = (struct buffer){ 0 };
    output_free(old);
}

struct span output_name(const struct output *output)
{
    return output->settings.name;
}

const struct output_stats *output_stats(const struct output *output)
{
    return &output->stats;
}

void output_stats_add(struct output_stats *sum, const struct output_stats *more)
{
    sum->accepted += more->accepted;
    sum->delivered += more->delivered;
    sum->queued += more->queued;
    sum->bytes += more->bytes;
    for (int reason = 0; reason < DROP_REASONS; reason++)
        sum->dropped[reason] += more->dropped[reason];
    for (int kind = 0; kind < 2; kind++)
        sum->failures[kind] += more->failures[kind];
}

const char *drop_reason_name(enum drop_reason reason)
{
    static const char *const names[DROP_REASONS] = { "full", "error", "reload", "closed" };

    return names[reason];
}

void output_close(struct output *output, enum drop_reason reason, struct output_stats *last)
{
    output_retry(output);
    if (output->state != STATE_CLOSED) {
        rewind_line(output);
        drop_queue(output, reason);
    }

    int code = target_close(&output->target);

    if (code != 0)
        log_write(output->log, LOG_LEVEL_WARNING, "output '%.*s': closing it failed: %s",
                  SPAN_ARG(output->settings.name), strerror(-code));
    if (last != NULL)
        *last = output->stats;
    output_free(output);
}
