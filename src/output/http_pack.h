/*
 * http_pack.h - a body made smaller: gzip or zstd, whole at once.
 */
#pragma once

#include "base/buffer.h"
#include "output/http_settings.h"

struct http_packer;

struct http_packer *http_packer_new(enum http_compress);
void http_packer_free(struct http_packer *);

/* Appends `body`, compressed. One call at a time; keeps its memory. */
void http_pack(struct http_packer *, struct span body, struct buffer *out);

/* "gzip", "zstd"; NULL for HTTP_PLAIN. */
const char *http_pack_encoding(enum http_compress);
