/*
 * text.h - the format text: a line a person can read, coloured where the terminal can.
 *
 *     TIME NODE ACTION WHO OUTCOME name=value ... #tag
 *     TIME NODE ALERT SEVERITY POLICY: MESSAGE | ACTION WHO name=value ... #tag
 *
 * Whatever strangers wrote is escaped: no byte of a record reaches the terminal as a command, and
 * no value looks like another fact. A value with blanks, brackets or quotes, or none, stands in
 * quotes, a quote in it is \x22; values over 512 bytes are cut. An alert's message is never cut and
 * ends at the first bar: a bar in it is \x7C.
 */
#pragma once

#include "format/format.h"

void text_event(const struct format_context *, struct event *, struct buffer *out);
void text_alert(const struct format_context *, const struct alert *, struct buffer *out);

/* What the line says behind the time, a blank first and no newline: ASCII without control
 * characters, or whole characters of UTF-8. */
void text_sentence(const struct format_context *, struct event *, struct buffer *out);
