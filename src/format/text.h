/*
 * text.h - the format text: a line a person can read, coloured where the terminal can.
 *
 * Whatever strangers wrote is escaped: no byte of a record reaches the terminal as a command.
 */
#pragma once

#include "format/format.h"

void text_event(const struct format_context *, struct event *, struct buffer *out);
void text_alert(const struct format_context *, const struct alert *, struct buffer *out);
