/*
 * packer_fuzz.c - messages of any bytes as syslog and GELF send them.
 *
 * The first bytes choose protocol and limits, each line of the rest is a message. No piece is
 * longer than it may be, none is empty; framed octets are counted right, chunks are numbered; and
 * what is cut from a JSON object is one again.
 */
#include <jansson.h>
#include <stdlib.h>

#include "output/gelf_cut.h"
#include "output/gelf_packer.h"
#include "output/syslog_packer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER = 5, CHUNK_HEADER = 12, MOST = 32 /* messages */ };

static void check(bool holds)
{
    if (!holds)
        abort();
}

static struct batch *fill(struct span text)
{
    struct batch *batch = batch_new();

    while (text.len > 0 && batch->count < MOST) {
        const char *stop = memchr(text.data, '\n', text.len);
        size_t len = stop != NULL ? (size_t)(stop - text.data) : text.len;
        struct envelope envelope = { .time_ms = text.len % 7 == 0 ? 0 : text.len * 4711 * 4711,
                                     .serial = (uint32_t)len,
                                     .node = { text.data, len % 300 },
                                     .key = { text.data, len % 70 },
                                     .severity = len % 5,
                                     .is_alert = len % 2 == 0 };

        buffer_append(&batch->bytes, (struct span){ text.data, len });
        buffer_byte(&batch->bytes, '\n');
        batch_commit(batch, &envelope);
        text = span_skip(text, stop != NULL ? len + 1 : len);
    }
    return batch;
}

/* "LENGTH MESSAGE" and not a byte more. */
static void check_octets(struct span piece)
{
    size_t length = 0, at = 0;

    for (; at < piece.len && piece.data[at] >= '0' && piece.data[at] <= '9'; at++)
        length = length * 10 + (size_t)(piece.data[at] - '0');
    check(at > 0 && at < piece.len && piece.data[at] == ' ');
    check(piece.len - at - 1 == length && piece.data[at + 1] == '<');
}

static void check_syslog(const struct syslog_packer_settings *settings, struct span piece,
                         size_t limit)
{
    bool is_counted = limit == 0 && settings->framing == SYSLOG_OCTETS;

    check(piece.len > 0);
    if (is_counted)
        check_octets(piece);
    else
        check(piece.data[0] == '<');
    if (limit == 0 && !is_counted)
        check(memchr(piece.data, '\n', piece.len) == piece.data + piece.len - 1);
    else
        check(memchr(piece.data, '\n', piece.len) == NULL);
    check(limit == 0 || piece.len <= limit);
    check(settings->longest == 0 || piece.len <= settings->longest + sizeof "65536 ");
}

static void try_syslog(const uint8_t *choice, const struct batch *batch)
{
    struct syslog_packer_settings settings = {
        .protocol = choice[0] & 1,
        .framing = choice[0] >> 1 & 1,
        .too_long = choice[0] >> 2 & 1,
        .has_hostname = (choice[0] >> 3 & 1) != 0,
        .facility = choice[1] % 24,
        .severity = choice[1] >> 5,
        .tag = SPAN("laudit"),
        .longest = (choice[0] >> 4 & 1) != 0 ? 480u + choice[2] : 0,
    };
    size_t limit = (choice[0] >> 5 & 1) != 0 ? 100u + 4 * choice[3] : 0;
    struct packer *packer = syslog_packer_new(&settings);
    struct cargo cargo = { 0 };

    for (size_t i = 0; i < batch->count; i++) {
        size_t before = cargo.count;
        enum fate fate = packer->class->pack(packer, batch, i, limit, &cargo);

        check((fate == FATE_WAITING) == (cargo.count > before));
        for (; before < cargo.count; before++)
            check_syslog(&settings, cargo_piece(&cargo, before), limit);
    }
    cargo_free(&cargo);
    packer->class->free(packer);
}

/* The pieces of one message, compressed or not. */
static void check_chunks(const struct cargo *cargo, size_t first, size_t limit)
{
    size_t count = cargo->count - first;

    check(count <= GELF_CHUNKS_MOST);
    for (size_t number = 0; number < count; number++) {
        struct span piece = cargo_piece(cargo, first + number);

        check(piece.len > 0 && piece.len <= limit);
        if (count == 1)
            return;
        check(piece.len > CHUNK_HEADER && memcmp(piece.data, "\x1e\x0f", 2) == 0);
        check((unsigned char)piece.data[10] == number && (unsigned char)piece.data[11] == count);
    }
}

static void try_gelf(const uint8_t *choice, const struct batch *batch)
{
    size_t chunk = GELF_CHUNK_LEAST + choice[2], limit = GELF_CHUNK_LEAST + choice[3];
    struct packer *packer = gelf_packer_new(choice[0] % 3, chunk);
    bool is_stream = choice[1] % 4 == 0;
    struct cargo cargo = { 0 };

    for (size_t i = 0; i < batch->count; i++) {
        size_t before = cargo.count;
        enum fate fate = packer->class->pack(packer, batch, i, is_stream ? 0 : limit, &cargo);

        check((fate == FATE_WAITING) == (cargo.count > before));
        if (is_stream)
            check(cargo.count <= before + 1);
        else
            check_chunks(&cargo, before, chunk < limit ? chunk : limit);
    }
    cargo_free(&cargo);
    packer->class->free(packer);
}

static json_t *read_json(struct span text)
{
    return json_loadb(text.data, text.len, JSON_ALLOW_NUL, NULL);
}

static void try_cut(const uint8_t *choice, struct span text)
{
    struct buffer out = { 0 };
    json_t *whole = read_json(text);
    bool is_cut = gelf_cut(text, choice[4], choice[1] % 2 == 0, &out);

    check(is_cut || out.len == 0);
    if (json_is_object(whole)) {
        json_t *cut = read_json(buffer_span(&out));

        check(json_is_object(cut) && json_is_integer(json_object_get(cut, "_laudit_cut")));
        json_decref(cut);
    }
    json_decref(whole);
    buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = { (const char *)data, size };

    if (size <= HEADER)
        return 0;
    text = span_skip(text, HEADER);

    struct batch *batch = fill(text);

    try_syslog(data, batch);
    try_gelf(data, batch);
    try_cut(data, text);
    batch_free(batch);
    return 0;
}
