#include "output/file_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "output/generations.h"
#include "output/rotation.h"

enum {
    RETRY_S = 60,         /* after a rotation that failed */
    TAIL_MOST = 16 << 20, /* bytes of a torn line that are cut */
    TAIL_PIECE = 64 << 10 /* bytes that are looked at together */
};

static struct target_settings target_settings(const struct file_writer *writer)
{
    const struct file_settings *settings = &writer->settings;

    return (struct target_settings){
        .path = settings->path,
        .mode = settings->mode,
        .has_mode = settings->has_mode,
        .has_owner = settings->owner.is_given,
        .uid = settings->owner.id,
        .has_group = settings->group.is_given,
        .gid = settings->group.id,
    };
}

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

int file_writer_open(struct file_writer *writer, const struct file_settings *settings,
                     const struct sink_host *host, struct error *err)
{
    *writer = (struct file_writer){ .settings = *settings, .log = host->log, .name = host->name };
    writer->path = strndup(settings->path.data, settings->path.len);
    if (writer->path == NULL)
        abort();
    writer->settings.path = span_of(writer->path);
    writer->may_rotate = true;
    writer->synced_ms = now_ms();

    struct target_settings target = target_settings(writer);
    int code = target_open(&writer->stream.target, &target, err);

    if (code != 0)
        free(writer->path);
    return code;
}

int file_writer_settle(struct file_writer *writer, struct error *err)
{
    struct target_settings target = target_settings(writer);

    return target_settle(&writer->stream.target, &target, err);
}

void file_writer_abandon(struct file_writer *writer)
{
    int code = target_abandon(&writer->stream.target, writer->path);

    if (code != 0)
        log_write(writer->log, LOG_LEVEL_WARNING, "output '%.*s': cannot leave '%s' as it was: %s",
                  SPAN_ARG(writer->name), writer->path, strerror(-code));
    free(writer->path);
}

/* ---- what was there before ---- */

/* Where the last whole line of `size` bytes ends, or -1 when that is too far away to be sure. */
static off_t find_end(int fd, off_t size)
{
    char piece[TAIL_PIECE];
    off_t at = size;

    while (at > 0 && size - at < TAIL_MOST) {
        size_t len = at < TAIL_PIECE ? (size_t)at : TAIL_PIECE;

        if (pread(fd, piece, len, at - (off_t)len) != (ssize_t)len)
            return -1;

        const char *newline = memrchr(piece, '\n', len);

        if (newline != NULL)
            return at - (off_t)len + (newline + 1 - piece);
        at -= (off_t)len;
    }
    return at == 0 ? 0 : -1;
}

