/*
 * records.h - the format records: one JSON object a record, as go-libaudit's auparse gives
 * (docs/json.md).
 */
#pragma once

#include "format/format.h"

void records_event(const struct format_context *, struct event *, struct buffer *out);
