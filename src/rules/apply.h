/*
 * apply.h - what a command does to a set: the rules that a file leaves in a kernel when its lines
 * are carried out one after another.
 */
#pragma once

#include "base/mistakes.h"
#include "rules/command.h"
#include "rules/set.h"

/*
 * Carries out one command on `set`, which borrows its rule. A rule that is there already is noted,
 * with both places, and left where it is (-A: brought to the front, for the kernel lets such a rule
 * in and asks it first); so is a -D that forgets rules. Deleting a rule that is not there is a
 * mistake. `is_optional`: rule_item's. Commands that say nothing about rules or settings (-s, -l,
 * -m ...) are noted. Returns false, and does nothing, where it would have more than RULE_SET_MOST
 * rules.
 */
bool rule_set_apply(struct rule_set *, const struct rule_command *, bool is_optional,
                    struct mistakes *, struct mistakes *notes);
