/*
 * lua_text.h - texts as Lua writes them.
 */
#pragma once

#include "base/buffer.h"

/* Appends `text` as a string of Lua on one line: in quotes, or in long brackets where it has
 * backslashes or quotes itself. */
void lua_quote(struct buffer *, struct span text);

/* Appends `text` in long brackets, beginning on a line of its own. */
void lua_quote_lines(struct buffer *, struct span text);
