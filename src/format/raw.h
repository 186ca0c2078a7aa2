/*
 * raw.h - the format raw: records as auditd's log has them, `type=TOKEN msg=TEXT`, a line each.
 *
 * What was read from a file comes back byte for byte. Live, newline and NUL become a space (a
 * program's message could forge a line), and EOE is left out.
 */
#pragma once

#include "format/format.h"

void raw_event(const struct format_context *, struct event *, struct buffer *out);

/*
 * The format audisp: what auditd gives its plugins in their line format (`format = string`). As
 * raw, but every event ends with EOE, as the kernel sent it, or made where there was none: only
 * records that are events by themselves (messages of user space, LOGIN) have none. Newline and NUL
 * are always a space.
 */
void audisp_event(const struct format_context *, struct event *, struct buffer *out);
