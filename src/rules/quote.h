/*
 * quote.h - a text as a word of a rules file: read back as the same bytes, harmless on a terminal.
 */
#pragma once

#include "base/buffer.h"

/*
 * Appends `text`, which may also be the tail of a word ("key=" stands before it already). Blanks,
 * backslashes, quotes and a leading # get a backslash, which auditctl -R takes too for the first
 * two; a text that holds what base/escape.h calls odd becomes $'...' with \xHH, as bash has it.
 */
void quote_write(struct span text, struct buffer *);
