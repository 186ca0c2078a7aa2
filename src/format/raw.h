/*
 * raw.h - the format raw: records as auditd's log has them, `type=TOKEN msg=TEXT`, a line each.
 *
 * What was read from a file comes back byte for byte. Live, newline and NUL become a space (a
 * program's message could forge a line), and EOE is left out.
 */
#pragma once

#include "format/format.h"

void raw_event(const struct format_context *, struct event *, struct buffer *out);
