/*
 * escape.h - text of strangers, made harmless for a terminal and for a log.
 */
#pragma once

#include "base/span.h"

/*
 * Writes `text` to `out` (of `room` bytes, at least 1) with C0, DEL, C1, marks that turn the order
 * of characters, separators of lines and bytes that are not UTF-8 as \xHH: what comes out is one
 * line, seen in the order in which it was written. Always terminated; what does not fit is cut at a
 * whole character. Returns the length written.
 */
size_t escape_text(char *out, size_t room, struct span text);