/* Takes off the beginning of a line that somebody was killed in. */
static void cut_torn(struct file_writer *writer)
{
    struct stream *stream = &writer->stream;
    struct stat status;
    int fd = open(writer->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    stream->is_torn = true; /* a newline goes first, if nothing better is to be had */
    if (fd >= 0 && fstat(fd, &status) == 0) {
        off_t end = find_end(fd, status.st_size);

        if (end >= 0 && ftruncate(stream->target.fd, end) == 0) {
            stream->is_torn = false;
            writer->torn++;
            log_write(writer->log, LOG_LEVEL_WARNING,
                      "output '%.*s': cut %lld bytes of a line off '%s' that was written in part",
                      SPAN_ARG(writer->name), (long long)(status.st_size - end), writer->path);
        }
    }
    if (fd >= 0)
        close(fd);
}

/* How big and how old the file is, that somebody else may have written to. */
static void look_at_file(struct file_writer *writer)
{
    const struct file_settings *settings = &writer->settings;
    struct stat status;

    if (writer->is_checked)
        return;
    writer->is_checked = true;
    if (!writer->stream.target.is_regular)
        return;
    if (settings->rotates && !writer->is_repaired)
        rotation_repair(writer->path);
    writer->is_repaired = true;
    if (fstat(writer->stream.target.fd, &status) == 0)
        writer->period =
            rotation_period((enum file_every)settings->rotate.every, status.st_mtim.tv_sec);
    if (target_is_torn(&writer->stream.target, writer->path))
        cut_torn(writer);
    writer->size = fstat(writer->stream.target.fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* ---- rotation ---- */

static bool is_old(const struct file_writer *writer)
{
    enum file_every every = (enum file_every)writer->settings.rotate.every;

    return every != EVERY_NEVER && writer->size > 0 &&
           rotation_period(every, time(NULL)) != writer->period;
}

static bool can_rotate(const struct file_writer *writer)
{
    return writer->settings.rotates && writer->stream.target.is_regular && writer->may_rotate &&
           !writer->stream.is_torn && writer->stream.begun.len == 0 &&
           (writer->rotate_after == 0 || time(NULL) >= writer->rotate_after);
}

static int sync_file(struct file_writer *writer)
{
    writer->synced_ms = now_ms();
    if (!writer->is_dirty || !writer->stream.target.is_regular)
        return 0;
    if (fdatasync(writer->stream.target.fd) != 0)
        return -errno;
    writer->is_dirty = false;
    return 0;
}

/* Puts a fresh file in the place of this one. 0, or a negative errno with a sentence. */
static int turn(struct file_writer *writer, struct error *err)
{
    struct target_settings target = target_settings(writer);
    int code = writer->settings.sync != SYNC_NONE ? sync_file(writer) : 0;

    if (code != 0)
        return error_set(err, code, "cannot sync '%s': %s", writer->path, strerror(-code));
    code = rotation_turn(&writer->stream.target, &target, writer->settings.rotate.keep, err);
    if (code != 0)
        return code;
    writer->rotations++;
    writer->size = 0;
    writer->is_dirty = false;
    return 0;
}

/* Goes on in another file, if that can be. */
static void rotate(struct file_writer *writer)
{
    struct error err;
    int code;

    if (!can_rotate(writer))
        return;
    if (target_is_at(&writer->stream.target, writer->path)) {
        code = turn(writer, &err);
    } else { /* somebody else has moved it away */
        code = file_writer_reopen(writer, &err);
        if (code == 0)
            look_at_file(writer);
    }
    if (code == 0) {
        writer->rotate_after = 0;
        writer->begun = writer->stream.sent;
        return;
    }
    if (writer->rotate_after == 0)
        log_write(writer->log, LOG_LEVEL_WARNING, "output '%.*s': cannot rotate: %s",
                  SPAN_ARG(writer->name), err.text);
    writer->rotate_after = time(NULL) + RETRY_S;
}

/* How far the batch can be written into this file; `sent` when that is full. */
static size_t find_limit(const struct file_writer *writer, const struct batch *batch)
{
    uint64_t most = writer->settings.rotate.size;
    size_t sent = writer->stream.sent, limit = sent;

    if (most == 0 || !can_rotate(writer) || writer->size + (batch->bytes.len - sent) <= most)
        return batch->bytes.len;
    for (size_t i = 0; i < batch->count; i++) {
        size_t end = batch->messages[i].begin + batch->messages[i].len;

        if (end <= sent)
            continue;
        if (writer->size + (end - sent) > most && (writer->size > 0 || limit > sent))
            break;
        limit = end;
    }
    return limit;
}

/* ---- room ---- */

static bool is_below_floor(const struct file_writer *writer, uint64_t coming, uint64_t *available)
{
    const struct option_space *floor = &writer->settings.low.floor;
    struct statvfs system;

    if (!floor->is_given || fstatvfs(writer->stream.target.fd, &system) != 0)
        return false;

    uint64_t block = system.f_frsize;
    double least = floor->percent > 0
                       ? (double)system.f_blocks * (double)block * floor->percent / 100
                       : (double)floor->bytes;

    *available = system.f_bavail * block;
    return (double)*available < least + (double)coming;
}

static bool delete_oldest(struct file_writer *writer)
{
    char name[PATH_MAX];

    if (writer->settings.low.action != LOW_DELETE_OLDEST ||
        !generations_delete_oldest(writer->path, name))
        return false;
    log_write(writer->log, LOG_LEVEL_WARNING, "output '%.*s': deleted '%s' to make room",
              SPAN_ARG(writer->name), name);
    return true;
}

/* 0 when `coming` bytes may be written. */
static int make_room(struct file_writer *writer, uint64_t coming, struct error *err)
{
    uint64_t available = 0;
    bool is_low = writer->stream.target.is_regular && is_below_floor(writer, coming, &available);

    while (is_low && delete_oldest(writer))
        is_low = is_below_floor(writer, coming, &available);
    if (is_low && writer->settings.low.action != LOW_WARN)
        return error_set(err, -ENOSPC,
                         "waits for room: %llu MiB are free, which is below its floor",
                         (unsigned long long)(available >> 20));
    if (is_low && !writer->is_low)
        log_write(writer->log, LOG_LEVEL_WARNING, "output '%.*s': only %llu MiB are free",
                  SPAN_ARG(writer->name), (unsigned long long)(available >> 20));
    if (!is_low && writer->is_low)
        log_write(writer->log, LOG_LEVEL_WARNING, "output '%.*s': there is room again",
                  SPAN_ARG(writer->name));
    writer->is_low = is_low;
    return 0;
}

/* ---- writing ---- */

/* Writes up to `end` of the batch; deletes what is oldest when the disk is full. */
static int write_to(struct file_writer *writer, const struct batch *batch, size_t end)
{
    size_t before = writer->stream.sent;
    int code;

    do
        code = stream_write(&writer->stream, batch, end);
    while ((code == -ENOSPC || code == -EDQUOT) && delete_oldest(writer));
    if (writer->stream.sent > before) {
        writer->size += writer->stream.sent - before;
        writer->is_dirty = true;
        writer->period =
            rotation_period((enum file_every)writer->settings.rotate.every, time(NULL));
    }
    return code;
}

/* What was not synced is not delivered: it is taken off the file again. */
static int sync_batch(struct file_writer *writer, struct error *err)
{
    size_t written = writer->stream.sent - writer->begun;
    int code = sync_file(writer);

    if (code == 0)
        return 0;
    if (target_cut(&writer->stream.target, written)) {
        writer->stream.sent = writer->begun;
        writer->size -= written;
    }
    return error_set(err, code, "cannot sync '%s': %s", writer->path, strerror(-code));
}

static bool is_interval_over(const struct file_writer *writer)
{
    return writer->settings.sync == SYNC_INTERVAL && writer->is_dirty &&
           (double)(now_ms() - writer->synced_ms) >= writer->settings.sync_s * 1000;
}

static void sync_by_interval(struct file_writer *writer)
{
    int code = is_interval_over(writer) ? sync_file(writer) : 0;

    if (code != 0)
        log_write(writer->log, LOG_LEVEL_WARNING, "output '%.*s': cannot sync '%s': %s",
                  SPAN_ARG(writer->name), writer->path, strerror(-code));
}

int file_writer_write(struct file_writer *writer, const struct batch *batch, struct error *err)
{
    int code = 0;

    look_at_file(writer);
    if (is_old(writer))
        rotate(writer);
    while (writer->stream.sent < batch->bytes.len && code == 0) {
        size_t end = find_limit(writer, batch);

        if (end == writer->stream.sent) {
            rotate(writer); /* if it cannot be, find_limit knows */
            continue;
        }
        code = make_room(writer, end - writer->stream.sent, err);
        if (code != 0)
            break;
        code = write_to(writer, batch, end);
        if (code != 0 && code != -EAGAIN)
            error_set(err, code, "cannot write to '%s': %s", writer->path, strerror(-code));
    }
    if (code == 0 && writer->settings.sync == SYNC_BATCH)
        code = sync_batch(writer, err);
    sync_by_interval(writer);
    return code;
}

void file_writer_end(struct file_writer *writer, struct batch *batch)
{
    struct stat status;

    stream_end(&writer->stream, batch);
    writer->begun = 0;
    if (writer->stream.target.is_regular && fstat(writer->stream.target.fd, &status) == 0)
        writer->size = (uint64_t)status.st_size;
}

bool file_writer_is_due(const struct file_writer *writer)
{
    return is_interval_over(writer) || (is_old(writer) && can_rotate(writer));
}

void file_writer_tend(struct file_writer *writer)
{
    look_at_file(writer);
    if (is_old(writer))
        rotate(writer);
    sync_by_interval(writer);
}

int file_writer_reopen(struct file_writer *writer, struct error *err)
{
    struct target_settings settings = target_settings(writer);
    struct target fresh;
    int code = target_open(&fresh, &settings, err);

    if (code != 0)
        return code;
    code = target_settle(&fresh, &settings, err);
    if (code != 0) {
        if (target_abandon(&fresh, writer->path) != 0)
            log_write(writer->log, LOG_LEVEL_WARNING, "output '%.*s': cannot leave '%s' as it was",
                      SPAN_ARG(writer->name), writer->path);
        return code;
    }
    if (writer->settings.sync != SYNC_NONE)
        sync_file(writer);
    if (!target_is_same_pipe(&writer->stream.target, &fresh)) {
        writer->stream.is_torn = false;
        buffer_clear(&writer->stream.begun);
    }
    target_close(&writer->stream.target);
    writer->stream.target = fresh;
    writer->is_checked = writer->is_dirty = false;
    return 0;
}

void file_writer_close(struct file_writer *writer)
{
    int code = writer->settings.sync != SYNC_NONE ? sync_file(writer) : 0;
    int closing = stream_close(&writer->stream);

    if (code == 0)
        code = closing;
    if (code != 0)
        log_write(writer->log, LOG_LEVEL_WARNING, "output '%.*s': closing it failed: %s",
                  SPAN_ARG(writer->name), strerror(-code));
    free(writer->path);
}
