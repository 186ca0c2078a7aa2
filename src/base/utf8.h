/*
 * utf8.h - characters of more than a byte.
 */
#pragma once

#include "base/span.h"

/* The length in bytes (1-4) of the UTF-8 character at the start of `text`, 0 when there is none. */
size_t utf8_len(struct span text);
