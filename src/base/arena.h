/*
 * arena.h - memory that is given out piece by piece and taken back all at once.
 *
 * What it gives out stays where it is until arena_reset or arena_free. A reset keeps the chunks up
 * to ARENA_KEEP bytes, so that a warm arena allocates nothing.
 */
#pragma once

#include <stddef.h>

#include "base/span.h"

enum {
    ARENA_CHUNK = 16384, /* bytes of an ordinary chunk */
    ARENA_KEEP = 131072, /* bytes kept over a reset */
    ARENA_PAD = 64       /* bytes readable (not meaningful) behind what arena_copy made */
};

struct arena_chunk;

struct arena {
    struct arena_chunk *first, *current;
    char *next, *end;
    size_t total; /* bytes of all chunks */
};

void arena_init(struct arena *);
void arena_reset(struct arena *);
void arena_free(struct arena *);

/* The slow path of arena_alloc: goes to another chunk. */
void *arena_grow(struct arena *, size_t size);

/* `size` bytes aligned to 8, not cleared; aborts when the machine has no memory. */
static inline void *arena_alloc(struct arena *arena, size_t size)
{
    size = (size + 7) & ~(size_t)7;
    if (size > (size_t)(arena->end - arena->next))
        return arena_grow(arena, size);

    void *memory = arena->next;

    arena->next += size;
    return memory;
}

/*
 * Gives back the tail of the newest allocation, which began at `memory` and was `size` bytes:
 * `used` bytes of it stay. For callers that know only an upper bound in advance.
 */
static inline void arena_trim(struct arena *arena, void *memory, size_t used)
{
    arena->next = (char *)memory + ((used + 7) & ~(size_t)7);
}

/* A copy of `text` that may be read up to ARENA_PAD bytes beyond its end. */
struct span arena_copy(struct arena *, struct span text);
