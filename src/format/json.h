/*
 * json.h - the format json: one line an event, in laurel's structure (docs/json.md).
 */
#pragma once

#include "format/format.h"

void json_event(const struct format_context *, struct event *, struct buffer *out);
void json_alert(const struct format_context *, const struct alert *, struct buffer *out);
