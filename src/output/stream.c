#include "output/stream.h"

#include <errno.h>

static int write_newline(struct stream *stream)
{
    ssize_t written = target_write(&stream->target, SPAN("\n"));

    if (written < 0)
        return (int)written;
    stream->is_torn = written == 0;
    return written == 0 ? -EIO : 0;
}

/* The batch begins with the message of which a part was written, or nobody ends that line. */
static void go_on_with(struct stream *stream, const struct batch *batch)
{
    if (span_starts(buffer_span(&batch->bytes), buffer_span(&stream->begun)))
        stream->sent = stream->begun.len;
    else
        stream->is_torn = true;
    buffer_clear(&stream->begun);
}

int stream_write(struct stream *stream, const struct batch *batch, size_t end)
{
    if (stream->begun.len > 0 && batch->bytes.len > 0)
        go_on_with(stream, batch);
    if (stream->is_torn && stream->sent < end) {
        int code = write_newline(stream);

        if (code != 0)
            return code;
    }
    while (stream->sent < end) {
        struct span rest = { batch->bytes.data + stream->sent, end - stream->sent };
        ssize_t written = target_write(&stream->target, rest);

        if (written <= 0)
            return written < 0 ? (int)written : -EIO;
        stream->sent += (size_t)written;
    }
    return 0;
}

void stream_end(struct stream *stream, struct batch *batch)
{
    size_t sent = stream->sent;

    stream->sent = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_message *message = &batch->messages[i];
        size_t end = message->begin + message->len;

        if (end <= sent) {
            message->fate = FATE_DELIVERED;
            continue;
        }
        if (sent > message->begin && !target_cut(&stream->target, sent - message->begin))
            buffer_append(&stream->begun, (struct span){ batch->bytes.data + message->begin,
                                                         sent - message->begin });
        return;
    }
}

void stream_inherit(struct stream *fresh, struct stream *old)
{
    if (!target_is_same_pipe(&fresh->target, &old->target))
        return;
    fresh->is_torn = old->is_torn;
    buffer_clear(&fresh->begun);
    buffer_append(&fresh->begun, buffer_span(&old->begun));
}

int stream_close(struct stream *stream)
{
    buffer_free(&stream->begun);
    return target_close(&stream->target);
}
