#include "output/file.h"

#include <errno.h>
#include <stdlib.h>

#include "output/file_writer.h"
#include "output/generations.h"
#include "output/kind.h"

enum { PACK_RETRY_MS = 60000 /* after packing failed */ };

struct file_sink {
    struct sink sink;
    struct file_writer writer;
    struct sink_counts counts; /* as they were when the last job ended */
    struct batch *batch;       /* lent by the output */
    uv_work_t work;            /* writes, or tends the file */
    bool is_working;
    int code; /* of the writing that ended */
    struct error err;
    uv_work_t packing;
    bool is_packing;
    bool has_plain;         /* there may be older files to pack */
    int pack_code;          /* of the packing that ended */
    uint64_t pack_after_ms; /* not before; uv_hrtime */
    atomic_bool stop;       /* packing should end */
    bool is_reopening;      /* as soon as nothing is being written */
    bool is_closing;
    sink_closed *closed;
    void *closed_context;
};

static struct file_sink *of(struct sink *sink)
{
    return (struct file_sink *)(void *)sink;
}

/* Nobody turns the loop, or somebody waits: then everything is done at once. */
static bool is_at_once(const struct file_sink *file)
{
    return file->sink.host.loop == NULL || file->sink.host.is_patient;
}

/* ---- packing ---- */

static enum packing packing_of(const struct file_sink *file)
{
    return file->writer.settings.rotates ? (enum packing)file->writer.settings.rotate.compress
                                         : PACKING_NONE;
}

/* Packs one older file. */
static void pack_one(struct file_sink *file)
{
    const char *path = file->writer.path;
    unsigned number = generations_find_plain(path);

    file->pack_code =
        number == 0 ? -ENOENT : generations_pack(path, number, packing_of(file), &file->stop);
}

static void end_packing(struct file_sink *file)
{
    int code = file->pack_code;

    file->writer.may_rotate = true;
    file->has_plain = code == 0;
    if (code == 0)
        file->pack_after_ms = 0;
    if (code == 0 || code == -ENOENT || code == -ECANCELED)
        return;
    if (file->pack_after_ms == 0)
        log_write(file->sink.host.log, LOG_LEVEL_WARNING,
                  "output '%.*s': cannot compress an older file: %s",
                  SPAN_ARG(file->sink.host.name), strerror(-code));
    file->has_plain = true;
    file->pack_after_ms = uv_hrtime() / 1000000 + PACK_RETRY_MS;
}

static void go_on(struct file_sink *file);

static void on_pack(uv_work_t *work)
{
    pack_one(work->data);
}

static void on_packed(uv_work_t *work, int status)
{
    struct file_sink *file = work->data;

    (void)status;
    file->is_packing = false;
    end_packing(file);
    go_on(file);
}

/* Begins to pack, while nothing is being written: the writer sees only then that it may not rotate.
 */
static void begin_packing(struct file_sink *file)
{
    if (!file->has_plain || file->is_packing || packing_of(file) == PACKING_NONE ||
        uv_hrtime() / 1000000 < file->pack_after_ms)
        return;
    file->writer.may_rotate = false;
    if (!is_at_once(file)) {
        file->is_packing =
            uv_queue_work(file->sink.host.loop, &file->packing, on_pack, on_packed) == 0;
        if (file->is_packing)
            return;
    }
    do {
        pack_one(file);
        end_packing(file);
    } while (file->pack_code == 0);
}

/* ---- writing ---- */

static void reopen_now(struct file_sink *file)
{
    struct error err;

    if (file->is_reopening && file_writer_reopen(&file->writer, &err) != 0)
        log_write(file->sink.host.log, LOG_LEVEL_ERROR, "output '%.*s': %s",
                  SPAN_ARG(file->sink.host.name), err.text);
    file->is_reopening = false;
}

/* What may block: a file always, a pipe only where somebody has the patience. */
static void write_batch(struct file_sink *file)
{
    const struct sink_host *host = &file->sink.host;

    do
        file->code = file_writer_write(&file->writer, file->batch, &file->err);
    while (file->code == -EAGAIN && host->is_patient &&
           target_wait(&file->writer.stream.target, host->interrupt));
    file_writer_end(&file->writer, file->batch);
}

/* The try is over. */
static void finish(struct file_sink *file)
{
    const struct sink_host *host = &file->sink.host;
    struct outcome outcome = { .code = file->code == -EAGAIN ? -ECANCELED : file->code };

    if (outcome.code != 0 && outcome.code != -ECANCELED)
        outcome.why = file->err.text;
    file->batch = NULL;
    host->done(host->context, &outcome);
}

