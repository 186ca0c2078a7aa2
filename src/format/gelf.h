/*
 * gelf.h - the format gelf: GELF 1.1, a JSON object whose own fields begin with '_' (docs/json.md).
 */
#pragma once

#include "format/format.h"

void gelf_event(const struct format_context *, struct event *, struct buffer *out);
void gelf_alert(const struct format_context *, const struct alert *, struct buffer *out);
