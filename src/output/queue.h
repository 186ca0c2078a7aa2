/*
 * queue.h - batches that wait in memory, oldest first. Owned by their output.
 */
#pragma once

#include "output/batch.h"

struct queue {
    struct batch *first, *last;
    size_t messages, bytes; /* of all batches */
};

void queue_push(struct queue *, struct batch *);
void queue_push_front(struct queue *, struct batch *);

/* The oldest; NULL when there is none. */
struct batch *queue_pop(struct queue *);
