/*
 * gate.h - turns texts away that cannot be like any of a list of beginnings, endings or texts.
 *
 * Looks at their first or last bytes alone: says yes too often, never too seldom.
 */
#pragma once

#include "base/span.h"

enum { GATE_BYTES = 4 /* looked at, at most */ };

struct gate {
    uint64_t known[4]; /* a bit for each of 256 hashes */
    uint8_t len;       /* bytes looked at; 0 when everything passes */
    bool is_at_end;
};

/* A gate for texts of at least `shortest` bytes each. */
static inline struct gate gate_of(size_t shortest, bool is_at_end)
{
    return (struct gate){ .len = (uint8_t)(shortest < GATE_BYTES ? shortest : GATE_BYTES),
                          .is_at_end = is_at_end };
}

/* The bit of a text that is long enough. */
static inline unsigned gate_hash(const struct gate *gate, struct span text)
{
    const char *at = gate->is_at_end ? text.data + text.len - gate->len : text.data;
    uint32_t bytes = 0;

    for (size_t i = 0; i < gate->len; i++)
        bytes = bytes << 8 | (uint8_t)at[i];
    return bytes * UINT32_C(0x9E3779B1) >> 24;
}

static inline void gate_add(struct gate *gate, struct span text)
{
    unsigned hash = gate_hash(gate, text);

    gate->known[hash / 64] |= UINT64_C(1) << hash % 64;
}

static inline bool gate_passes(const struct gate *gate, struct span text)
{
    if (gate->len == 0)
        return true;
    if (text.len < gate->len)
        return false;

    unsigned hash = gate_hash(gate, text);

    return (gate->known[hash / 64] >> hash % 64 & 1) != 0;
}
