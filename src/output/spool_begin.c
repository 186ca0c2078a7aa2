#include "output/spool_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/spool_folder.h"

/* Bytes of a file that are looked at: one frame may go beyond the size of a segment. */
#define SEGMENT_MOST ((uint64_t)SPOOL_SEGMENT + SPOOL_FRAME_LONGEST + 4096)

static void warn(const struct spool *spool, const char *what, uint64_t number)
{
    log_write(spool->log, LOG_LEVEL_WARNING, "spool '%s': %s: %llu", spool->path, what,
              (unsigned long long)number);
}

/* A frame that stands on the disk: waits, unless it was acknowledged. */
static void count_frame(struct spool *spool, struct spool_segment *segment,
                        const struct spool_frame_head *head, const struct spool_place *before)
{
    uint64_t messages = head->serial == spool->rest.serial ? spool->rest.batch->count : head->count;

    if (head->serial < spool->position.acknowledged)
        return;
    if (spool->stats.found == 0)
        spool->reader = (struct spool_reader){ spool->count, *before, -1 };
    segment->messages += messages;
    segment->bytes += sizeof *head + head->len;
    spool->stats.found += messages;
    if (head->serial < spool->position.handed)
        spool->stats.again += messages;
}

/* Looks at every frame, and cuts off what was written in part. 0, or negative errno. */
static int scan_frames(struct spool *spool, struct spool_segment *segment, int fd)
{
    struct spool_place place = { SPOOL_SEGMENT_HEADER, spool->next_serial, 0 }, before = place;
    struct spool_frame_head head;
    int code;

    while ((code = spool_segment_next(segment, fd, &place, &head, &spool->payload)) == 1) {
        count_frame(spool, segment, &head, &before);
        before = place;
    }
    if (code < 0)
        return code;
    spool->stats.damaged_frames += segment->damaged = place.damaged;
    spool->stats.torn_bytes += segment->size - place.offset;
    if (place.offset < segment->size && ftruncate(fd, (off_t)place.offset) != 0)
        return -errno;
    segment->size = place.offset;
    spool->next_serial = place.serial;
    return 0;
}

static int scan_file(struct spool *spool, struct spool_segment *segment, int fd)
{
    struct stat status;

    if (fstat(fd, &status) != 0)
        return -errno;
    segment->size = (uint64_t)status.st_size;
    if (segment->size > SEGMENT_MOST) {
        spool->stats.torn_bytes += segment->size - SEGMENT_MOST;
        segment->size = SEGMENT_MOST;
    }

    int code = spool_segment_begin(segment, fd);

    if (code == 0)
        return scan_frames(spool, segment, fd);
    if (code != -EBADMSG)
        return code;
    if (segment->size < SPOOL_SEGMENT_HEADER)
        spool->stats.torn_bytes += segment->size;
    else
        spool->stats.damaged_frames++;
    return 0;
}

static int scan_segment(struct spool *spool, uint64_t number, struct error *err)
{
    struct spool_segment segment = { .number = number };
    char name[SPOOL_SEGMENT_NAME];

    spool_segment_name(number, name);
    spool->next_number = number + 1;

    int fd = spool_segment_open(spool->folder, name);
    int code = fd < 0 ? fd : scan_file(spool, &segment, fd);

    if (fd >= 0)
        close(fd);
    if (code == -EPROTONOSUPPORT)
        return error_set(err, code, "%s: another version of laudit wrote it", name);
    if (code != 0)
        return error_set(err, code, "%s: %s", name, strerror(-code));
    if (segment.messages > 0)
        spool_add_segment(spool, &segment);
    else
        spool_delete_segment(spool, number);
    return 0;
}

static int scan_folder(struct spool *spool, struct error *err)
{
    uint64_t *numbers;
    size_t count;
    int code = spool_folder_list(spool->folder, SPOOL_SEGMENTS, &numbers, &count, err);

    if (code != 0)
        return code;
    for (size_t i = 0; i < count && code == 0; i++)
        code = scan_segment(spool, numbers[i], err);
    free(numbers);
    return code;
}

/* Everything that was ever given a serial is below the next one. */
static void settle_serials(struct spool *spool)
{
    if (spool->next_serial < spool->position.acknowledged)
        spool->next_serial = spool->position.acknowledged;
    if (spool->next_serial < spool->position.handed && spool->position.handed < UINT64_MAX)
        spool->next_serial = spool->position.handed;
    if (spool->position.handed > spool->next_serial)
        spool->position.handed = spool->next_serial;
    if (spool->stats.found == 0)
        spool->reader =
            (struct spool_reader){ 0, { SPOOL_SEGMENT_HEADER, spool->next_serial, 0 }, -1 };
    if (spool->stats.found == 0 || spool->rest.serial < spool->position.acknowledged ||
        spool->rest.serial >= spool->next_serial)
        spool_rest_forget(&spool->rest, spool->folder);
    spool->stats.messages = spool->stats.found;
    for (size_t i = 0; i < spool->count; i++)
        spool->stats.bytes += spool->segments[i].bytes;
}

static void report_damage(const struct spool *spool, bool is_position_known)
{
    if (spool->stats.torn_bytes > 0)
        warn(spool, "bytes written in part and cut off", spool->stats.torn_bytes);
    if (spool->stats.damaged_frames > 0)
        warn(spool, "damaged frames, which are lost", spool->stats.damaged_frames);
    if (!is_position_known && spool->stats.found > 0)
        log_write(spool->log, LOG_LEVEL_WARNING, "spool '%s': the position is not known",
                  spool->path);
}

static void report_found(const struct spool *spool)
{
    enum log_level level = spool->stats.again > 0 ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO;

    if (spool->stats.found > 0)
        log_write(spool->log, level,
                  "spool '%s': %llu messages wait from before, %llu of which may arrive twice",
                  spool->path, (unsigned long long)spool->stats.found,
                  (unsigned long long)spool->stats.again);
}

int spool_begin(struct spool *spool, struct error *err)
{
    bool is_known;

    spool->folder = spool_folder_open(spool->settings.path, err);
    if (spool->folder < 0)
        return spool->folder;
    if (getrandom(&spool->salt, sizeof spool->salt, 0) != (ssize_t)sizeof spool->salt)
        return error_set(err, -EIO, "no random number can be had");

    int code =
        spool_position_open(&spool->position_file, spool->folder, &spool->position, &is_known, err);

    if (code != 0)
        return code;
    if (!is_known)
        spool->position.handed = UINT64_MAX;
    spool_rest_load(&spool->rest, spool->folder);
    code = scan_folder(spool, err);
    if (code != 0)
        return code;
    settle_serials(spool);
    code = spool_write_position(spool); /* both slots, so that there is room for them from now on */
    if (code == 0)
        code = spool_write_position(spool);
    if (code != 0)
        return error_set(err, code, "cannot write the position: %s", strerror(-code));
    report_damage(spool, is_known);
    report_found(spool);
    return 0;
}
