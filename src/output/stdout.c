/* stdout.c - the kind `stdout`: lines to standard output, which may be a pipe that nobody empties.
 */
#include <errno.h>
#include <stdlib.h>

#include "output/kind.h"
#include "output/stream.h"

enum { BLOCKED_MS = 10 /* until a slow reader is asked again, where it cannot be waited for */ };

struct stdout_sink {
    struct sink sink;
    struct stream stream;
    struct batch *batch; /* under way */
    uv_timer_t again;
    sink_closed *closed;
    void *closed_context;
};

static struct stdout_sink *of(struct sink *sink)
{
    return (struct stdout_sink *)(void *)sink;
}

/* The try is over. */
static void finish(struct stdout_sink *out, int code)
{
    const struct sink_host *host = &out->sink.host;
    struct batch *batch = out->batch;
    struct outcome outcome = { .code = code };
    struct error err;

    out->batch = NULL;
    stream_end(&out->stream, batch);
    if (code != 0 && code != -ECANCELED) {
        error_set(&err, code, "cannot write: %s", strerror(-code));
        outcome.why = err.text;
    }
    outcome.is_closed = code != 0 && code != -ECANCELED && (code == -EPIPE || host->is_patient);
    host->done(host->context, &outcome);
}

static void on_again(uv_timer_t *timer);

static void go_on(struct stdout_sink *out)
{
    const struct sink_host *host = &out->sink.host;
    int code;

    while ((code = stream_write(&out->stream, out->batch, out->batch->bytes.len)) == -EAGAIN) {
        if (host->is_patient && target_wait(&out->stream.target, host->interrupt))
            continue;
        if (!host->is_patient && host->loop != NULL) {
            uv_timer_start(&out->again, on_again, BLOCKED_MS, 0);
            return;
        }
        code = -ECANCELED;
        break;
    }
    finish(out, code);
}

static void on_again(uv_timer_t *timer)
{
    go_on(timer->data);
}

static void stdout_send(struct sink *sink, struct batch *batch)
{
    of(sink)->batch = batch;
    go_on(of(sink));
}

static void stdout_cancel(struct sink *sink)
{
    struct stdout_sink *out = of(sink);

    if (out->batch == NULL)
        return;
    uv_timer_stop(&out->again);
    finish(out, -ECANCELED);
}

static void stdout_inherit(struct sink *fresh, struct sink *old)
{
    stream_inherit(&of(fresh)->stream, &of(old)->stream);
}

static void free_sink(struct stdout_sink *out)
{
    sink_closed *closed = out->closed;
    void *context = out->closed_context;

    free(out);
    if (closed != NULL)
        closed(context);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free_sink(handle->data);
}

static void stdout_close(struct sink *sink, sink_closed *closed, void *context)
{
    struct stdout_sink *out = of(sink);
    int code = stream_close(&out->stream);

    if (code != 0)
        log_write(sink->host.log, LOG_LEVEL_WARNING, "output '%.*s': closing it failed: %s",
                  SPAN_ARG(sink->host.name), strerror(-code));
    out->closed = closed;
    out->closed_context = context;
    if (sink->host.loop != NULL)
        uv_close((uv_handle_t *)&out->again, on_timer_closed);
    else
        free_sink(out);
}

static struct sink *stdout_open(const void *settings, const struct sink_host *host,
                                struct error *err)
{
    static const struct sink_class class = {
        .send = stdout_send,
        .cancel = stdout_cancel,
        .inherit = stdout_inherit,
        .close = stdout_close,
    };
    static const struct target_settings target = { .to_stdout = true };
    struct stdout_sink *out = calloc(1, sizeof *out);

    (void)settings;
    if (out == NULL)
        abort();
    out->sink = (struct sink){ &class, *host };
    if (target_open(&out->stream.target, &target, err) != 0) {
        free(out);
        return NULL;
    }
    if (host->loop != NULL) {
        uv_timer_init(host->loop, &out->again);
        out->again.data = out;
    }
    return &out->sink;
}

static const char no_settings;

const struct output_kind kind_stdout = {
    .name = "stdout",
    .summary = "writes to standard output",
    .defaults = { .format = "json", .batch_events = 65536, .batch_bytes = 128 << 10 },
    .is_on_machine = true,
    .settings = &no_settings,
    .settings_size = 1,
    .open = stdout_open,
};
