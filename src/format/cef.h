/*
 * cef.h - the format cef: ArcSight's Common Event Format, version 0, a line each (docs/json.md).
 */
#pragma once

#include "format/format.h"

void cef_event(const struct format_context *, struct event *, struct buffer *out);
void cef_alert(const struct format_context *, const struct alert *, struct buffer *out);
