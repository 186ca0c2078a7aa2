/*
 * rules_output.h - rules and plans on standard output.
 */
#pragma once

#include "cli/rules_request.h"
#include "rules/load.h"

/*
 * The set, a line for each setting and rule (JSON: one document). Rules without the key asked for
 * are taken out of the set first. A note on standard error tells of each rule that its line does
 * not say, and of what the format has no place for.
 */
void rules_write(const struct rules_request *, struct rule_set *);

/*
 * A line for each setting and step, "+ RULE  # FILE:LINE", then what it comes to. `is_done`: they
 * were carried out.
 */
void rules_write_load(const struct rules_request *, const struct rule_load *, bool is_done);
