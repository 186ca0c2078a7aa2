/*
 * past.h - the counts of outputs that are gone, by name and spool.
 *
 * A list, owned by the pipeline: NULL while it is empty.
 */
#pragma once

#include "output/output.h"

struct past {
    struct past *next;
    const char *kind; /* of the last one */
    struct output_stats stats;
    char *spool; /* folder; empty: none */
    char name[];
};

/* What is kept of outputs of that name and spool, made if there was none. */
struct past *past_of(struct past **list, struct span name, struct span spool);

/* An output reads `spool` now: it finds and counts what others have left there. */
void past_hand_over(struct past *list, struct span spool);

void past_free(struct past *list);
