/*
 * cargo.h - a batch as its transport carries it: pieces one after another, each of one message.
 *
 * A piece is a datagram, or a frame of a stream. The pieces of a message stand together, and the
 * messages in their order.
 */
#pragma once

#include "output/batch.h"

struct piece {
    size_t begin, len; /* in `bytes` */
    size_t message;    /* its number in the batch */
};

struct cargo {
    struct buffer bytes; /* pieces only, while nothing is being appended */
    struct piece *pieces;
    size_t count, room;
};

void cargo_free(struct cargo *);

/* Makes it empty and keeps its memory. */
void cargo_clear(struct cargo *);

/* What was appended to `bytes` since the last piece becomes a piece. */
void cargo_commit(struct cargo *, size_t message);

/* Removes the last pieces until `count` are left, and what was appended since. */
void cargo_revert(struct cargo *, size_t count);

struct span cargo_piece(const struct cargo *, size_t index);

/* How many pieces stand whole within the first bytes. */
size_t cargo_within(const struct cargo *, size_t bytes);

/* Messages whose pieces are all among the first `arrived` ones get FATE_DELIVERED. */
void cargo_settle(const struct cargo *, size_t arrived, struct batch *);
