/*
 * file_stamp.h - has a file changed? Two stamps of a path are equal as long as it has not.
 */
#pragma once

#include <stdint.h>

#include "base/span.h"

/* 0 when there is no such file, or no path. */
uint64_t file_stamp(struct span path);
