#include "output/gelf_packer.h"

#include <stdlib.h>
#include <sys/random.h>
#include <zlib.h>

#include "output/gelf_cut.h"

enum {
    CHUNK_HEADER = 12, /* bytes: magic, id, number, count */
    LEVEL = Z_BEST_SPEED,
    TEXT_LEAST = 16,   /* bytes of a text; if that is too long, only GELF's own fields stay */
    BARE_LONGEST = 256 /* bytes of a text of these */
};

struct gelf_packer {
    struct packer packer;
    enum gelf_compression compression;
    size_t chunk;
    z_stream stream;
    struct buffer packed, shorter;
    uint64_t id; /* of the next message that goes in chunks */
};

/* The body as it goes into datagrams; lives until the next call. */
static struct span compress_body(struct gelf_packer *packer, struct span body)
{
    z_stream *stream = &packer->stream;

    if (packer->compression == GELF_NONE)
        return body;
    deflateReset(stream);
    buffer_clear(&packer->packed);

    size_t room = deflateBound(stream, body.len);

    stream->next_in = (unsigned char *)(uintptr_t)body.data;
    stream->avail_in = (unsigned)body.len;
    stream->next_out = (unsigned char *)buffer_reserve(&packer->packed, room);
    stream->avail_out = (unsigned)room;
    deflate(stream, Z_FINISH);
    buffer_commit(&packer->packed, room - stream->avail_out);
    return buffer_span(&packer->packed);
}

/* Shortens until it fits into `longest` bytes. False when it cannot be. */
static bool shorten(struct gelf_packer *packer, struct span body, size_t longest,
                    struct span *packed)
{
    size_t text = longest;

    do {
        bool is_bare = text < TEXT_LEAST;

        buffer_clear(&packer->shorter);
        if (!gelf_cut(body, is_bare ? BARE_LONGEST : text, is_bare, &packer->shorter))
            return false;
        *packed = compress_body(packer, buffer_span(&packer->shorter));
        if (packed->len <= longest) {
            packer->packer.cut++;
            return true;
        }
        text /= 2;
    } while (text >= TEXT_LEAST / 2);
    return false;
}

static void append_chunk(struct gelf_packer *packer, struct span part, size_t number, size_t count,
                         struct buffer *out)
{
    buffer_append(out, SPAN("\x1e\x0f"));
    buffer_append(out, (struct span){ (const char *)&packer->id, sizeof packer->id });
    buffer_byte(out, (char)number);
    buffer_byte(out, (char)count);
    buffer_append(out, part);
}

static enum fate pack_datagrams(struct gelf_packer *packer, struct span body, size_t chunk,
                                size_t message, struct cargo *cargo)
{
    size_t part = chunk - CHUNK_HEADER, longest = part * GELF_CHUNKS_MOST;
    struct span packed = compress_body(packer, body);

    if (packed.len > longest && !shorten(packer, body, longest, &packed))
        return FATE_TOO_LONG;
    if (packed.len <= chunk) {
        buffer_append(&cargo->bytes, packed);
        cargo_commit(cargo, message);
        return FATE_WAITING;
    }

    size_t count = (packed.len + part - 1) / part;

    for (size_t number = 0; number < count; number++) {
        struct span rest = span_skip(packed, number * part);

        if (rest.len > part)
            rest.len = part;
        append_chunk(packer, rest, number, count, &cargo->bytes);
        cargo_commit(cargo, message);
    }
    packer->id++;
    return FATE_WAITING;
}

static enum fate gelf_pack(struct packer *base, const struct batch *batch, size_t message,
                           size_t limit, struct cargo *cargo)
{
    struct gelf_packer *packer = (struct gelf_packer *)base;
    struct span body = batch_body(batch, message);

    if (body.len == 0)
        return FATE_DELIVERED;
    if (limit == 0) {
        buffer_append(&cargo->bytes, body);
        buffer_byte(&cargo->bytes, '\0');
        cargo_commit(cargo, message);
        return FATE_WAITING;
    }
    if (limit < GELF_CHUNK_LEAST)
        return FATE_TOO_LONG;
    return pack_datagrams(packer, body, limit < packer->chunk ? limit : packer->chunk, message,
                          cargo);
}

static void gelf_free(struct packer *base)
{
    struct gelf_packer *packer = (struct gelf_packer *)base;

    if (packer->compression != GELF_NONE)
        deflateEnd(&packer->stream);
    buffer_free(&packer->packed);
    buffer_free(&packer->shorter);
    free(packer);
}

struct packer *gelf_packer_new(enum gelf_compression compression, size_t chunk)
{
    static const struct packer_class heavy = { gelf_pack, gelf_free, true };
    static const struct packer_class light = { gelf_pack, gelf_free, false };
    struct gelf_packer *packer = calloc(1, sizeof *packer);

    if (packer == NULL)
        abort();
    packer->packer.class = compression == GELF_NONE ? &light : &heavy;
    packer->compression = compression;
    packer->chunk = chunk;
    if (getrandom(&packer->id, sizeof packer->id, 0) != sizeof packer->id)
        packer->id = (uint64_t)(uintptr_t)packer;
    if (compression != GELF_NONE && deflateInit2(&packer->stream, LEVEL, Z_DEFLATED,
                                                 MAX_WBITS + (compression == GELF_GZIP ? 16 : 0),
                                                 MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    return &packer->packer;
}
