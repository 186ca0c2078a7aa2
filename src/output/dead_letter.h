/*
 * dead_letter.h - the file where messages go that the other side will never take.
 */
#pragma once

#include "output/sink.h"

struct output;

/*
 * Appends the messages of the batch under way that were rejected or are too long to the output's
 * dead-letter file, a line each; a failure is logged once. True: this goes on in a thread, the
 * batch has to stay as it is, and delivery_settle follows with the same outcome. False: it is over,
 * or there was nothing to write.
 */
bool dead_letter_write(struct output *, const struct outcome *);
