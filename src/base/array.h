/*
 * array.h - room at the end of an array that its owner counts and frees.
 */
#pragma once

#include <stddef.h>
#include <stdlib.h>

/*
 * The array of `count` members of `size` bytes with room for one more; grows by doubling and may
 * move. Start with NULL and 0, and add one member a call. Aborts when the machine has no memory.
 */
static inline void *array_grow(void *array, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0) /* has room up to the next power of two */
        return array;
    array = realloc(array, (count == 0 ? 1 : 2 * count) * size);
    if (array == NULL)
        abort();
    return array;
}
