/*
 * spool_folder.h - the folder that a spool lives in: made, locked and listed.
 */
#pragma once

#include "base/error.h"
#include "base/span.h"

/* Returns a descriptor that holds the lock until it is closed; or negative errno with a sentence.
 * What is missing of the path is made. */
int spool_folder_open(struct span path, struct error *);

/* The numbers of the segments in it, in order; at most `most`. To be freed. 0, or negative errno.
 */
int spool_folder_list(int folder, size_t most, uint64_t **numbers, size_t *count, struct error *);
