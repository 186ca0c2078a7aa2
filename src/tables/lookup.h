/*
 * lookup.h - the row of a name in a table, by a perfect hash: two multiplications, one comparison.
 *
 * generate/lookup.lua makes the tables; its hash_of and lookup_hash here agree bit by bit.
 * Letters of either case have one hash, so that "auid" and "AUID" share a table.
 */
#pragma once

#include <endian.h>

#include "base/span.h"

enum { LOOKUP_NONE = 0xFFFF };

struct lookup {
    uint64_t seed;
    uint16_t displacements[256];
    uint16_t rows[1024];
};

/* The ends of a name: all of it when it is no longer than 16 bytes. */
struct lookup_words {
    uint64_t head;
    uint64_t tail;
};

static inline uint64_t lookup_load64(const char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

static inline uint64_t lookup_load32(const char *bytes)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
    return le32toh(word);
}

/* `name` must not be empty. */
static inline struct lookup_words lookup_words(struct span name)
{
    const unsigned char *bytes = (const unsigned char *)name.data;

    if (name.len >= 8)
        return (struct lookup_words){ lookup_load64(name.data),
                                      lookup_load64(name.data + name.len - 8) };
    if (name.len >= 4)
        return (struct lookup_words){ lookup_load32(name.data),
                                      lookup_load32(name.data + name.len - 4) };
    return (struct lookup_words){
        bytes[0] | (uint64_t)bytes[name.len / 2] << 8 | (uint64_t)bytes[name.len - 1] << 16, 0
    };
}

static inline uint64_t lookup_hash(struct lookup_words words, size_t len, uint64_t seed)
{
    const uint64_t fold = 0x2020202020202020ULL;
    uint64_t mixed = ((words.head | fold) + len) * seed;

    return (mixed ^ mixed >> 32 ^ (words.tail | fold)) * seed;
}

/* The one row that may be called `name`, to be confirmed by lookup_same; LOOKUP_NONE when none may.
 */
static inline uint16_t lookup_row(const struct lookup *lookup, struct span name)
{
    if (name.len == 0)
        return LOOKUP_NONE;

    uint64_t hash = lookup_hash(lookup_words(name), name.len, lookup->seed);
    uint64_t slot = hash >> 46 ^ lookup->displacements[hash >> 56];

    return lookup->rows[slot & 1023];
}

/* As span_equal, without a call for names of up to 16 bytes; neither may be empty. */
static inline bool lookup_same(struct span a, struct span b)
{
    if (a.len != b.len)
        return false;

    struct lookup_words x = lookup_words(a), y = lookup_words(b);

    if (x.head != y.head || x.tail != y.tail)
        return false;
    return a.len <= 16 || memcmp(a.data, b.data, a.len) == 0;
}
