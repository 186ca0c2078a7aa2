/*
 * folders.h - what has to be on this host for the kernel to take a rule: the folders it looks up.
 */
#pragma once

#include "rules/rule.h"

/*
 * The folder of `dir`, or that of the file of `path` or `exe`: the first one that does not exist.
 * False when each does. The span is cut from the rule's text.
 */
bool rule_missing_folder(const struct rule *, struct span *folder);

/* The first such folder, whether it exists or not; false when the kernel looks none up. */
bool rule_first_folder(const struct rule *, struct span *folder);
