#include "output/spool_inside.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"

static void close_descriptor(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void spool_add_segment(struct spool *spool, const struct spool_segment *segment)
{
    if (spool->count == spool->room) {
        spool->segments = array_grow(spool->segments, spool->room, sizeof *spool->segments);
        spool->room = spool->room == 0 ? 1 : 2 * spool->room;
    }
    spool->segments[spool->count++] = *segment;
    spool->stats.file_bytes += segment->size;
}

void spool_delete_segment(const struct spool *spool, uint64_t number)
{
    char name[SPOOL_SEGMENT_NAME];

    spool_segment_name(number, name);
    unlinkat(spool->folder, name, 0);
}

int spool_write_position(struct spool *spool)
{
    int code = spool_position_write(&spool->position_file, &spool->position);

    spool->is_position_old = code != 0;
    return code;
}

struct spool *spool_open(const struct spool_settings *settings, const struct log *log,
                         struct error *err)
{
    struct spool *spool = calloc(1, sizeof *spool);

    if (spool == NULL || (spool->path = strndup(settings->path.data, settings->path.len)) == NULL)
        abort();
    spool->settings = *settings;
    spool->settings.path = span_of(spool->path);
    spool->log = log;
    spool->next = batch_new();
    spool->folder = spool->fd = spool->reader.fd = spool->position_file.fd = -1;
    spool->next_number = spool->next_serial = 1;
    if (spool_begin(spool, err) != 0) {
        error_within(err, "spool '%s'", spool->path);
        spool_close(spool);
        return NULL;
    }
    return spool;
}

static bool needs_segment(const struct spool *spool)
{
    uint64_t limit = spool->settings.bytes / 16;

    if (limit > SPOOL_SEGMENT)
        limit = SPOOL_SEGMENT;
    if (limit < SPOOL_SEGMENT_LEAST)
        limit = SPOOL_SEGMENT_LEAST;
    return spool->fd < 0 || spool->segments[spool->count - 1].size >= limit;
}

/* Makes a segment that is to be written from now on. */
static int begin_segment(struct spool *spool)
{
    struct spool_segment segment = { .number = spool->next_number, .salt = spool->salt };
    char name[SPOOL_SEGMENT_NAME];

    spool_segment_name(segment.number, name);

    int fd = spool_segment_create(&segment, spool->folder, name);

    if (fd < 0)
        return fd;
    if (spool->settings.syncs && fsync(spool->folder) != 0) {
        int code = -errno;

        spool_delete_segment(spool, segment.number);
        close(fd);
        return code;
    }
    close_descriptor(&spool->fd);
    spool->fd = fd;
    spool->next_number++;
    spool_add_segment(spool, &segment);
    return 0;
}

int spool_append(struct spool *spool, const struct batch *batch, struct error *err)
{
    if (batch_count_fate(batch, FATE_WAITING) == 0)
        return 0;

    int code = spool_frame_pack(&spool->frame, batch, spool->salt, spool->next_serial);
    bool is_new = needs_segment(spool);
    uint64_t needed = spool->frame.size + (is_new ? SPOOL_SEGMENT_HEADER : 0);

    if (code != 0)
        return error_set(err, code, "a batch of %zu bytes is too long", batch->bytes.len);
    if (spool->stats.file_bytes > spool->settings.bytes ||
        needed > spool->settings.bytes - spool->stats.file_bytes)
        return error_set(err, -ENOSPC, "it is full (%llu of %llu bytes)",
                         (unsigned long long)spool->stats.file_bytes,
                         (unsigned long long)spool->settings.bytes);
    if (is_new)
        code = begin_segment(spool);
    if (code != 0)
        return error_set(err, code, "cannot begin a segment: %s", strerror(-code));

    struct spool_segment *segment = &spool->segments[spool->count - 1];
    uint64_t messages = spool->frame.head.count, bytes = spool->frame.size;

    code = spool_segment_write(segment, spool->fd, &spool->frame, spool->settings.syncs);
    if (code != 0)
        return error_set(err, code, "cannot write: %s", strerror(-code));
    spool->next_serial++;
    segment->messages += messages;
    segment->bytes += bytes;
    spool->stats.messages += messages;
    spool->stats.bytes += bytes;
    spool->stats.file_bytes += bytes;
    return 0;
}

static int reader_descriptor(struct spool *spool)
{
    char name[SPOOL_SEGMENT_NAME];

    if (spool->fd >= 0 && spool->reader.index == spool->count - 1)
        return spool->fd;
    if (spool->reader.fd < 0) {
        spool_segment_name(spool->segments[spool->reader.index].number, name);
        spool->reader.fd = spool_segment_open(spool->folder, name);
    }
    return spool->reader.fd;
}

/* Nothing more is to be had from the segment now; false when it is the last. */
static bool leave_segment(struct spool *spool)
{
    struct spool_segment *segment = &spool->segments[spool->reader.index];
    struct spool_place *place = &spool->reader.place;

    spool->stats.lost += segment->messages;
    spool->stats.messages -= segment->messages;
    spool->stats.bytes -= segment->bytes;
    if (segment->messages > 0 && place->damaged <= segment->damaged)
        place->damaged = segment->damaged + 1;
    if (place->damaged > segment->damaged) {
        spool->stats.damaged_frames += place->damaged - segment->damaged;
        segment->damaged = place->damaged;
    }
    segment->messages = segment->bytes = 0;
    place->offset = segment->size;
    if (spool->reader.index == spool->count - 1)
        return false;
    close_descriptor(&spool->reader.fd);
    spool->reader.index++;
    place->offset = SPOOL_SEGMENT_HEADER;
    place->damaged = 0;
    return true;
}

/* The frame that stood at `before` is in the batch, or its rest: it is handed out. */
static void hand_out(struct spool *spool, const struct spool_frame_head *head,
                     const struct spool_place *before, struct batch *batch)
{
    struct spool_segment *segment = &spool->segments[spool->reader.index];
    struct spool_reading *last = &spool->last;
    uint64_t bytes = sizeof *head + head->len, known = segment->messages;

    if (head->serial == spool->rest.serial) {
        batch_clear(batch);
        spool_rest_copy(spool->rest.batch, batch);
    }
    if (batch->count > known)
        spool->stats.messages += batch->count - known;
    segment->messages -= batch->count < known ? batch->count : known;
    segment->bytes -= bytes < segment->bytes ? bytes : segment->bytes;
    spool->out_messages += batch->count;
    spool->out_bytes += bytes;
    if (last->count == 0)
        *last = (struct spool_reading){ .before = *before, .serial = head->serial };
    last->before_final = *before;
    last->final_serial = head->serial;
    last->final_bytes = bytes;
    last->count += batch->count;
    last->bytes += bytes;
}

/* Remembers on disk what is handed out. */
static void note_handed(struct spool *spool)
{
    uint64_t serial = spool->last.final_serial;

    if (spool->position.handed > serial && !spool->is_position_old)
        return;
    if (spool->position.handed <= serial)
        spool->position.handed = serial + 1;
    spool_write_position(spool); /* a disk that is full must not keep it from being emptied */
    if (spool->settings.syncs)
        spool_position_sync(&spool->position_file);
}

/* Reads the next frame of the segment. 1; 0: it has no more; -EBADMSG: it is damaged; or a negative
 * errno. */
static int read_frame(struct spool *spool, struct spool_frame_head *head, struct batch *batch)
{
    const struct spool_segment *segment = &spool->segments[spool->reader.index];
    int fd = reader_descriptor(spool);
    int code =
        fd < 0 ? fd : spool_segment_next(segment, fd, &spool->reader.place, head, &spool->payload);

    if (code != 1)
        return code;
    return spool_frame_unpack(head, buffer_span(&spool->payload), batch) == 0 ? 1 : -EBADMSG;
}

/* Puts the frames behind it to the batch: as they were written in haste, each is small. */
static void gather(struct spool *spool, struct batch *batch)
{
    const struct spool_settings *most = &spool->settings;
    struct batch *next = spool->next;
    struct spool_frame_head head;

    while (batch->count < most->read_messages && batch->bytes.len < most->read_bytes) {
        struct spool_place before = spool->reader.place;

        if (read_frame(spool, &head, next) != 1 || head.serial == spool->rest.serial ||
            batch->count + next->count > most->read_messages ||
            batch->bytes.len + next->bytes.len > most->read_bytes) {
            spool->reader.place = before; /* for the next read */
            return;
        }
        hand_out(spool, &head, &before, next);
        spool_rest_copy(next, batch);
    }
}

int spool_read(struct spool *spool, struct batch *batch, struct error *err)
{
    struct spool_frame_head head;

    batch_clear(batch);
    spool->last.count = 0;
    while (spool->reader.index < spool->count) {
        struct spool_place before = spool->reader.place;
        int code = read_frame(spool, &head, batch);

        if (code == 1) {
            hand_out(spool, &head, &before, batch);
            gather(spool, batch);
            note_handed(spool);
            return 1;
        }
        if (code == -EBADMSG) {
            spool->reader.place.damaged++;
        } else if (code < 0) {
            spool->reader.place = before;
            return error_set(err, code, "cannot read: %s", strerror(-code));
        } else if (!leave_segment(spool)) {
            return 0;
        }
    }
    return 0;
}

/* Deletes what nobody will read again. */
static void delete_done(struct spool *spool)
{
    size_t done = spool->reader.index;

    if (done < spool->count && spool->segments[done].messages == 0) {
        done++;
        close_descriptor(&spool->reader.fd);
        spool->reader.place.offset = SPOOL_SEGMENT_HEADER;
        spool->reader.place.damaged = 0;
    }
    for (size_t i = 0; i < done; i++) {
        spool_delete_segment(spool, spool->segments[i].number);
        spool->stats.file_bytes -= spool->segments[i].size;
    }
    if (done > 0 && done == spool->count)
        close_descriptor(&spool->fd);
    spool->count -= done;
    memmove(spool->segments, spool->segments + done, spool->count * sizeof *spool->segments);
    spool->reader.index = 0;
}

int spool_acknowledge(struct spool *spool, struct error *err)
{
    bool is_news = spool->out_messages > 0 || spool->is_position_old;
    int code = 0;

    spool->last.count = 0;
    spool->stats.messages -= spool->out_messages;
    spool->stats.bytes -= spool->out_bytes;
    spool->out_messages = spool->out_bytes = 0;
    if (spool->position.acknowledged < spool->reader.place.serial)
        spool->position.acknowledged = spool->reader.place.serial;
    if (spool->position.handed < spool->position.acknowledged)
        spool->position.handed = spool->position.acknowledged;
    if (is_news)
        code = spool_write_position(spool);
    if (spool->rest.serial != 0 && spool->rest.serial < spool->position.acknowledged)
        spool_rest_forget(&spool->rest, spool->folder);
    if (spool->count > 0)
        delete_done(spool);
    return code == 0 ? 0 : error_set(err, code, "cannot write the position: %s", strerror(-code));
}

/* The messages of the batch that wait stand in the place of the last frame; the frames before it
 * are done with. */
static int keep_rest(struct spool *spool, const struct batch *batch)
{
    const struct spool_reading *last = &spool->last;
    int code = spool_rest_keep(&spool->rest, spool->folder, batch, last->final_serial,
                               spool->settings.syncs);

    spool->reader.place = last->before_final;
    spool->stats.bytes -= last->bytes - last->final_bytes;
    if (code != 0 || last->serial == last->final_serial || spool->out_messages > 0)
        return code; /* after a kill those before it come again */
    spool->position.acknowledged = last->final_serial;
    return spool_write_position(spool);
}

static int return_batch(struct spool *spool, const struct batch *batch, bool is_unsent,
                        struct error *err)
{
    struct spool_segment *segment = &spool->segments[spool->reader.index];
    const struct spool_reading *last = &spool->last;
    size_t waiting = batch_count_fate(batch, FATE_WAITING), count = last->count;
    bool is_whole = waiting == count;
    int code = 0;

    spool->last.count = 0;
    if (count == 0 || waiting == 0)
        return 0;
    assert(waiting <= count);
    spool->out_messages -= count;
    spool->out_bytes -= last->bytes;
    spool->stats.messages -= count - waiting;
    spool->reader.place = last->before; /* in the same segment */
    segment->messages += waiting;
    segment->bytes += is_whole ? last->bytes : last->final_bytes;
    if (!is_whole)
        code = keep_rest(spool, batch);
    if (is_unsent) {
        spool->position.handed = is_whole ? last->serial : last->final_serial;
        int status = spool_write_position(spool);

        code = code != 0 ? code : status;
    }
    return code == 0 ? 0 : error_set(err, code, "cannot note what came back: %s", strerror(-code));
}

int spool_return(struct spool *spool, const struct batch *batch, struct error *err)
{
    return return_batch(spool, batch, false, err);
}

int spool_return_unsent(struct spool *spool, const struct batch *batch, struct error *err)
{
    return return_batch(spool, batch, true, err);
}

const struct spool_stats *spool_stats(const struct spool *spool)
{
    return &spool->stats;
}

void spool_close(struct spool *spool)
{
    close_descriptor(&spool->fd);
    close_descriptor(&spool->reader.fd);
    close_descriptor(&spool->folder);
    spool_position_close(&spool->position_file);
    spool_rest_free(&spool->rest);
    batch_free(spool->next);
    spool_frame_free(&spool->frame);
    buffer_free(&spool->payload);
    free(spool->segments);
    free(spool->path);
    free(spool);
}
