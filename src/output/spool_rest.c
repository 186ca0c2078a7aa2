#include "output/spool_rest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/spool_segment.h"

static const char name[] = "rest", draft[] = "rest.new";

static int read_rest(struct spool_rest *rest, int fd, uint64_t size, struct buffer *payload)
{
    struct spool_segment segment = { .size = size };
    struct spool_place place = { .offset = SPOOL_SEGMENT_HEADER, .serial = 1 };
    struct spool_frame_head head;

    if (spool_segment_begin(&segment, fd) != 0 ||
        spool_segment_next(&segment, fd, &place, &head, payload) != 1 ||
        spool_frame_unpack(&head, buffer_span(payload), rest->batch) != 0)
        return -EBADMSG;
    rest->serial = head.serial;
    rest->is_stored = true;
    return 0;
}

void spool_rest_load(struct spool_rest *rest, int folder)
{
    struct buffer payload = { 0 };
    struct stat status;

    *rest = (struct spool_rest){ .batch = batch_new() };
    unlinkat(folder, draft, 0);

    int fd = spool_segment_open(folder, name);

    if (fd < 0)
        return;
    if (fstat(fd, &status) != 0 || read_rest(rest, fd, (uint64_t)status.st_size, &payload) != 0)
        unlinkat(folder, name, 0);
    buffer_free(&payload);
    close(fd);
}

static int store(const struct batch *batch, int folder, uint64_t serial, bool syncs)
{
    struct spool_segment segment = { .number = serial };
    struct spool_frame frame = { 0 };

    if (getrandom(&segment.salt, sizeof segment.salt, 0) != (ssize_t)sizeof segment.salt)
        return -EIO;
    unlinkat(folder, draft, 0);

    int fd = spool_segment_create(&segment, folder, draft);
    int code = fd < 0 ? fd : spool_frame_pack(&frame, batch, segment.salt, serial);

    if (code == 0)
        code = spool_segment_write(&segment, fd, &frame, syncs);
    if (code == 0 && renameat(folder, draft, folder, name) != 0)
        code = -errno;
    if (fd >= 0)
        close(fd);
    if (code != 0)
        unlinkat(folder, draft, 0);
    spool_frame_free(&frame);
    return code;
}

int spool_rest_keep(struct spool_rest *rest, int folder, const struct batch *batch, uint64_t serial,
                    bool syncs)
{
    batch_clear(rest->batch);
    spool_rest_copy(batch, rest->batch);
    rest->serial = serial;

    int code = store(rest->batch, folder, serial, syncs);

    if (code == 0)
        rest->is_stored = true;
    return code;
}

void spool_rest_forget(struct spool_rest *rest, int folder)
{
    if (rest->is_stored)
        unlinkat(folder, name, 0);
    batch_clear(rest->batch);
    rest->serial = 0;
    rest->is_stored = false;
}

void spool_rest_free(struct spool_rest *rest)
{
    batch_free(rest->batch);
    rest->batch = NULL;
}

void spool_rest_copy(const struct batch *from, struct batch *to)
{
    struct envelope facts;

    for (size_t i = 0; i < from->count; i++) {
        const struct batch_message *message = &from->messages[i];

        if (message->fate != FATE_WAITING)
            continue;
        buffer_append(&to->bytes, (struct span){ from->bytes.data + message->begin, message->len });
        batch_commit(to, batch_envelope(from, i, &facts) ? &facts : NULL);
    }
}
