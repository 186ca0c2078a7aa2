/*
 * json.h - rules as JSON.
 *
 * One rule, as it is written and read; members that it does not need are left out:
 *
 *   { "list": "exit", "action": "always", "syscalls": ["execve", 500],
 *     "fields": [ { "name": "arch", "op": "=", "value": "b64" },
 *                 { "compare": ["uid", "euid"], "op": "!=" } ],
 *     "keys": ["run"], "prepend": true, "file": "rules.d/10.rules", "line": 7 }
 *
 * "syscalls" is "all" or a list; fields stand in the kernel's order, and values are numbers or the
 * words of auditctl's language. A text that is no UTF-8 is { "hex": "ff80" }. Reading takes no
 * notice of "file" and "line".
 *
 * A document has rules and settings:
 *
 *   { "delete": true, "enabled": 1, "failure": 1, "rate_limit": 0, "backlog_limit": 8192,
 *     "backlog_wait_time": 60000, "loginuid_immutable": true, "rules": [ ... ] }
 *
 * Reading also takes a list of rules alone, and both forms of libaudit-go (docs/rules.md).
 */
#pragma once

#include "rules/reader.h"
#include "rules/set.h"
#include "rules/writer.h"

enum {
    RULES_JSON_LONGEST = 16 << 20,  /* bytes of a document */
    RULES_JSON_PARTS_MOST = 1 << 20 /* brackets and commas of it: about 64 for each rule of a set */
};

/* Appends one object without a newline. `origin` may be NULL. */
void rule_write_json(const struct rule *, const struct rule_origin *, const struct rule_writing *,
                     struct buffer *);

/* Appends a document, a line for each rule. */
void rule_set_write_json(const struct rule_set *, const struct rule_writing *, struct buffer *);

/*
 * Reads a document and adds its commands: those of the settings first, but for "enabled", which is
 * last. As with rules_read_text a mistake is one sentence, "FILE: rules[2].fields[0]: ..." or,
 * where it is no JSON at all, "FILE:LINE:COLUMN: ...".
 */
void rules_read_json(struct rule_commands *, struct span text, const char *file,
                     const struct rule_world *, struct mistakes *, struct mistakes *notes);
