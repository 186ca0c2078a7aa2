/*
 * import.h - the rules of other tools as commands of ours: a way over, walked once.
 *
 * What is read is told by its content: libaudit-go's JSON (rules/json.h), the YAML configuration of
 * go-audit and pauditd (rules/import_yaml.h), or a file of auditctl's own.
 */
#pragma once

#include "rules/reader.h"
#include "rules/writer.h"

enum import_form { IMPORT_LINES, IMPORT_JSON, IMPORT_YAML };

enum import_form import_form_of(struct span text);

/*
 * Adds the commands of `text`. What cannot be read is a mistake; what has no counterpart, and what
 * means something else here, is a note: "FILE:LINE: ...". A world that does not check paths keeps
 * -w as it was written.
 */
void rules_import(struct rule_commands *, struct span text, const char *file,
                  const struct rule_world *, struct mistakes *, struct mistakes *notes);

/* Appends the commands as a file of rules, a line each. */
void rules_import_write(const struct rule_commands *, const struct rule_writing *, struct buffer *);