static void take_counts(struct file_sink *file)
{
    file->has_plain = file->has_plain || file->counts.rotations != file->writer.rotations;
    file->counts.rotations = file->writer.rotations;
    file->counts.torn = file->writer.torn;
}

static void on_work(uv_work_t *work)
{
    struct file_sink *file = work->data;

    if (file->batch != NULL)
        write_batch(file);
    else
        file_writer_tend(&file->writer);
}

static void on_written(uv_work_t *work, int status)
{
    struct file_sink *file = work->data;

    (void)status;
    file->is_working = false;
    take_counts(file);
    reopen_now(file);
    begin_packing(file);
    finish(file); /* may send the next batch, or close */
}

static void on_tended(uv_work_t *work, int status)
{
    struct file_sink *file = work->data;

    (void)status;
    file->is_working = false;
    take_counts(file);
    go_on(file);
}

static void write_at_once(struct file_sink *file)
{
    write_batch(file);
    take_counts(file);
    begin_packing(file);
    finish(file);
}

/* Begins what is to be done next, where nothing is being written. */
static void begin_writing(struct file_sink *file)
{
    file->is_working = uv_queue_work(file->sink.host.loop, &file->work, on_work, on_written) == 0;
    if (!file->is_working)
        write_at_once(file);
}

static void file_send(struct sink *sink, struct batch *batch)
{
    struct file_sink *file = of(sink);

    file->batch = batch;
    if (is_at_once(file))
        write_at_once(file);
    else if (!file->is_working)
        begin_writing(file);
}

static void free_sink(struct file_sink *file)
{
    sink_closed *closed = file->closed;
    void *context = file->closed_context;

    file_writer_close(&file->writer);
    free(file);
    if (closed != NULL)
        closed(context);
}

/* A job has ended. */
static void go_on(struct file_sink *file)
{
    if (file->is_working)
        return;
    reopen_now(file);
    if (file->is_closing && !file->is_packing) {
        free_sink(file);
        return;
    }
    if (file->is_closing)
        return;
    begin_packing(file);
    if (file->batch != NULL)
        begin_writing(file);
}

static void file_tick(struct sink *sink, uint64_t now_ms)
{
    struct file_sink *file = of(sink);

    (void)now_ms;
    if (file->is_working || file->batch != NULL || !file_writer_is_due(&file->writer))
        return;
    if (!is_at_once(file)) {
        file->is_working = uv_queue_work(sink->host.loop, &file->work, on_work, on_tended) == 0;
        if (file->is_working)
            return;
    }
    file_writer_tend(&file->writer);
    take_counts(file);
    begin_packing(file);
}

static int file_reopen(struct sink *sink, struct error *err)
{
    struct file_sink *file = of(sink);

    if (!file->is_working)
        return file_writer_reopen(&file->writer, err);
    file->is_reopening = true;
    return 0;
}

static int file_settle(struct sink *sink, struct error *err)
{
    return file_writer_settle(&of(sink)->writer, err);
}

static void file_abandon(struct sink *sink)
{
    struct file_sink *file = of(sink);

    file_writer_abandon(&file->writer);
    free(file);
}

static void file_inherit(struct sink *fresh, struct sink *old)
{
    stream_inherit(&of(fresh)->writer.stream, &of(old)->writer.stream);
}

static void file_close(struct sink *sink, sink_closed *closed, void *context)
{
    struct file_sink *file = of(sink);

    file->is_closing = true;
    file->closed = closed;
    file->closed_context = context;
    atomic_store(&file->stop, true); /* what is half packed is packed at the next start */
    if (!file->is_working && !file->is_packing)
        free_sink(file);
}

static void file_count(const struct sink *sink, struct sink_counts *counts)
{
    const struct file_sink *file = (const struct file_sink *)(const void *)sink;

    counts->rotations += file->counts.rotations;
    counts->torn += file->counts.torn;
}

static const struct sink_class class_file = {
    .send = file_send,
    .tick = file_tick,
    .reopen = file_reopen,
    .settle = file_settle,
    .abandon = file_abandon,
    .inherit = file_inherit,
    .close = file_close,
    .count = file_count,
};

static struct sink *file_open(const void *settings, const struct sink_host *host, struct error *err)
{
    struct file_sink *file = calloc(1, sizeof *file);

    if (file == NULL)
        abort();
    file->sink = (struct sink){ &class_file, *host };
    file->work.data = file->packing.data = file;
    file->has_plain = true; /* laudit may have ended while it packed */
    if (file_writer_open(&file->writer, settings, host, err) == 0)
        return &file->sink;
    free(file);
    return NULL;
}

