/*
 * dead_letter.h - the file where messages go that the other side will never take.
 */
#pragma once

#include "output/output.h"

struct output;

/*
 * Appends the messages of the batch that were rejected or are too long to the output's dead-letter
 * file, a line each, if it has one; a failure is logged once. Returns how many bytes such messages
 * have, file or not. Opens and writes on the loop's thread, a batch at most: what is refused is
 * rare, and the docs ask for a local disk.
 */
size_t dead_letter_write(struct output *, const struct batch *);
