#include "output/spool_frame.h"

#include <errno.h>
#include <zlib.h>

enum { SPANS = 4 /* of struct envelope */ };

static const uint64_t serial_last = (uint64_t)1 << 62; /* what is beyond was never written */

/* Two lengths of one message. */
struct entry {
    uint32_t body, facts; /* no facts: 0 */
};

/* Facts of one message; the bytes of the spans follow. */
struct packed_facts {
    uint64_t time_ms;
    uint32_t serial;
    uint8_t severity, is_alert;
    uint16_t present; /* a bit for each span that is not absent */
    uint32_t lens[SPANS];
};

static uint32_t checksum(uint32_t sum, struct span bytes)
{
    if (bytes.len == 0)
        return sum; /* zlib begins anew where there are no bytes */
    return (uint32_t)crc32_z(sum, (const unsigned char *)bytes.data, bytes.len);
}

static uint32_t own_checksum(const struct spool_frame_head *head)
{
    return checksum(0, (struct span){ (const char *)head, offsetof(struct spool_frame_head, own) });
}

void spool_frame_free(struct spool_frame *frame)
{
    buffer_free(&frame->table);
    buffer_free(&frame->bodies);
    buffer_free(&frame->facts);
}

/* Returns how many bytes the facts of this message take. */
static uint32_t pack_facts(struct buffer *buffer, const struct batch *batch, size_t index)
{
    struct envelope facts;
    struct packed_facts packed;
    size_t before = buffer->len;

    if (!batch_envelope(batch, index, &facts))
        return 0;

    const struct span spans[SPANS] = { facts.node, facts.key, facts.topic, facts.headers };

    memset(&packed, 0, sizeof packed);
    packed.time_ms = facts.time_ms;
    packed.serial = facts.serial;
    packed.severity = (uint8_t)facts.severity;
    packed.is_alert = facts.is_alert;
    for (unsigned i = 0; i < SPANS; i++) {
        if (spans[i].data == NULL || spans[i].len > SPOOL_FRAME_LONGEST)
            continue;
        packed.present |= (uint16_t)(1u << i);
        packed.lens[i] = (uint32_t)spans[i].len;
    }
    buffer_append(buffer, (struct span){ (const char *)&packed, sizeof packed });
    for (unsigned i = 0; i < SPANS; i++)
        buffer_append(buffer, (struct span){ spans[i].data, packed.lens[i] });
    return (uint32_t)(buffer->len - before);
}

/* Bodies are taken from where they stand, unless some are left out. */
static struct span bodies_of(struct spool_frame *frame, const struct batch *batch, size_t waiting)
{
    if (waiting == batch->count) {
        const struct batch_message *last = &batch->messages[batch->count - 1];

        return (struct span){ batch->bytes.data, last->begin + last->len };
    }
    buffer_clear(&frame->bodies);
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_message *message = &batch->messages[i];

        if (message->fate == FATE_WAITING)
            buffer_append(&frame->bodies,
                          (struct span){ batch->bytes.data + message->begin, message->len });
    }
    return buffer_span(&frame->bodies);
}

static bool is_too_long(const struct batch *batch)
{
    size_t most = SPOOL_FRAME_LONGEST;

    return batch->bytes.len > most || batch->envelopes.len > most ||
           batch->count > most / (sizeof(struct entry) + sizeof(struct packed_facts));
}

static void pack_table(struct spool_frame *frame, const struct batch *batch)
{
    buffer_clear(&frame->table);
    buffer_clear(&frame->facts);
    buffer_append(&frame->table, (struct span){ (const char *)&frame->head, sizeof frame->head });
    for (size_t i = 0; i < batch->count; i++) {
        struct entry entry = { .body = (uint32_t)batch->messages[i].len };

        if (batch->messages[i].fate != FATE_WAITING)
            continue;
        entry.facts = pack_facts(&frame->facts, batch, i);
        buffer_append(&frame->table, (struct span){ (const char *)&entry, sizeof entry });
    }
}