static int file_check(const void *settings, struct error *err)
{
    const struct file_settings *own = settings;

    if (own->path.data == NULL)
        return error_set(err, -EINVAL, "path: expected the file to write, found nothing");
    if (own->rotates && own->path.len > PATH_MAX - GENERATION_SUFFIX - 1)
        return error_set(err, -EINVAL,
                         "path: expected at most %d bytes for a file that rotates, found %zu",
                         PATH_MAX - GENERATION_SUFFIX - 1, own->path.len);
    if (own->rotates && own->rotate.size == 0 && own->rotate.every == EVERY_NEVER)
        return error_set(err, -EINVAL, "rotate: expected 'size' or 'every', found neither");
    if (own->low.action == LOW_DELETE_OLDEST && !own->rotates)
        return error_set(err, -EINVAL,
                         "free: 'delete_oldest' needs 'rotate': there are no older "
                         "files without it");
    return 0;
}

static struct span file_place(const void *settings)
{
    return ((const struct file_settings *)settings)->path;
}

static bool file_owns(const void *settings, struct span name)
{
    const struct file_settings *own = settings;

    return own->rotates && generations_is_name(own->path, name);
}

#define AT(member) offsetof(struct file_settings, member)

static const char *const everies[] = { "never", "hour", "day", "week", NULL };
static const char *const packings[] = { "none", "zstd", "gzip", NULL };
static const char *const syncs[] = { "none", "interval", "batch", NULL };
static const char *const actions[] = { "wait", "delete_oldest", "warn", NULL };

static const struct option rotate_options[] = {
    { .name = "size",
      .kind = OPTION_SIZE,
      .offset = AT(rotate.size),
      .summary = "bytes after which another file is begun" },
    { .name = "every",
      .kind = OPTION_CHOICE,
      .offset = AT(rotate.every),
      .choices = everies,
      .summary = "at the turn of the hour, day or week, in local time" },
    { .name = "keep",
      .kind = OPTION_COUNT,
      .offset = AT(rotate.keep),
      .most = FILE_KEEP_MOST,
      .summary = "older files that stay" },
    { .name = "compress",
      .kind = OPTION_CHOICE,
      .offset = AT(rotate.compress),
      .choices = packings,
      .summary = "how older files are packed" },
};

static const struct option low_options[] = {
    { .name = "floor",
      .kind = OPTION_SPACE,
      .offset = AT(low.floor),
      .summary = "what is to stay free on the file system: '500MiB' or '5%'" },
    { .name = "action",
      .kind = OPTION_CHOICE,
      .offset = AT(low.action),
      .choices = actions,
      .summary = "what is done when it does not" },
};

static const struct option options[] = {
    { .name = "path", .kind = OPTION_PATH, .offset = AT(path), .summary = "the file" },
    { .name = "mode",
      .kind = OPTION_MODE,
      .offset = AT(mode),
      .given = AT(has_mode),
      .summary = "its mode: '0640'" },
    { .name = "owner", .kind = OPTION_OWNER, .offset = AT(owner), .summary = "its owner" },
    { .name = "group", .kind = OPTION_GROUP, .offset = AT(group), .summary = "its group" },
    { .name = "rotate",
      .kind = OPTION_TABLE,
      .given = AT(rotates),
      .inside = rotate_options,
      .inside_count = sizeof rotate_options / sizeof rotate_options[0],
      .summary = "when another file is begun, and what becomes of the older ones" },
    { .name = "sync",
      .kind = OPTION_CHOICE,
      .offset = AT(sync),
      .choices = syncs,
      .summary = "when what was written is forced to the disk" },
    { .name = "sync_seconds",
      .kind = OPTION_SECONDS,
      .offset = AT(sync_s),
      .summary = "how often, with sync = 'interval'" },
    { .name = "free",
      .kind = OPTION_TABLE,
      .inside = low_options,
      .inside_count = sizeof low_options / sizeof low_options[0],
      .summary = "room that is left to others" },
};

static const struct file_settings nothing_given = {
    .mode = 0600,
    .rotate = { .keep = 7 },
    .sync_s = 5,
};

const struct output_kind kind_file = {
    .name = "file",
    .summary = "appends to a file",
    .defaults = { .format = "json", .batch_events = 65536, .batch_bytes = 1 << 20 },
    .is_on_machine = true,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings = &nothing_given,
    .settings_size = sizeof nothing_given,
    .check = file_check,
    .place = file_place,
    .owns = file_owns,
    .open = file_open,
};
