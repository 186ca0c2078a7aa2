/*
 * import_yaml.h - the rules in a configuration of go-audit or pauditd: `rules:`, a list of
 * auditctl's arguments.
 *
 * Both tools run auditctl -D and then auditctl once for each text of the list, cut at white space
 * and nowhere else: quotes and backslashes are part of a word, and stay so. Everything else in such
 * a file is no rule, and is told as a note.
 */
#pragma once

#include "base/yaml.h"
#include "rules/reader.h"

/* As rules_import. */
void rules_import_yaml(struct rule_commands *, struct span text, const char *file,
                       const struct rule_world *, struct mistakes *, struct mistakes *notes);

/* The same for the member `rules` alone, which begins with -D. */
void rules_import_list(struct rule_commands *, const struct yaml_member *rules, const char *file,
                       const struct rule_world *, struct mistakes *, struct mistakes *notes);
