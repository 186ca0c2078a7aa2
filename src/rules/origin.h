/*
 * origin.h - the place that a rule came from, as it is said to a person.
 */
#pragma once

#include "rules/rule.h"

enum { RULE_ORIGIN_ROOM = 512 /* bytes of "FILE:LINE" */ };

/*
 * Writes "FILE:LINE", or "FILE" where there is no line, and returns `out`. Of a FILE that is too
 * long the end is said, behind "...": the name and the line are never lost.
 */
const char *rule_origin_text(struct rule_origin, char out[RULE_ORIGIN_ROOM]);
