/*
 * go_audit.h - the formats go-audit and pauditd: one line an event, byte for byte as those two
 * programs write what the kernel said (docs/json.md).
 *
 * Neither has a place for alerts.
 */
#pragma once

#include "format/format.h"

void go_audit_event(const struct format_context *, struct event *, struct buffer *out);

/* The same with the key of the rule behind it. */
void pauditd_event(const struct format_context *, struct event *, struct buffer *out);

/* That key as it stands in the record, hex or "(null)" too; empty where there is none. */
struct span pauditd_rule_key(const struct event *);
