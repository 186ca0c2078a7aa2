/*
 * text.h - the source of a policy as text: where a text stands, and which outputs it names.
 */
#pragma once

#include "base/span.h"

/* The line (from 1) on which `text` stands first; `otherwise` when it does not stand there. */
unsigned text_line_of(struct span source, struct span text, unsigned otherwise);

/*
 * Calls `found` for each output that stands as a literal behind :route or :send, or behind
 * `outputs =` in a table, outside comments and strings.
 */
typedef void output_visitor(void *context, struct span name, unsigned line);
void text_each_output(struct span source, output_visitor *found, void *context);
