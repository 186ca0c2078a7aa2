/*
 * gelf_packer.h - GELF messages as they travel: compressed and in chunks (UDP), or with a zero byte
 * at the end (TCP, TLS).
 *
 * A message that needs more than GELF's 128 chunks is cut until it does not (gelf_cut.h).
 */
#pragma once

#include "output/packer.h"

enum gelf_compression { GELF_GZIP, GELF_ZLIB, GELF_NONE };

enum {
    GELF_CHUNK = 1420,       /* bytes, header and all: fits into a frame of ethernet */
    GELF_CHUNK_LEAST = 256,  /* bytes */
    GELF_CHUNK_MOST = 65507, /* bytes */
    GELF_CHUNKS_MOST = 128
};

/* `chunk`: bytes of a datagram. Both are for datagrams only. */
struct packer *gelf_packer_new(enum gelf_compression, size_t chunk);
