#include "output/batch.h"

#include <assert.h>
#include <stdlib.h>
#include <uv.h>

#include "base/array.h"

#define NO_ENVELOPE SIZE_MAX

enum { SPANS = 4 /* of struct envelope */ };

/* How envelope stand in the buffer: this, then the bytes of the spans. Not aligned. */
struct stored_envelope {
    uint64_t time_ms;
    uint32_t serial;
    uint8_t severity, is_alert;
    uint8_t present; /* a bit for each span that is not absent */
    size_t lens[SPANS];
};

struct batch *batch_new(void)
{
    struct batch *batch = calloc(1, sizeof *batch);

    if (batch == NULL)
        abort();
    return batch;
}

void batch_free(struct batch *batch)
{
    if (batch == NULL)
        return;
    buffer_free(&batch->bytes);
    buffer_free(&batch->envelopes);
    free(batch->messages);
    free(batch);
}

void batch_clear(struct batch *batch)
{
    buffer_clear(&batch->bytes);
    buffer_clear(&batch->envelopes);
    batch->count = 0;
    batch->began_ns = 0;
}

static size_t end_of(const struct batch *batch)
{
    if (batch->count == 0)
        return 0;

    const struct batch_message *last = &batch->messages[batch->count - 1];

    return last->begin + last->len;
}

static size_t store_envelope(struct buffer *buffer, const struct envelope *envelope)
{
    const struct span spans[SPANS] = { envelope->node, envelope->key, envelope->topic,
                                       envelope->headers };
    struct stored_envelope stored;
    size_t place = buffer->len;

    memset(&stored, 0, sizeof stored); /* the padding too */
    stored.time_ms = envelope->time_ms;
    stored.serial = envelope->serial;
    stored.severity = (uint8_t)envelope->severity;
    stored.is_alert = envelope->is_alert;
    for (unsigned i = 0; i < SPANS; i++) {
        if (spans[i].data == NULL)
            continue;
        stored.present |= (uint8_t)(1u << i);
        stored.lens[i] = spans[i].len;
    }
    buffer_append(buffer, (struct span){ (const char *)&stored, sizeof stored });
    for (unsigned i = 0; i < SPANS; i++)
        buffer_append(buffer, (struct span){ spans[i].data, stored.lens[i] });
    return place;
}

static struct stored_envelope facts_at(const struct batch *batch, size_t place)
{
    struct stored_envelope stored;

    memcpy(&stored, batch->envelopes.data + place, sizeof stored);
    return stored;
}

static size_t stored_size(const struct batch *batch, size_t place)
{
    struct stored_envelope stored = facts_at(batch, place);
    size_t size = sizeof stored;

    for (unsigned i = 0; i < SPANS; i++)
        size += stored.lens[i];
    return size;
}

void batch_commit(struct batch *batch, const struct envelope *envelope)
{
    size_t begin = end_of(batch);

    assert(batch->bytes.len > begin);
    if (batch->count == batch->room) {
        batch->messages = array_grow(batch->messages, batch->room, sizeof *batch->messages);
        batch->room = batch->room == 0 ? 1 : 2 * batch->room;
    }
    if (batch->count == 0)
        batch->began_ns = uv_hrtime();
    batch->messages[batch->count++] = (struct batch_message){
        .begin = begin,
        .len = batch->bytes.len - begin,
        .envelope = envelope != NULL ? store_envelope(&batch->envelopes, envelope) : NO_ENVELOPE,
        .fate = FATE_WAITING,
    };
}

bool batch_is_whole(const struct batch *batch)
{
    return batch->bytes.len == end_of(batch);
}

void batch_revert(struct batch *batch)
{
    batch->bytes.len = end_of(batch);
}

struct span batch_body(const struct batch *batch, size_t index)
{
    assert(index < batch->count);

    const struct batch_message *message = &batch->messages[index];

    return (struct span){ batch->bytes.data + message->begin, message->len - 1 };
}

bool batch_envelope(const struct batch *batch, size_t index, struct envelope *envelope)
{
    assert(index < batch->count);

    size_t place = batch->messages[index].envelope;

    *envelope = (struct envelope){ 0 };
    if (place == NO_ENVELOPE)
        return false;

    struct stored_envelope stored = facts_at(batch, place);
    struct span *spans[SPANS] = { &envelope->node, &envelope->key, &envelope->topic,
                                  &envelope->headers };
    const char *next = batch->envelopes.data + place + sizeof stored;

    envelope->time_ms = stored.time_ms;
    envelope->serial = stored.serial;
    envelope->severity = (enum severity)stored.severity;
    envelope->is_alert = stored.is_alert != 0;
    for (unsigned i = 0; i < SPANS; i++) {
        if ((stored.present & 1u << i) != 0)
            *spans[i] = (struct span){ next, stored.lens[i] };
        next += stored.lens[i];
    }
    return true;
}

void batch_settle(struct batch *batch, enum fate fate)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->messages[i].fate == FATE_WAITING)
            batch->messages[i].fate = fate;
    }
}

size_t batch_count_fate(const struct batch *batch, enum fate fate)
{
    size_t count = 0;

    for (size_t i = 0; i < batch->count; i++)
        count += batch->messages[i].fate == fate;
    return count;
}

void batch_keep_waiting(struct batch *batch)
{
    size_t kept = 0, bytes = 0, envelope = 0;

    assert(batch->bytes.len == end_of(batch));
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_message message = batch->messages[i];

        if (message.fate != FATE_WAITING)
            continue;
        memmove(batch->bytes.data + bytes, batch->bytes.data + message.begin, message.len);
        message.begin = bytes;
        bytes += message.len;
        if (message.envelope != NO_ENVELOPE) {
            size_t size = stored_size(batch, message.envelope);

            memmove(batch->envelopes.data + envelope, batch->envelopes.data + message.envelope,
                    size);
            message.envelope = envelope;
            envelope += size;
        }
        batch->messages[kept++] = message;
    }
    batch->count = kept;
    batch->bytes.len = bytes;
    batch->envelopes.len = envelope;
}

void batch_drop_front(struct batch *batch, size_t count)
{
    size_t envelope = 0;

    assert(count <= batch->count);
    if (count == 0)
        return;

    size_t bytes = batch->messages[count - 1].begin + batch->messages[count - 1].len;

    for (size_t i = 0; i < count; i++) {
        if (batch->messages[i].envelope != NO_ENVELOPE)
            envelope =
                batch->messages[i].envelope + stored_size(batch, batch->messages[i].envelope);
    }
    buffer_consume(&batch->bytes, bytes);
    buffer_consume(&batch->envelopes, envelope);
    batch->count -= count;
    memmove(batch->messages, batch->messages + count, batch->count * sizeof *batch->messages);
    for (size_t i = 0; i < batch->count; i++) {
        batch->messages[i].begin -= bytes;
        if (batch->messages[i].envelope != NO_ENVELOPE)
            batch->messages[i].envelope -= envelope;
    }
}
