#include "base/arena.h"

#include <stdlib.h>

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* of bytes */
    _Alignas(16) char bytes[];
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){ 0 };
}

static void enter_chunk(struct arena *arena, struct arena_chunk *chunk)
{
    arena->current = chunk;
    arena->next = chunk->bytes;
    arena->end = chunk->bytes + chunk->size;
}

static struct arena_chunk *add_chunk(struct arena *arena, size_t size)
{
    struct arena_chunk *chunk = malloc(sizeof *chunk + size);

    if (chunk == NULL)
        abort();
    chunk->size = size;
    chunk->next = NULL;
    arena->total += size;
    return chunk;
}

void *arena_grow(struct arena *arena, size_t size)
{
    struct arena_chunk *next = arena->current != NULL ? arena->current->next : arena->first;

    if (next == NULL || next->size < size) {
        struct arena_chunk *fresh = add_chunk(arena, size > ARENA_CHUNK ? size : ARENA_CHUNK);

        fresh->next = next;
        if (arena->current != NULL)
            arena->current->next = fresh;
        else
            arena->first = fresh;
        next = fresh;
    }
    enter_chunk(arena, next);

    void *memory = arena->next;

    arena->next += size;
    return memory;
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk **link = &arena->first;

    for (size_t kept = 0; *link != NULL;) {
        struct arena_chunk *chunk = *link;

        if (kept + chunk->size <= ARENA_KEEP) {
            kept += chunk->size;
            link = &chunk->next;
        } else {
            *link = chunk->next;
            arena->total -= chunk->size;
            free(chunk);
        }
    }
    arena->current = NULL;
    arena->next = arena->end = NULL;
    if (arena->first != NULL)
        enter_chunk(arena, arena->first);
}

void arena_free(struct arena *arena)
{
    for (struct arena_chunk *chunk = arena->first, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    arena_init(arena);
}

struct span arena_copy(struct arena *arena, struct span text)
{
    char *copy = arena_alloc(arena, text.len + ARENA_PAD);

    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    memset(copy + text.len, 0, ARENA_PAD);
    return (struct span){ copy, text.len };
}
