/*
 * envelope.h - what outputs may want to know of an event or alert besides its bytes.
 */
#pragma once

#include "output/batch.h"

/* Fills the envelope; `alert` may be NULL. Spans live as long as the event. */
void envelope_fill(struct event *, const struct alert *, struct envelope *);
