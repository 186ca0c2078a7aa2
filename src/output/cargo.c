#include "output/cargo.h"

#include <stdlib.h>

#include "base/array.h"

void cargo_free(struct cargo *cargo)
{
    buffer_free(&cargo->bytes);
    free(cargo->pieces);
    *cargo = (struct cargo){ 0 };
}

void cargo_clear(struct cargo *cargo)
{
    cargo_revert(cargo, 0);
}

static size_t end_of(const struct cargo *cargo)
{
    if (cargo->count == 0)
        return 0;

    const struct piece *last = &cargo->pieces[cargo->count - 1];

    return last->begin + last->len;
}

void cargo_commit(struct cargo *cargo, size_t message)
{
    size_t begin = end_of(cargo);

    if (cargo->count == cargo->room) {
        cargo->pieces = array_grow(cargo->pieces, cargo->room, sizeof *cargo->pieces);
        cargo->room = cargo->room == 0 ? 1 : 2 * cargo->room;
    }
    cargo->pieces[cargo->count++] =
        (struct piece){ .begin = begin, .len = cargo->bytes.len - begin, .message = message };
}

void cargo_revert(struct cargo *cargo, size_t count)
{
    cargo->count = count;
    cargo->bytes.len = end_of(cargo);
}

struct span cargo_piece(const struct cargo *cargo, size_t index)
{
    return (struct span){ cargo->bytes.data + cargo->pieces[index].begin,
                          cargo->pieces[index].len };
}

size_t cargo_within(const struct cargo *cargo, size_t bytes)
{
    size_t low = 0, high = cargo->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (cargo->pieces[middle].begin + cargo->pieces[middle].len <= bytes)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void cargo_settle(const struct cargo *cargo, size_t arrived, struct batch *batch)
{
    for (size_t i = 0; i < arrived; i++) {
        size_t message = cargo->pieces[i].message;

        if (i + 1 == cargo->count || cargo->pieces[i + 1].message != message)
            batch->messages[message].fate = FATE_DELIVERED;
    }
}
