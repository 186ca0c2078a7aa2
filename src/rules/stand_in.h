/*
 * stand_in.h - a rule that does what another does and is another to the kernel.
 *
 * While a rule is moved, its stand-in holds its place: at no moment is the rule missing.
 */
#pragma once

#include "rules/rule.h"

/*
 * Writes to `out` a rule that matches what `rule` matches and says the same: a test of it twice, or
 * one more that is always true. Texts are borrowed as those of `rule`. False when it is full.
 */
bool rule_stand_in(const struct rule *, struct rule *out);
