#include "output/queue.h"

static void count_in(struct queue *queue, const struct batch *batch)
{
    queue->messages += batch->count;
    queue->bytes += batch->bytes.len;
}

void queue_push(struct queue *queue, struct batch *batch)
{
    batch->next = NULL;
    if (queue->last != NULL)
        queue->last->next = batch;
    else
        queue->first = batch;
    queue->last = batch;
    count_in(queue, batch);
}

void queue_push_front(struct queue *queue, struct batch *batch)
{
    batch->next = queue->first;
    queue->first = batch;
    if (queue->last == NULL)
        queue->last = batch;
    count_in(queue, batch);
}

struct batch *queue_pop(struct queue *queue)
{
    struct batch *batch = queue->first;

    if (batch == NULL)
        return NULL;
    queue->first = batch->next;
    if (queue->first == NULL)
        queue->last = NULL;
    batch->next = NULL;
    queue->messages -= batch->count;
    queue->bytes -= batch->bytes.len;
    return batch;
}
