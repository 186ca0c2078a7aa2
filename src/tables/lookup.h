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

/* The ends of a name: all of it when it is no longer than 16 bytes. */
struct lookup_words {
    uint64_t head;
    uint64_t tail;
};

struct lookup_key {
    struct lookup_words words;
    size_t len;
};

struct lookup {
    uint64_t seed;
    uint16_t displacements[256];
    uint16_t rows[1024];
    const struct lookup_key *keys; /* by row */
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

static inline uint16_t lookup_slot(const struct lookup *lookup, struct lookup_words words,
                                   size_t len)
{
    uint64_t hash = lookup_hash(words, len, lookup->seed);
    uint64_t slot = hash >> 46 ^ lookup->displacements[hash >> 56];

    return lookup->rows[slot & 1023];
}

/* The one row that may be called `name` in letters of either case, unconfirmed; or LOOKUP_NONE. */
static inline uint16_t lookup_candidate(const struct lookup *lookup, struct span name)
{
    return name.len > 0 ? lookup_slot(lookup, lookup_words(name), name.len) : LOOKUP_NONE;
}

/*
 * The row called `name`, LOOKUP_NONE when there is none. A name longer than 16 bytes shares length
 * and ends with its row: the caller compares what is between.
 */
static inline uint16_t lookup_find(const struct lookup *lookup, struct span name)
{
    if (name.len == 0)
        return LOOKUP_NONE;

    struct lookup_words words = lookup_words(name);
    uint16_t row = lookup_slot(lookup, words, name.len);

    if (row == LOOKUP_NONE)
        return LOOKUP_NONE;

    const struct lookup_key *key = &lookup->keys[row];
    bool same =
        key->words.head == words.head && key->words.tail == words.tail && key->len == name.len;

    return same ? row : LOOKUP_NONE;
}

static inline bool lookup_is_long(struct span name)
{
    return name.len > sizeof(struct lookup_words);
}
