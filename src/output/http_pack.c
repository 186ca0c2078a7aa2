#include "output/http_pack.h"

#include <limits.h>
#include <stdlib.h>
#define ZLIB_CONST /* what is read is const */
#include <zlib.h>
#include <zstd.h>

enum {
    GZIP_LEVEL = 6,
    GZIP_WINDOW = 15 + 16, /* 15 bits, and 16 for gzip's frame (zlib.h, deflateInit2) */
    GZIP_MEMORY = 8,
    ZSTD_LEVEL = 3
};

struct http_packer {
    z_stream gzip;
    ZSTD_CCtx *zstd; /* NULL: gzip */
};

struct http_packer *http_packer_new(enum http_compress compress)
{
    struct http_packer *packer = calloc(1, sizeof *packer);

    if (packer == NULL)
        abort();
    if (compress == HTTP_ZSTD) {
        packer->zstd = ZSTD_createCCtx();
        if (packer->zstd == NULL)
            abort();
    } else if (deflateInit2(&packer->gzip, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                            Z_DEFAULT_STRATEGY) != Z_OK) {
        abort();
    }
    return packer;
}

void http_packer_free(struct http_packer *packer)
{
    if (packer == NULL)
        return;
    if (packer->zstd != NULL)
        ZSTD_freeCCtx(packer->zstd);
    else
        deflateEnd(&packer->gzip);
    free(packer);
}

static size_t pack_zstd(struct http_packer *packer, struct span body, struct buffer *out)
{
    size_t room = ZSTD_compressBound(body.len);
    char *at = buffer_reserve(out, room);
    size_t len = ZSTD_compressCCtx(packer->zstd, at, room, body.data, body.len, ZSTD_LEVEL);

    if (ZSTD_isError(len))
        abort(); /* there is room for the worst case */
    return len;
}

static size_t pack_gzip(struct http_packer *packer, struct span body, struct buffer *out)
{
    z_stream *stream = &packer->gzip;

    if (body.len > UINT_MAX / 2)
        abort(); /* a batch is bounded far below */
    deflateReset(stream);

    size_t room = deflateBound(stream, body.len);

    stream->next_in = (const Bytef *)body.data;
    stream->avail_in = (uInt)body.len;
    stream->next_out = (Bytef *)buffer_reserve(out, room);
    stream->avail_out = (uInt)room;
    if (deflate(stream, Z_FINISH) != Z_STREAM_END)
        abort(); /* there is room for the worst case */
    return room - stream->avail_out;
}

void http_pack(struct http_packer *packer, struct span body, struct buffer *out)
{
    buffer_commit(out, packer->zstd != NULL ? pack_zstd(packer, body, out)
                                            : pack_gzip(packer, body, out));
}

const char *http_pack_encoding(enum http_compress compress)
{
    static const char *const names[] = {
        [HTTP_PLAIN] = NULL, [HTTP_GZIP] = "gzip", [HTTP_ZSTD] = "zstd"
    };

    return names[compress];
}
