/*
 * word_list.h - the words of one command while they are put together, and their memory.
 */
#pragma once

#include "base/arena.h"
#include "base/array.h"
#include "base/buffer.h"

struct word_list {
    struct arena arena;
    struct span *items;
    size_t count;
};

static inline void word_list_init(struct word_list *words)
{
    *words = (struct word_list){ .items = NULL };
    arena_init(&words->arena);
}

static inline void word_list_free(struct word_list *words)
{
    arena_free(&words->arena);
    free(words->items);
}

/* Begins the next command; what the last one borrowed is gone. */
static inline void word_list_clear(struct word_list *words)
{
    arena_reset(&words->arena);
    free(words->items);
    words->items = NULL;
    words->count = 0;
}

/* Adds a word, copied. */
static inline void word_list_add(struct word_list *words, struct span word)
{
    words->items = array_grow(words->items, words->count, sizeof *words->items);
    words->items[words->count++] = arena_copy(&words->arena, word);
}
