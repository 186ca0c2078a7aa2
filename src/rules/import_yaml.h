/*
 * import_yaml.h - the rules in a configuration of go-audit or pauditd: `rules:`, a list of
 * auditctl's arguments.
 *
 * Both tools run auditctl -D and then auditctl once for each text of the list, cut at white space
 * and nowhere else: quotes and backslashes are part of a word, and stay so. Everything else in such
 * a file is no rule, and is told as a note.
 */
#pragma once

#include "rules/reader.h"

enum {
    IMPORT_YAML_LONGEST = 4 << 20, /* bytes of a file */
    IMPORT_YAML_DEPTH = 32         /* of lists and mappings in each other */
};

/* As rules_import. The text is read event by event: an alias is never followed. */
void rules_import_yaml(struct rule_commands *, struct span text, const char *file,
                       const struct rule_world *, struct mistakes *, struct mistakes *notes);
