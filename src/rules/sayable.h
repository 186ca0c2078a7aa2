/*
 * sayable.h - whether the language can say a rule that was not read from it.
 */
#pragma once

#include "rules/writer.h"

/*
 * True when the line that rule_write makes of the rule reads as the same rule on the host that it
 * was written for. Directories count as marked: whether "-w /etc" is one, only that host can tell.
 */
bool rule_can_be_said(const struct rule *, const struct rule_writing *);
