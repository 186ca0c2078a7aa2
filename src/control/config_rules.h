/*
 * config_rules.h - the kernel rules of a configuration, as one set.
 */
#pragma once

#include "control/config.h"
#include "rules/rulebook.h"

/*
 * Adds the configuration's own rules to `book`, in their order: each is a text of rules, or names a
 * file, a folder or a pattern, seen from the folder of the configuration. Those of a folder or a
 * pattern are merged as augenrules does.
 */
void config_add_rules(const struct config *, struct rulebook *book, const struct rule_world *,
                      struct mistakes *, struct mistakes *notes);
