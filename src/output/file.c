#include "output/file.h"

#include <errno.h>
#include <stdlib.h>

#include "output/kind.h"
#include "output/stream.h"

struct file_sink {
    struct sink sink;
    struct target_settings settings;
    char *path; /* of the settings */
    struct stream stream;
    struct batch *batch; /* under way */
    int code;            /* of the writing that ended */
    bool is_reopening;   /* as soon as nothing is being written */
    uv_work_t work;
};

static struct file_sink *of(struct sink *sink)
{
    return (struct file_sink *)(void *)sink;
}

/* Files begin within a line when a process was killed while it wrote. */
static void look_for_tear(struct file_sink *file)
{
    file->stream.is_torn = target_is_torn(&file->stream.target, file->path);
}

static void reopen_now(struct file_sink *file);

/* The try is over. */
static void finish(struct file_sink *file)
{
    const struct sink_host *host = &file->sink.host;
    struct batch *batch = file->batch;
    struct outcome outcome = { .code = file->code == -EAGAIN ? -ECANCELED : file->code };
    struct error err = { 0 };

    file->batch = NULL;
    stream_end(&file->stream, batch);
    reopen_now(file);
    if (outcome.code != 0 && outcome.code != -ECANCELED) {
        error_set(&err, outcome.code, "cannot write: %s", strerror(-outcome.code));
        outcome.why = err.text;
    }
    host->done(host->context, &outcome);
}

/* What may block: a file always, a pipe only where somebody has the patience. */
static void write_batch(struct file_sink *file)
{
    const struct sink_host *host = &file->sink.host;

    do
        file->code = stream_write(&file->stream, file->batch);
    while (file->code == -EAGAIN && host->is_patient &&
           target_wait(&file->stream.target, host->interrupt));
}

static void on_work(uv_work_t *work)
{
    write_batch(work->data);
}

static void on_worked(uv_work_t *work, int status)
{
    (void)status;
    finish(work->data);
}

static void file_send(struct sink *sink, struct batch *batch)
{
    struct file_sink *file = of(sink);
    const struct sink_host *host = &sink->host;

    file->batch = batch;
    if (host->loop != NULL && !host->is_patient &&
        uv_queue_work(host->loop, &file->work, on_work, on_worked) == 0)
        return;
    write_batch(file);
    finish(file);
}

static int open_anew(struct file_sink *file, struct stream *fresh, struct error *err)
{
    int code;

    *fresh = (struct stream){ 0 };
    code = target_open(&fresh->target, &file->settings, err);
    if (code != 0)
        return code;
    code = target_settle(&fresh->target, &file->settings, err);
    if (code != 0 && target_abandon(&fresh->target, file->path) != 0)
        log_write(file->sink.host.log, LOG_LEVEL_WARNING,
                  "output '%.*s': cannot leave '%s' as it was", SPAN_ARG(file->sink.host.name),
                  file->path);
    return code;
}

static int open_in_its_place(struct file_sink *file, struct error *err)
{
    struct stream fresh;
    int code = open_anew(file, &fresh, err);

    if (code != 0)
        return code;
    stream_close(&file->stream);
    file->stream = fresh;
    look_for_tear(file);
    return 0;
}

static void reopen_now(struct file_sink *file)
{
    struct error err;

    if (file->is_reopening && open_in_its_place(file, &err) != 0)
        log_write(file->sink.host.log, LOG_LEVEL_ERROR, "output '%.*s': %s",
                  SPAN_ARG(file->sink.host.name), err.text);
    file->is_reopening = false;
}

static int file_reopen(struct sink *sink, struct error *err)
{
    struct file_sink *file = of(sink);

    if (file->batch == NULL)
        return open_in_its_place(file, err);
    file->is_reopening = true;
    return 0;
}

static int file_settle(struct sink *sink, struct error *err)
{
    struct file_sink *file = of(sink);

    return target_settle(&file->stream.target, &file->settings, err);
}

static void free_sink(struct file_sink *file)
{
    free(file->path);
    free(file);
}

static void file_abandon(struct sink *sink)
{
    struct file_sink *file = of(sink);
    int code = target_abandon(&file->stream.target, file->path);

    if (code != 0)
        log_write(sink->host.log, LOG_LEVEL_WARNING,
                  "output '%.*s': cannot leave '%s' as it was: %s", SPAN_ARG(sink->host.name),
                  file->path, strerror(-code));
    free_sink(file);
}

static void file_close(struct sink *sink, sink_closed *closed, void *context)
{
    struct file_sink *file = of(sink);
    int code = stream_close(&file->stream);

    if (code != 0)
        log_write(sink->host.log, LOG_LEVEL_WARNING, "output '%.*s': closing it failed: %s",
                  SPAN_ARG(sink->host.name), strerror(-code));
    free_sink(file);
    if (closed != NULL)
        closed(context);
}

static const struct sink_class class_file = {
    .send = file_send,
    .reopen = file_reopen,
    .settle = file_settle,
    .abandon = file_abandon,
    .close = file_close,
};

static struct sink *file_open(const void *settings, const struct sink_host *host, struct error *err)
{
    const struct file_settings *own = settings;
    struct file_sink *file = calloc(1, sizeof *file);

    if (file == NULL)
        abort();
    file->sink = (struct sink){ &class_file, *host };
    file->work.data = file;
    file->path = strndup(own->path.data, own->path.len);
    if (file->path == NULL)
        abort();
    file->settings = (struct target_settings){
        .path = span_of(file->path),
        .mode = own->mode,
        .has_mode = own->has_mode,
        .has_owner = own->owner.is_given,
        .uid = own->owner.id,
        .has_group = own->group.is_given,
        .gid = own->group.id,
    };
    if (target_open(&file->stream.target, &file->settings, err) != 0) {
        free_sink(file);
        return NULL;
    }
    look_for_tear(file);
    return &file->sink;
}

static int file_check(const void *settings, struct error *err)
{
    const struct file_settings *own = settings;

    if (own->path.data == NULL)
        return error_set(err, -EINVAL, "path: expected the file to write, found nothing");
    return 0;
}

static struct span file_place(const void *settings)
{
    return ((const struct file_settings *)settings)->path;
}

#define AT(member) offsetof(struct file_settings, member)

static const struct option options[] = {
    { .name = "path", .kind = OPTION_PATH, .offset = AT(path), .summary = "the file" },
    { .name = "mode",
      .kind = OPTION_MODE,
      .offset = AT(mode),
      .given = AT(has_mode),
      .summary = "its mode: '0640'" },
    { .name = "owner", .kind = OPTION_OWNER, .offset = AT(owner), .summary = "its owner" },
    { .name = "group", .kind = OPTION_GROUP, .offset = AT(group), .summary = "its group" },
};

static const struct file_settings nothing_given = { .mode = 0600 };

const struct output_kind kind_file = {
    .name = "file",
    .summary = "appends to a file",
    .defaults = { .format = "json", .batch_events = 65536, .batch_bytes = 128 << 10 },
    .is_on_machine = true,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings = &nothing_given,
    .settings_size = sizeof nothing_given,
    .check = file_check,
    .place = file_place,
    .open = file_open,
};