int spool_frame_pack(struct spool_frame *frame, const struct batch *batch, uint64_t salt,
                     uint64_t serial)
{
    size_t waiting = batch_count_fate(batch, FATE_WAITING);

    if (waiting == 0 || is_too_long(batch))
        return -EMSGSIZE;
    pack_table(frame, batch);

    struct span table = span_skip(buffer_span(&frame->table), sizeof frame->head);
    struct span bodies = bodies_of(frame, batch, waiting), facts = buffer_span(&frame->facts);
    size_t len = table.len + bodies.len + facts.len;

    if (len > SPOOL_FRAME_LONGEST)
        return -EMSGSIZE;
    frame->head = (struct spool_frame_head){
        .salt = salt,
        .serial = serial,
        .len = (uint32_t)len,
        .count = (uint32_t)waiting,
        .payload = checksum(checksum(checksum(0, table), bodies), facts),
    };
    frame->head.own = own_checksum(&frame->head);
    memcpy(frame->table.data, &frame->head, sizeof frame->head);
    frame->pieces[0] = (struct iovec){ frame->table.data, frame->table.len };
    frame->pieces[1] = (struct iovec){ (void *)(uintptr_t)bodies.data, bodies.len };
    frame->pieces[2] = (struct iovec){ frame->facts.data, facts.len };
    frame->size = sizeof frame->head + len;
    return 0;
}

bool spool_frame_is_head(const struct spool_frame_head *head, uint64_t salt, size_t room)
{
    return head->salt == salt && head->own == own_checksum(head) && head->serial > 0 &&
           head->serial < serial_last && head->len <= SPOOL_FRAME_LONGEST && head->len <= room &&
           head->count > 0 && head->count <= head->len / sizeof(struct entry);
}

bool spool_frame_is_whole(const struct spool_frame_head *head, struct span payload)
{
    return payload.len == head->len && checksum(0, payload) == head->payload;
}

static bool unpack_facts(struct span text, struct envelope *facts)
{
    struct packed_facts packed;
    struct span *spans[SPANS] = { &facts->node, &facts->key, &facts->topic, &facts->headers };

    if (text.len < sizeof packed)
        return false;
    memcpy(&packed, text.data, sizeof packed);
    text = span_skip(text, sizeof packed);
    *facts = (struct envelope){
        .time_ms = packed.time_ms,
        .serial = packed.serial,
        .severity = packed.severity <= SEVERITY_CRITICAL ? (enum severity)packed.severity
                                                         : SEVERITY_CRITICAL,
        .is_alert = packed.is_alert != 0,
    };
    for (unsigned i = 0; i < SPANS; i++) {
        if (packed.lens[i] > text.len)
            return false;
        if ((packed.present & 1u << i) != 0)
            *spans[i] = (struct span){ text.data, packed.lens[i] };
        text = span_skip(text, packed.lens[i]);
    }
    return text.len == 0;
}

/* Do the lengths of all messages fill the payload exactly? */
static bool adds_up(struct span payload, uint32_t count, size_t *bodies)
{
    uint64_t facts = 0, sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        struct entry entry;

        memcpy(&entry, payload.data + i * sizeof entry, sizeof entry);
        if (entry.body == 0)
            return false;
        sum += entry.body;
        facts += entry.facts;
    }
    *bodies = (size_t)sum;
    return sum + facts + (uint64_t)count * sizeof(struct entry) == payload.len;
}

int spool_frame_unpack(const struct spool_frame_head *head, struct span payload,
                       struct batch *batch)
{
    size_t bodies;

    batch_clear(batch);
    if (head->count > payload.len / sizeof(struct entry) || !adds_up(payload, head->count, &bodies))
        return -EBADMSG;

    const char *table = payload.data, *body = table + head->count * sizeof(struct entry);
    const char *place = body + bodies;

    for (uint32_t i = 0; i < head->count; i++) {
        struct entry entry;
        struct envelope facts;

        memcpy(&entry, table + i * sizeof entry, sizeof entry);
        if (body[entry.body - 1] != '\n' ||
            (entry.facts > 0 && !unpack_facts((struct span){ place, entry.facts }, &facts))) {
            batch_clear(batch);
            return -EBADMSG;
        }
        buffer_append(&batch->bytes, (struct span){ body, entry.body });
        batch_commit(batch, entry.facts > 0 ? &facts : NULL);
        body += entry.body;
        place += entry.facts;
    }
    return 0;
}
