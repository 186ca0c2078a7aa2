#include "control/past.h"

#include <stdlib.h>

struct past *past_of(struct past **list, struct span name, struct span spool)
{
    while (*list != NULL && (!span_equal(span_of((*list)->name), name) ||
                             !span_equal(span_of((*list)->spool), spool)))
        list = &(*list)->next;
    if (*list != NULL)
        return *list;
    *list = calloc(1, sizeof **list + name.len + 1);
    if (*list == NULL || ((*list)->spool = calloc(1, spool.len + 1)) == NULL)
        abort();
    memcpy((*list)->name, name.data, name.len);
    if (spool.len > 0)
        memcpy((*list)->spool, spool.data, spool.len);
    return *list;
}

void past_hand_over(struct past *list, struct span spool)
{
    for (; list != NULL && spool.len > 0; list = list->next) {
        struct output_stats *stats = &list->stats;

        if (!span_equal(span_of(list->spool), spool))
            continue;
        stats->accepted -= stats->queued;
        stats->queued = stats->queued_bytes = stats->spool_messages = stats->spool_bytes = 0;
    }
}

void past_free(struct past *list)
{
    while (list != NULL) {
        struct past *next = list->next;

        free(list->spool);
        free(list);
        list = next;
    }
}
